//! How much one evaluation may do.

use thaiyyal_expr::{Bounds, EvalCode, Expression, Scope};
use thaiyyal_model::Value;

use crate::support::{json, now};

fn outcome(source: &str, input: &Value, bounds: Bounds) -> Result<Value, EvalCode> {
    let expression = Expression::compile(source, &()).unwrap_or_else(|problem| panic!("{source}: {problem}"));
    expression.eval_value(&Scope::new(&(), now()).with_input(input).with_bounds(bounds)).map_err(|error| error.code)
}

fn numbers(count: i32) -> Value {
    (0..count).map(Value::from).collect::<Vec<_>>().into()
}

#[test]
fn everything_takes_steps() {
    let input = numbers(1_000);
    let few = Bounds { steps: 20, ..Bounds::default() };
    for source in [
        "map(input, 1)",
        "sort(input)",
        "sum(input)",
        "max(input)",
        "abs(input)",
        "reverse(input)",
        "input.reverse()",
        "flatten(input)",
        "unique(input)",
        "slice(input, 0)",
        "zip(input, input)",
        "sample(input, 999)",
        "input.join(',')",
        "input.includes(-1)",
        "contains(input, 'x')",
        "input + ''",
        "input == map(input, item)",
        "1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1",
        "true && true && true && true && true && true && true && true && true && true && true && true && true && true && true && true && true && true && true && true && true && true",
        "input.join(',').replace('1', '22')",
        "input.join(',').split(',')",
        "input.join(',').toUpperCase()",
    ] {
        assert_eq!(outcome(source, &input, few), Err(EvalCode::TooManySteps), "{source}");
        assert!(outcome(source, &input, Bounds::default()).is_ok(), "{source}");
    }
}

#[test]
fn long_texts_take_steps_to_compare_and_measure() {
    let input = Value::from("9".repeat(100_000));
    let few = Bounds { steps: 20, ..Bounds::default() };
    for source in [
        "input == input + ''",
        "input > 5",
        "input.length",
        "input * 1",
        "-input",
        "abs(input)",
        "input.trim()",
        "input.startsWith('9')",
        "sum([input])",
    ] {
        assert_eq!(outcome(source, &input, few), Err(EvalCode::TooManySteps), "{source}");
    }
}

#[test]
fn nested_maps_end() {
    let input = numbers(200);
    let list = input.to_string();
    assert!(outcome(&format!("map({list}, map({list}, item))"), &input, Bounds::default()).is_ok());
    assert_eq!(outcome(&format!("map({list}, map({list}, map({list}, item)))"), &input, Bounds::default()), Err(EvalCode::TooManySteps));
    // Nothing that usually turns a failure into a value goes on after the steps are used up.
    assert_eq!(
        outcome("isNull(map(input, item + 1)[1000]) || true", &input, Bounds { steps: 100, ..Bounds::default() }),
        Err(EvalCode::TooManySteps)
    );
    assert_eq!(outcome("coalesce(map(input, 1), 2)", &input, Bounds { steps: 100, ..Bounds::default() }), Err(EvalCode::TooManySteps));
}

#[test]
fn results_are_limited_in_size() {
    let small = Bounds { value_bytes: 10_000, ..Bounds::default() };
    let text = Value::from("x".repeat(6_000));
    for source in [
        "input + input",
        "[input, input].join('')",
        "input.replace('x', 'yy')",
        "[input, input]",
        "input.split('')",
        "map(input.split('xxx'), input)",
        "zip(input.split('xxxx'), [1])",
    ] {
        assert_eq!(outcome(source, &text, small), Err(EvalCode::TooLarge), "{source}");
        assert!(outcome(source, &text, Bounds::default()).is_ok(), "{source}");
    }
    let medium = Bounds { value_bytes: 1 << 20, ..Bounds::default() };
    let doubling = format!("{}input{}", "(".repeat(30), ".replace('x', 'xx'))".repeat(30));
    assert!(matches!(outcome(&doubling, &Value::from("x"), medium), Err(EvalCode::TooLarge | EvalCode::TooManySteps)));
    let sharing = format!("{}[input]{}", "map([1, 2, 3, 4, 5, 6, 7, 8, 9, 0], ".repeat(20), ")".repeat(20));
    assert!(matches!(outcome(&sharing, &Value::from("x"), medium), Err(EvalCode::TooLarge | EvalCode::TooManySteps)));
}

#[test]
fn results_are_limited_in_depth() {
    let nested = |levels: usize| json(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    assert!(outcome("[input]", &nested(127), Bounds::default()).is_ok());
    assert_eq!(outcome("[input]", &nested(128), Bounds::default()), Err(EvalCode::TooLarge));
    assert_eq!(outcome("map([1], input)", &nested(128), Bounds::default()).err(), None);
    let source = format!("{}input{}", "[".repeat(150), "]".repeat(150));
    assert_eq!(outcome(&source, &json("1"), Bounds::default()), Err(EvalCode::TooLarge));
    let source = format!("{}1{}", "[".repeat(150), "]".repeat(150));
    assert_eq!(outcome(&source, &json("1"), Bounds::default()), Err(EvalCode::TooLarge));
}

#[test]
fn the_deepest_expression_evaluates() {
    for (open, close) in [
        ("(", ")"),
        ("abs(", ")"),
        ("!", ""),
        ("-", ""),
        ("1 ? 1 : (", ")"),
        ("coalesce(null, ", ")"),
        ("[1].includes(", ")"),
        ("sum(1, ", ")"),
        ("map([1], ", ").first()"),
        ("map([1], x => ", ").first()"),
        ("`${", "}`"),
        ("null ?? (", ")"),
        ("[1]?.[1-", "]"),
    ] {
        let levels = 195 / (1 + open.matches('(').count().saturating_sub(1));
        let source = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        let result = outcome(&source, &json("1"), Bounds::default());
        assert!(result.is_ok(), "{open}: {result:?}");
    }
}

#[test]
fn what_is_long_but_flat_evaluates() {
    let path = format!("input{} == null", ".a".repeat(4_900));
    assert_eq!(outcome(&path, &json("{}"), Bounds::default()), Ok(Value::from(true)));
    let sum = vec!["1"; 5_000].join("+");
    assert_eq!(outcome(&sum, &json("{}"), Bounds::default()), Ok(Value::from(5_000)));
    let choices = format!("{}0", "false ? 1 : ".repeat(800));
    assert_eq!(outcome(&choices, &json("{}"), Bounds::default()), Ok(Value::from(0)));
}

#[test]
fn steps_taken_are_told_and_add_up() {
    let input = numbers(100);
    let scope = Scope::new(&(), now()).with_input(&input);
    let expression = Expression::compile("sum(map(input, item * 2)) > 1", &()).unwrap_or_else(|problem| panic!("{problem}"));
    let (mut once, mut twice) = (0, 0);
    assert_eq!(expression.eval_value_metered(&scope, &mut once), Ok(Value::from(true)));
    assert!((200..400).contains(&once), "a step per element and one per operator, not {once}");
    assert_eq!(expression.eval_bool_metered(&scope, &mut twice), Ok(true));
    assert_eq!(expression.eval_bool_metered(&scope, &mut twice), Ok(true));
    assert_eq!(twice, once * 2);

    let mut all = 0;
    let few = scope.with_bounds(Bounds { steps: 50, ..Bounds::default() });
    assert!(expression.eval_value_metered(&few, &mut all).is_err());
    assert_eq!(all, 50);
}
