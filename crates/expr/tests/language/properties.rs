//! Whatever is written: no panic, no endless work.

use proptest::prelude::*;
use thaiyyal_expr::{Bounds, Expression, Scope, SettingTemplates, Template};
use thaiyyal_model::Value;

use crate::support::{World, json, now};

/// Words of the language in any order.
fn words() -> impl Strategy<Value = String> {
    let words = [
        "input",
        "item",
        "index",
        "items",
        "accumulator",
        "variables.x",
        "context.y",
        "node.a",
        "node.a-b",
        "trigger",
        "now()",
        "input.a-b",
        "input.a-1",
        ".length",
        ".a",
        "[0]",
        "['a']",
        "(",
        ")",
        "[",
        "]",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "&&",
        "||",
        "?",
        ":",
        ",",
        "1",
        "0",
        "2.5",
        "1e3",
        "'a'",
        "\"5\"",
        "''",
        "true",
        "false",
        "null",
        "map(",
        "sum(",
        "sort(",
        "abs(",
        "slice(",
        "coalesce(",
        "isNull(",
        "zip(",
        "unique(",
        "flatten(",
        "parseDate(",
        "dateAdd(",
        "sample(",
        ".trim()",
        ".split(",
        ".join(",
        ".includes(",
        ".replace(",
        ".first()",
        "}",
        "{",
        "?.",
        "??",
        " in ",
        "`",
        "${",
        "=>",
        "x => ",
        "(x, i) => ",
        "x",
        "[1:",
        ":2]",
        "filter(",
        "sortBy(",
        "groupBy(",
        "any(",
        "range(",
        "regexFind(",
        "regexReplace(",
        "'(a+)+'",
        "parseJson(",
        "formatDate(",
        "merge(",
        "pick(",
        "uuid()",
        "é",
        " ",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..40).prop_map(|words| words.concat())
}

