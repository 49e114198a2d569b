//! How long one evaluation of small expressions takes: `cargo bench -p thaiyyal-expr`.

use divan::{Bencher, black_box};
use jiff::Timestamp;
use thaiyyal_expr::{Expression, Scope};
use thaiyyal_model::Value;

fn main() {
    divan::main();
}

const CASES: &[(&str, &str)] = &[
    ("input + 1", "41"),
    ("input * 2 + 1", "41"),
    ("item * 2", "41"),
    ("input.age > 18", r#"{"id":"u-1","name":"Ada","age":36,"team":"core"}"#),
    ("input.team == 'core'", r#"{"id":"u-1","name":"Ada","age":36,"team":"core"}"#),
    (">5", "{\"value\":10}"),
    ("input > 1 && input < 50 || input == 3", "41"),
    ("1 + input * 2 - 3 + input * 4 - 5 + input * 6 - 7 + input * 8 - 9 + 10", "41"),
    ("input.a.b.c.d", r#"{"a":{"b":{"c":{"d":1}}}}"#),
    ("input.name.toUpperCase()", r#"{"name":"Ada"}"#),
    ("input.first + ' ' + input.last", r#"{"first":"Ada","last":"Lovelace"}"#),
    ("input > 40 ? 'high' : 'low'", "41"),
];

#[divan::bench(args = CASES.iter().map(|case| case.0))]
fn value(bencher: Bencher<'_, '_>, source: &str) {
    let (expression, input) = prepared(source);
    let scope = Scope::new(&(), Timestamp::UNIX_EPOCH).with_input(&input);
    bencher.bench_local(|| black_box(&expression).eval_value(black_box(&scope)));
}

#[divan::bench(args = ["input.age > 18", "input.team == 'core'", "input > 1 && input < 50 || input == 3"])]
fn boolean(bencher: Bencher<'_, '_>, source: &str) {
    let (expression, input) = prepared(source);
    let scope = Scope::new(&(), Timestamp::UNIX_EPOCH).with_input(&input);
    bencher.bench_local(|| black_box(&expression).eval_bool(black_box(&scope)));
}

/// Over a thousand elements.
#[divan::bench(args = ["sum(map(input, item * 2))", "sort(input)", "sum(input)"])]
fn thousand(bencher: Bencher<'_, '_>, source: &str) {
    let input = Value::from((0..1_000).rev().map(Value::from).collect::<Vec<_>>());
    let expression = compiled(source);
    let scope = Scope::new(&(), Timestamp::UNIX_EPOCH).with_input(&input);
    bencher.bench_local(|| black_box(&expression).eval_value(black_box(&scope)));
}

#[divan::bench(args = CASES.iter().map(|case| case.0))]
fn compile(source: &str) -> Expression {
    compiled(source)
}

fn prepared(source: &str) -> (Expression, Value) {
    let input = CASES.iter().find(|case| case.0 == source).map_or("null", |case| case.1);
    (compiled(source), Value::from_json(input.as_bytes()).expect("the case's input is JSON"))
}

fn compiled(source: &str) -> Expression {
    Expression::compile(source, &()).expect("the case compiles")
}
