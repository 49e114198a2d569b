//! `??`, `?.`, `in`, slices, texts with expressions in them, and lambdas.

use thaiyyal_expr::{Expression, Scope};

use crate::support::{World, check_values, compile, json, now, shown};

const CUSTOMER: &str = r#"{"customer":{"name":"Ada","a-b":1,"tags":["x","y"],"none":null},"zero":0,"b":2}"#;

#[test]
fn what_is_missing_or_null_has_an_alternative() {
    check_values(&[
        ("input.nope ?? 5", "{}", "5"),
        ("input.nope ?? input.too ?? 'x'", "{}", "\"x\""),
        ("input.a ?? 5", r#"{"a":null}"#, "5"),
        ("input.zero ?? 5", CUSTOMER, "0"),
        ("input.a ?? 5", r#"{"a":false}"#, "false"),
        ("input.nope ?? input.too", "{}", "! expression_unresolved"),
        ("input.nope + 1 ?? 7", "{}", "7"),
        ("1 / 0 ?? 7", "{}", "! expression_arithmetic"),
        ("null ?? null", "{}", "null"),
        ("nope ?? true ? 1 : 2", "{}", "1"),
        ("false || input.nope ?? 3", "{}", "false"),
        ("(input.nope ?? true) && true", "{}", "true"),
        ("5 + (input.nope ?? 2) * 3", "{}", "11"),
        ("[input.nope ?? 1, 2]", "{}", "[1,2]"),
    ]);
}

#[test]
fn a_guarded_dot_gives_null_for_what_is_missing() {
    check_values(&[
        ("input?.customer?.name", CUSTOMER, "\"Ada\""),
        ("input.nope?.name", CUSTOMER, "null"),
        ("input.nope?.name.first.second", CUSTOMER, "null"),
        ("input.customer?.nope", CUSTOMER, "null"),
        ("input.customer?.nope.deeper", CUSTOMER, "! expression_unresolved"),
        ("input.customer?.nope?.deeper", CUSTOMER, "null"),
        ("input.customer.none?.x", CUSTOMER, "null"),
        ("input.zero?.x", CUSTOMER, "null"),
        ("input.nope?.name ?? 'nobody'", CUSTOMER, "\"nobody\""),
        ("input?.customer?.tags[1]", CUSTOMER, "\"y\""),
        ("input.customer?.tags?.[5]", CUSTOMER, "null"),
        ("input.customer?.tags?.[0]", CUSTOMER, "\"x\""),
        ("input.customer?.['name']", CUSTOMER, "\"Ada\""),
        ("input.nope?.[0].x", CUSTOMER, "null"),
        ("input.nope?.trim()", CUSTOMER, "null"),
        ("input.customer.name?.toUpperCase().length", CUSTOMER, "3"),
        ("input.customer.name?.includes(input.nope)", CUSTOMER, "! expression_unresolved"),
        ("input.zero?.trim()", CUSTOMER, "! expression_wrong_kind"),
        ("input.customer?.a-b", CUSTOMER, "1"),
        ("input.customer?.a-b + 1", CUSTOMER, "2"),
        ("input.nope?.a-b", CUSTOMER, "null"),
        ("input.nope?.a-b + 1", CUSTOMER, "! expression_wrong_kind"),
        ("input.customer?.x-y", CUSTOMER, "null"),
        ("input.customer?.x-b == null", CUSTOMER, "true"),
        ("sum(1, 2)?.x", CUSTOMER, "null"),
        ("variables?.nope", CUSTOMER, "null"),
        ("variables?.['nope']", CUSTOMER, "null"),
        ("variables?.no-pe", CUSTOMER, "null"),
        ("context?.nope ?? 1", CUSTOMER, "1"),
        ("nope?.x", CUSTOMER, "null"),
        ("input.zero ? input?.b : 3", CUSTOMER, "3"),
        ("input.b == 2 ?[1] : 3", CUSTOMER, "[1]"),
    ]);
}

#[test]
fn in_looks_for_elements_members_and_parts() {
    check_values(&[
        ("2 in [1, 2]", "0", "true"),
        ("'2' in [1, 2]", "0", "true"),
        ("'a' in ['b']", "0", "false"),
        ("input in [[1], [2]]", "[2]", "true"),
        ("null in [1, null]", "0", "true"),
        ("'a' in input", r#"{"a":null}"#, "true"),
        ("'b' in input", r#"{"a":1}"#, "false"),
        ("1 in input", r#"{"1":1}"#, "false"),
        ("'el' in 'hello'", "0", "true"),
        ("1 in 'a1'", "0", "false"),
        ("1 in 1", "0", "false"),
        ("input.nope in [1]", "{}", "false"),
        ("1 in input.nope", "{}", "false"),
        ("!(1 in [2]) && !1 in [2]", "0", "true"),
        ("1 + 1 in [2]", "0", "true"),
        ("1 in [1] ? 'y' : 'n'", "0", "\"y\""),
        ("in + 1", r#"{"in":4}"#, "5"),
        ("in in [4]", r#"{"in":4}"#, "true"),
        ("input.in in [in]", r#"{"in":4}"#, "true"),
    ]);
    assert!(Expression::compile("1 in [1] in [true]", &()).is_err());
    assert!(Expression::compile("1 in", &()).is_err());
    assert!(Expression::compile("in [1] x", &()).is_err());
}

#[test]
fn slices_take_parts_of_arrays_and_texts() {
    check_values(&[
        ("input[1:3]", "[1,2,3,4]", "[2,3]"),
        ("input[:2]", "[1,2,3,4]", "[1,2]"),
        ("input[2:]", "[1,2,3,4]", "[3,4]"),
        ("input[:]", "[1,2]", "[1,2]"),
        ("input[-2:]", "[1,2,3,4]", "[3,4]"),
        ("input[:-1]", "[1,2,3]", "[1,2]"),
        ("input[3:1]", "[1,2,3,4]", "[]"),
        ("input[-99:99]", "[1,2]", "[1,2]"),
        ("input[1.9:]", "[1,2,3]", "[2,3]"),
        ("input['1':]", "[1,2]", "[2]"),
        ("input[1:3]", "\"añ😀b\"", "\"ñ😀\""),
        ("input[-1:]", "\"añ\"", "\"ñ\""),
        ("input[5:]", "\"ab\"", "\"\""),
        ("input[true ? 1 : 0:2]", "[1,2,3]", "[2]"),
        ("input[0:2][1]", "[1,2,3]", "2"),
        ("input?.[1:]", "[1,2]", "[2]"),
        ("input.nope?.[1:]", "[1,2]", "null"),
        ("input.nope[1:]", "{}", "! expression_unresolved"),
        ("input[1:]", "{}", "! expression_wrong_kind"),
        ("input['x':]", "[1]", "! expression_wrong_kind"),
    ]);
    for wrong in ["input[1:2:3]", "input[]", "input[1:", "[1:2]"] {
        assert!(Expression::compile(wrong, &()).is_err(), "{wrong}");
    }
}

#[test]
fn texts_between_backticks_hold_expressions() {
    check_values(&[
        ("`plain`", "0", "\"plain\""),
        ("``", "0", "\"\""),
        ("`Hello ${input.name}!`", r#"{"name":"Ada"}"#, "\"Hello Ada!\""),
        ("`${1 + 1}`", "0", "\"2\""),
        ("`${input}${input}`", "[1]", "\"[1][1]\""),
        ("`${null} ${true} ${now()}`", "0", "\"null true 2025-11-21T10:20:30.5Z\""),
        ("`a\\`b\\$\\{c} $5 ${'}'} \\n\\q`", "0", r#""a`b$\\{c} $5 } \n\\q""#),
        ("`${`in${input}`}out`", "5", "\"in5out\""),
        ("`${input.nope}`", "{}", "! expression_unresolved"),
        ("`${input.nope ?? '-'}`", "{}", "\"-\""),
        ("`ab`.length + 1", "0", "3"),
        ("'a`b' + `'`", "0", "\"a`b'\""),
        ("map([1, 2], `n${item}`)", "0", "[\"n1\",\"n2\"]"),
        ("`x` == 'x'", "0", "true"),
    ]);
    for wrong in ["`", "`a", "`${1", "`${1`", "`${}`", "`${1 2}`", "`${1}"] {
        assert!(Expression::compile(wrong, &()).is_err(), "{wrong}");
    }
}

#[test]
fn lambdas_name_the_element() {
    check_values(&[
        ("map([1, 2], x => x * 10)", "0", "[10,20]"),
        ("map([1, 2], (x) => x * 10)", "0", "[10,20]"),
        ("map(['a', 'b'], (x, i) => x + i)", "0", "[\"a0\",\"b1\"]"),
        ("map(input.lines, line => line.n * input.rate)", r#"{"lines":[{"n":2},{"n":3}],"rate":10}"#, "[20,30]"),
        ("map(lines, line => line.n * rate)", r#"{"lines":[{"n":2}],"rate":10}"#, "[20]"),
        ("map([[1, 2], [3]], xs => map(xs, x => x + xs.length))", "0", "[[3,4],[4]]"),
        ("map([[1, 2], [3]], map(item, x => x + item.length))", "0", "[[3,4],[4]]"),
        ("map([[1, 2], [3]], xs => map(xs, item + xs.length))", "0", "[[3,4],[4]]"),
        ("map([1], x => map([2], x => x))", "0", "[[2]]"),
        ("map([1], input => input + 1)", "7", "[2]"),
        ("map([1], x => item)", "7", "[7]"),
        ("map([1], (x))", "{\"x\":5}", "! expression_unresolved"),
        ("map([input], x)", "{\"x\":5}", "[5]"),
        ("map([5], x => -x)", "0", "[-5]"),
        ("map([input], x => x?.y)", "{}", "[null]"),
        ("map([1, 2], x => x > 1 ? 'b' : 'a')", "0", "[\"a\",\"b\"]"),
        ("map([3, 4], (x, i) => [x, i])[1]", "0", "[4,1]"),
        ("coalesce(map([1], x => x.nope), 7) + map([2], y => y)[0]", "0", "9"),
    ]);
    for (wrong, message) in [
        ("x => x", "belongs behind a name"),
        ("sum(x => x)", "belongs behind a name"),
        ("map([1], (a, b, c) => a)", "takes an element"),
        ("map([1], (a, a) => a)", "two parameters"),
        ("map([1], true => 1)", "cannot be the name"),
        ("map([1], node => 1)", "cannot be the name"),
        ("map([1], () => 1)", "expected a value"),
        ("map([1], x => )", "expected a value"),
        ("map([1], x = 1)", "expected"),
    ] {
        let problem = Expression::compile(wrong, &()).expect_err(wrong);
        assert!(problem.message.contains(message), "{wrong}: {problem}");
    }
}

#[test]
fn what_lambdas_bind_is_not_what_the_node_binds() {
    let world = World { variables: [("x".to_owned(), json("\"variable\""))].into(), ..World::default() };
    let items = json("[10, 20]");
    let item = json("20");
    let scope = Scope::new(&world, now()).at_element(&item, 1, &items);
    for (source, expected) in [
        ("map(items, x => x + item)", "[30,40]"),
        ("map(items, (x, i) => i + index)", "[1,2]"),
        ("x", "\"variable\""),
        ("map([1], y => x)", "[\"variable\"]"),
        ("map([1], x => variables.x)", "[\"variable\"]"),
    ] {
        assert_eq!(shown(compile(source, &world).eval_value(&scope)), expected, "{source}");
    }
    assert!(compile("map([1], x => input)", &world).references().input);
    assert!(!compile("map([1], x => x)", &world).references().input);
    assert!(compile("map([1], x => x)", &world).references().variables().is_empty());
}