/// Grammatical expressions.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "input",
        "item",
        "input.a",
        "input.b[1]",
        "input.a-b",
        "input.c-a",
        "variables.x",
        "nope",
        "0",
        "1",
        "2.5",
        "-3",
        "'a'",
        "'7'",
        "'2024-01-02'",
        "true",
        "false",
        "null",
        "[]",
        "[3, 1, '2']",
        "now()",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 60, 4, |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "??", "in"]),
                inner.clone()
            )
                .prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a}) ? ({b}) : ({c})")),
            (
                prop::sample::select(vec![
                    "abs",
                    "round",
                    "sum",
                    "max",
                    "sort",
                    "reverse",
                    "flatten",
                    "unique",
                    "isNull",
                    "coalesce",
                    "parseDate",
                    "toEpoch",
                    "year",
                    "fromEpochMillis",
                    "len",
                    "keys",
                    "values",
                    "entries",
                    "fromEntries",
                    "merge",
                    "range",
                    "toNumber",
                    "toString",
                    "toBoolean",
                    "parseJson",
                    "toJson",
                    "base64Encode",
                    "base64Decode",
                    "urlEncode",
                    "urlDecode",
                    "sha256",
                    "weekday"
                ]),
                inner.clone()
            )
                .prop_map(|(f, a)| format!("{f}({a})")),
            (
                prop::sample::select(vec![
                    "map",
                    "slice",
                    "zip",
                    "sample",
                    "contains",
                    "pow",
                    "dateAdd",
                    "dateDiff",
                    "min",
                    "filter",
                    "find",
                    "any",
                    "all",
                    "none",
                    "flatMap",
                    "sortBy",
                    "sumBy",
                    "groupBy",
                    "countBy",
                    "range",
                    "chunk",
                    "merge",
                    "pick",
                    "omit",
                    "hmac",
                    "regexMatches",
                    "regexFind",
                    "regexFindAll",
                    "regexSplit",
                    "formatDate",
                    "startOf",
                    "inZone",
                    "parseDate"
                ]),
                inner.clone(),
                inner.clone()
            )
                .prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            (inner.clone(), prop::sample::select(vec!["toUpperCase()", "trim()", "first()", "reverse()", "length"]))
                .prop_map(|(a, m)| format!("({a}).{m}")),
            (inner.clone(), prop::sample::select(vec!["includes", "split", "join", "startsWith"]), inner.clone())
                .prop_map(|(a, m, b)| format!("({a}).{m}({b})")),
            (
                prop::sample::select(vec!["map", "filter", "sortBy", "groupBy", "flatMap", "any"]),
                inner.clone(),
                prop::sample::select(vec!["item", "x => x", "(x, i) => [i, x, input]", "x => x?.y ?? item", "x => map([x], y => [x, y])"])
            )
                .prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            (inner.clone(), prop::sample::select(vec!["?.a", "?.[0]", "[1:]", "[:-1]", "?.a-b", "?.trim()", "?.[0:1]?.x"]))
                .prop_map(|(a, link)| format!("({a}){link}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("`{}${{{a}}}-${{{b}}}`", "t")),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

fn world() -> World {
    World { variables: [("x".to_owned(), json("3"))].into(), nodes: vec![("a", Some(json("1"))), ("a-b", None)], ..World::default() }
}

fn evaluate(source: &str) {
    let world = world();
    let Ok(expression) = Expression::compile(source, &world) else {
        return;
    };
    for input in ["5", "\"7\"", "null", r#"{"a":2,"b":["x",{"y":1}],"c":9,"a-b":4,"value":{"value":1}}"#, "[1,\"b\",[2,null]]"] {
        let input = json(input);
        let scope = Scope::new(&world, now()).with_input(&input).with_bounds(Bounds { steps: 20_000, value_bytes: 1 << 20 });
        if let Ok(value) = expression.eval_value(&scope) {
            assert!(value.depth() <= Value::MAX_DEPTH);
            assert_eq!(Value::from_json_lossless(&value.to_json()).as_ref(), Ok(&value), "{source}");
            assert_eq!(expression.eval_bool(&scope), Ok(value == Value::from(true)), "{source}");
        }
        let _outcome = expression.eval_bool(&scope);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_compiles_or_is_refused(source in ".{0,60}") {
        evaluate(&source);
        let _template = Template::compile(&source, &());
    }

    #[test]
    fn any_words_compile_or_are_refused(source in words()) {
        evaluate(&source);
    }

    #[test]
    fn any_expression_evaluates_or_fails_cleanly(source in expressions()) {
        prop_assert!(Expression::compile(&source, &world()).is_ok(), "{source}");
        evaluate(&source);
    }

    #[test]
    fn any_template_renders_or_fails_cleanly(parts in prop::collection::vec(prop_oneof![expressions().prop_map(|e| format!("{{{{ {e} }}}}")), "[a-z{} ]{0,6}"], 0..4)) {
        let text = parts.concat();
        let world = world();
        let input = json(r#"{"a":2}"#);
        if let Ok(template) = Template::compile(&text, &world) {
            let scope = Scope::new(&world, now()).with_input(&input);
            let alone = template.render(&scope).ok();
            let settings = SettingTemplates::compile(&Value::from(text.as_str()), &[], &world).expect("the template compiles");
            prop_assert_eq!(settings.render(&scope).ok(), alone);
        }
    }

    #[test]
    fn sorting_orders_anything_without_loss(items in prop::collection::vec(prop_oneof![Just("10"), Just("9"), Just("'10'"), Just("'9'"), Just("'1a'"), Just("null"), Just("true"), Just("[1]"), Just("'b'"), Just("-1")], 0..20)) {
        let source = format!("sort([{}])", items.join(","));
        let world = world();
        let result = Expression::compile(&source, &world).expect("it compiles").eval_value(&Scope::new(&world, now())).expect("it sorts");
        let mut texts: Vec<String> = result.as_list().expect("an array").iter().map(ToString::to_string).collect();
        let mut expected: Vec<String> = items.iter().map(|item| item.replace('\'', "\"")).collect();
        texts.sort();
        expected.sort();
        prop_assert_eq!(texts, expected);
    }
}
