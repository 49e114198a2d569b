//! Functions over elements, objects, texts and patterns, by tables of the cases at their edges.

use thaiyyal_expr::{Bounds, EvalCode, Expression, Scope};
use thaiyyal_model::Value;

use crate::support::{World, check_values, compile, now, shown, value};

#[test]
fn conditions_over_elements_at_the_edges() {
    check_values(&[
        ("filter(input, item.n > 1)", r#"[{"n":1},{"n":2},{}]"#, r#"[{"n":2}]"#),
        ("filter([], true)", "0", "[]"),
        ("filter(5, true)", "0", "! expression_wrong_kind"),
        ("filter([1, 'x'], 1 / 0 > 1)", "0", "! expression_arithmetic"),
        ("filter([1, 2], 5)", "0", "[]"),
        ("find(input, x => x.id == 2).name", r#"[{"id":1},{"id":2,"name":"b"}]"#, "\"b\""),
        ("find([null], true)", "0", "null"),
        ("any([1], item.nope)", "0", "false"),
        ("some([1, 2], >1)", "0", "true"),
        ("every([2, 3], >1)", "0", "true"),
        ("all([1, 0], item / item == 1)", "0", "! expression_arithmetic"),
        ("any([1, 0], item / item == 1)", "0", "true"),
        ("none([], true)", "0", "true"),
        ("none([1], true)", "0", "false"),
    ]);
}

#[test]
fn grouping_and_sorting_at_the_edges() {
    check_values(&[
        ("groupBy(input, item.k)", r#"[{"k":"b"},{"k":1},{"k":"b","x":1}]"#, r#"{"1":[{"k":1}],"b":[{"k":"b"},{"k":"b","x":1}]}"#),
        ("groupBy([1], item.nope)", "0", "! expression_unresolved"),
        ("groupBy([null, [1]], item)", "0", r#"{"[1]":[[1]],"null":[null]}"#),
        ("groupBy([], item)", "0", "{}"),
        ("countBy('banana'.split(''), item)", "0", r#"{"a":3,"b":1,"n":2}"#),
        ("sortBy(input, item.n)", r#"[{"n":2},{"n":"1"},{"n":2,"x":1}]"#, r#"[{"n":"1"},{"n":2},{"n":2,"x":1}]"#),
        ("sortBy(input, x => x.n, 'desc')", r#"[{"n":2},{"n":"1"},{"n":2,"x":1}]"#, r#"[{"n":2},{"n":2,"x":1},{"n":"1"}]"#),
        ("sortBy(['b', 'a', 'C'], item, 'desc')", "0", r#"["b","a","C"]"#),
        ("sortBy(['10', 'x', 9], item, 'desc')", "0", r#"["x","10",9]"#),
        ("sortBy([1], item, 'down')", "0", "! expression_bad_argument"),
        ("sumBy(input, item.qty * item.price)", r#"[{"qty":2,"price":1.5},{"qty":1,"price":"4"}]"#, "7"),
        ("sumBy(['x'], item)", "0", "! expression_wrong_kind"),
        ("sumBy([1e308, 1e308], item)", "0", "! expression_arithmetic"),
        ("flatMap(input, item.tags)", r#"[{"tags":["a"]},{"tags":[]},{"tags":"b"}]"#, r#"["a","b"]"#),
        ("flatMap([1], [[item]])", "0", "[[1]]"),
    ]);
}

#[test]
fn ranges_and_chunks_at_the_edges() {
    check_values(&[
        ("range(0)", "0", "[]"),
        ("range(-1)", "0", "[]"),
        ("range(3, 1)", "0", "[]"),
        ("range(0, 1, 0.25)", "0", "[0,0.25,0.5,0.75]"),
        ("range(0, 1, 0)", "0", "! expression_bad_argument"),
        ("range(0, 1, 'x')", "0", "! expression_wrong_kind"),
        ("range(1e18)", "0", "! expression_too_large"),
        ("range(0, 1e308, 1e-300)", "0", "! expression_too_large"),
        ("chunk([], 2)", "0", "[]"),
        ("chunk([1, 2, 3], 1.9)", "0", "[[1],[2],[3]]"),
        ("chunk([1], 0)", "0", "! expression_bad_argument"),
        ("chunk([1, 2], 1e18)", "0", "[[1,2]]"),
        ("len(null)", "0", "! expression_wrong_kind"),
        ("len(5)", "0", "! expression_wrong_kind"),
    ]);
}

#[test]
fn objects_at_the_edges() {
    const OBJECT: &str = r#"{"b":1,"a":{"c":2}}"#;
    check_values(&[
        ("keys(input)", OBJECT, r#"["a","b"]"#),
        ("values(input)", OBJECT, r#"[{"c":2},1]"#),
        ("entries(input)[0].key", OBJECT, "\"a\""),
        ("keys([1])", "0", "! expression_wrong_kind"),
        ("fromEntries([['a', 1], ['a', 2], [3, 4]])", "0", r#"{"3":4,"a":2}"#),
        ("fromEntries([1])", "0", "! expression_bad_argument"),
        ("fromEntries([['a']])", "0", "! expression_bad_argument"),
        ("fromEntries(map(entries(input), [item.key.toUpperCase(), item.value]))", OBJECT, r#"{"A":{"c":2},"B":1}"#),
        ("merge(input, input.a)", OBJECT, r#"{"a":{"c":2},"b":1,"c":2}"#),
        ("merge(null)", "0", "{}"),
        ("merge(input, 1)", OBJECT, "! expression_wrong_kind"),
        ("merge(input, input.nope)", OBJECT, "! expression_unresolved"),
        ("merge(input, input.nope ?? null)", OBJECT, r#"{"a":{"c":2},"b":1}"#),
        ("pick(input, 'b', ['nope', 'b'])", OBJECT, r#"{"b":1}"#),
        ("pick(input, 1)", OBJECT, "! expression_wrong_kind"),
        ("omit(input, ['a'], 'b')", OBJECT, "{}"),
        ("omit(input, [1])", OBJECT, "! expression_bad_argument"),
    ]);
}

#[test]
fn conversions_at_the_edges() {
    check_values(&[
        ("toNumber('1x')", "0", "! expression_bad_argument"),
        ("toNumber('')", "0", "! expression_bad_argument"),
        ("toNumber('inf')", "0", "! expression_bad_argument"),
        ("toNumber(null)", "0", "! expression_wrong_kind"),
        ("toNumber([1])", "0", "! expression_wrong_kind"),
        ("number('7') + 1", "0", "8"),
        ("toString(null)", "0", "\"null\""),
        ("text(now())", "0", "\"2025-11-21T10:20:30.5Z\""),
        ("toBoolean(' FALSE ')", "0", "false"),
        ("toBoolean('')", "0", "false"),
        ("toBoolean('maybe')", "0", "! expression_bad_argument"),
        ("toBoolean(-0.1)", "0", "true"),
        ("toBoolean([])", "0", "! expression_wrong_kind"),
        ("parseJson('{')", "0", "! expression_bad_argument"),
        ("parseJson('1e999')", "0", "! expression_bad_argument"),
        ("parseJson(5)", "0", "! expression_wrong_kind"),
        ("parseJson(toJson(input)) == input", r#"{"a":[1,"x",null,true]}"#, "true"),
        ("toJson(now())", "0", r#""\"2025-11-21T10:20:30.5Z\"""#),
    ]);
    let deep = format!("parseJson('{}1{}')", "[".repeat(129), "]".repeat(129));
    assert_eq!(shown(value(&deep, "0")), "! expression_bad_argument");
}

#[test]
fn encodings_at_the_edges() {
    check_values(&[
        ("base64Encode('')", "0", "\"\""),
        ("base64Decode(base64Encode(input))", "\"Grüße 😀\"", "\"Grüße 😀\""),
        ("base64Decode('%%')", "0", "! expression_bad_argument"),
        ("base64Decode('/w==')", "0", "! expression_bad_argument"),
        ("base64Decode('AA==')", "0", "! expression_bad_argument"),
        ("urlDecode(urlEncode(input))", "\"a/b?c=d&é~\"", "\"a/b?c=d&é~\""),
        ("urlDecode('a+b%2')", "0", "\"a+b%2\""),
        ("urlDecode('%ff')", "0", "! expression_bad_argument"),
        ("sha256('')", "0", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""),
        ("hmac('', '') == hmacSha256('', '')", "0", "true"),
    ]);
}

#[test]
fn uuids_differ_and_repeat_in_a_replay() {
    let source = "map([1, 2], uuid())";
    let first = compile(source, &World::default()).eval_value(&Scope::new(&World::default(), now())).unwrap();
    assert_eq!(compile(source, &World::default()).eval_value(&Scope::new(&World::default(), now())).unwrap(), first);
    let list = first.as_list().unwrap();
    assert_ne!(list[0], list[1]);
    for id in list {
        let form = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
        assert_eq!(shown(value(&format!("regexMatches(input, '{form}')"), &id.to_string())), "true", "{id}");
    }
    let nowhere = Expression::compile("uuid()", &()).unwrap().eval_value(&Scope::new(&(), now()));
    assert_eq!(nowhere.map_err(|error| error.code), Err(EvalCode::Unresolved));
}

#[test]
fn patterns_at_the_edges() {
    check_values(&[
        ("regexMatches('ABC', '(?i)b')", "0", "true"),
        ("regexMatches(input.s, input.p)", r#"{"s":"abc","p":"^a"}"#, "true"),
        ("regexMatches('a', input)", "\"(\"", "! expression_bad_argument"),
        ("map(['a1', 'b'], regexMatches(item, input.length > 1 ? '[0-9]' : 'b'))", "0", "[true,true]"),
        ("regexFind('', '^$')", "0", "[\"\"]"),
        ("regexFind('añ1', '[0-9]')", "0", "[\"1\"]"),
        ("regexFind('key: value', '(?P<k>[a-z]+): (.*)')[2]", "0", "\"value\""),
        ("regexFind('x', 'y')?.[1]", "0", "null"),
        ("regexFindAll('aaa', 'a*?')", "0", r#"[[""],[""],[""],[""]]"#),
        ("regexFindAll('ñé', '')", "0", r#"[[""],[""],[""]]"#),
        ("regexFindAll(5, '[0-9]')", "0", r#"[["5"]]"#),
        ("regexReplace('a.b.c', '\\\\.', '$$')", "0", "\"a$b$c\""),
        ("regexReplace('k=v', '(?P<key>k)=(v)', '${2}=${key}$9')", "0", "\"v=k\""),
        ("regexReplace('abc', '', '-')", "0", "\"-a-b-c-\""),
        ("regexReplace('abc', 'x', 'y')", "0", "\"abc\""),
        ("regexSplit('', ',')", "0", "[\"\"]"),
        ("regexSplit('a1b2', '[0-9]')", "0", r#"["a","b",""]"#),
        ("regexSplit(null, 'u')", "0", r#"["n","ll"]"#),
    ]);
    for (wrong, message) in [
        ("regexMatches('a', '(')", "unclosed group"),
        ("regexMatches('a', 'a{2,1}')", "invalid repetition"),
        ("regexMatches('a', '(?=a)')", "look-around"),
        ("regexMatches('a', '(((x{50}){50}){50})')", "too large"),
        ("regexMatches('a')", "takes 2 arguments"),
    ] {
        let problem = Expression::compile(wrong, &()).expect_err(wrong);
        assert!(problem.message.contains(message), "{wrong}: {problem}");
    }
    let many = vec!["regexMatches('a', 'a')"; 21].join(" && ");
    let problem = Expression::compile(&many, &()).expect_err("too many patterns");
    assert_eq!(problem.code.as_str(), "expression_invalid_pattern");
    let long = format!("regexMatches('a', '{}')", "a".repeat(1001));
    assert!(Expression::compile(&long, &()).is_err());
}

#[test]
fn searching_is_paid_for() {
    let text = Value::from("a".repeat(40_000));
    let run_within = |steps: u64, source: &str| {
        let bounds = Bounds { steps, ..Bounds::default() };
        let outcome = compile(source, &World::default()).eval_value(&Scope::new(&(), now()).with_input(&text).with_bounds(bounds));
        outcome.map(|value| value.as_f64()).map_err(|error| error.code)
    };
    let run = |source: &str| run_within(1_000_000, source);
    let run_briefly = |source: &str| run_within(100_000, source);
    // Every `a` is a match, and before each the whole rest is looked through for an `x`.
    assert_eq!(run_briefly("len(regexFindAll(input, '.*x|a'))"), Err(EvalCode::TooManySteps));
    assert_eq!(run_briefly("len(regexReplace(input, 'a(.*x)?', ''))"), Err(EvalCode::TooManySteps));
    assert_eq!(run("len(regexFindAll(input, 'aa|b+'))"), Ok(Some(20_000.0)));
    assert_eq!(run("len(regexReplace(input, 'a+', ''))"), Ok(Some(0.0)));
    assert_eq!(run("len(regexFindAll(input, input[:3]))"), Ok(Some(13_333.0)));
    assert_eq!(run_briefly("len(map(range(2000), x => regexMatches(input, 'b')))"), Err(EvalCode::TooManySteps));
    assert_eq!(run_briefly("len(map(range(100), regexMatches('a', toString(item))))"), Err(EvalCode::TooManySteps));
    assert_eq!(run_briefly("len(map(range(10000), x => sha256(input)))"), Err(EvalCode::TooManySteps));
}

#[test]
fn what_grows_is_bounded() {
    let text = Value::from("a,".repeat(3_000));
    let small = Bounds { value_bytes: 10_000, ..Bounds::default() };
    for source in [
        "`${input}${input}`",
        "range(1000)",
        "flatMap([1, 2], x => [input, input])",
        "regexReplace(input, 'a', '$0$0$0$0')",
        "regexFindAll(input, 'a')",
        "regexSplit(input, ',')",
        "urlEncode(input)",
        "base64Encode(input + input[:3000])",
        "groupBy([1, 2], x => input + x)",
        "merge(fromEntries([['a', input]]), fromEntries([['b', input]]))",
        "chunk(input.split(','), 2)",
        "parseJson('[' + input.replace('a', '1') + '1]')",
    ] {
        let outcome = compile(source, &World::default()).eval_value(&Scope::new(&(), now()).with_input(&text).with_bounds(small));
        assert_eq!(outcome.err().map(|error| error.code), Some(EvalCode::TooLarge), "{source}");
        let outcome = compile(source, &World::default()).eval_value(&Scope::new(&(), now()).with_input(&text));
        assert_eq!(outcome.err(), None, "{source}");
    }
}
