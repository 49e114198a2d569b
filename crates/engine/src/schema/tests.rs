use serde_json::json;
use thaiyyal_model::Value;

use super::*;

fn schema() -> Schema {
    Schema::new(&json!({
        "type": "object",
        "required": ["op", "cases"],
        "anyOf": [{"required": ["field"]}, {"required": ["fields"]}],
        "properties": {
            "op": {"type": "string", "enum": ["add", "subtract"]},
            "count": {"type": "integer", "minimum": 1},
            "factor": {"type": "number", "exclusiveMinimum": 0, "maximum": 10},
            "field": {"type": "string", "minLength": 1},
            "fields": {"type": ["array", "string"], "items": {"type": "string"}, "minItems": 2},
            "when": {"type": "string", "x-ui": {"widget": "expression"}},
            "strict": {"type": "boolean"},
            "cases": {"type": "array", "items": {"type": "object", "required": ["when"], "properties": {"when": {"type": "string"}}}},
            "any": {}
        }
    }))
}

fn check(settings: serde_json::Value) -> (Vec<String>, Checked) {
    let Value::Map(settings) = Value::from(settings) else { panic!("settings are an object") };
    let mut issues = Vec::new();
    let checked = schema().check(&settings, &mut issues);
    (issues.into_iter().map(|issue| format!("{} {} {}", issue.pointer, issue.code, issue.detail)).collect(), checked)
}

fn issues(mut settings: serde_json::Value) -> Vec<String> {
    for (name, value) in [("op", json!("add")), ("cases", json!([])), ("field", json!("f"))] {
        settings.as_object_mut().unwrap().entry(name).or_insert(value);
    }
    check(settings).0
}

#[test]
fn what_is_required_must_be_there() {
    let expected = [
        "/op missing_field `op` is required, a string",
        "/cases missing_field `cases` is required, an array",
        " missing_field `field` or `fields` is required",
    ];
    assert_eq!(check(json!({})).0, expected);
    assert_eq!(check(json!({"op": null, "fields": null})).0, expected);
}

#[test]
fn kinds_choices_and_bounds_are_checked_at_every_level() {
    for (settings, expected) in [
        (json!({"count": 3.0, "factor": 0.5, "any": [1], "unknown": 1}), vec![]),
        (json!({"op": "ad"}), vec!["/op invalid_value `op` must be one of add, subtract, not \"ad\"; did you mean `add`?"]),
        (json!({"count": 1.5}), vec!["/count wrong_kind `count` must be a whole number, not 1.5"]),
        (json!({"count": "1"}), vec!["/count wrong_kind `count` must be a whole number, not string"]),
        (json!({"count": 0}), vec!["/count invalid_value `count` must be at least 1, not 0"]),
        (json!({"factor": 0}), vec!["/factor invalid_value `factor` must be more than 0, not 0"]),
        (json!({"factor": 11}), vec!["/factor invalid_value `factor` must be at most 10, not 11"]),
        (json!({"field": ""}), vec!["/field invalid_value `field` must not be empty"]),
        (json!({"fields": ["a"]}), vec!["/fields invalid_value `fields` must have at least 2 elements, not 1"]),
        (json!({"fields": ["a", 1]}), vec!["/fields/1 wrong_kind `fields[1]` must be a string, not 1"]),
        (json!({"fields": 1}), vec!["/fields wrong_kind `fields` must be a string or an array, not 1"]),
        (
            json!({"cases": [{"when": "x"}, {}, 7]}),
            vec!["/cases/1/when missing_field `when` is required, a string", "/cases/2 wrong_kind `cases[2]` must be an object, not 7"],
        ),
    ] {
        assert_eq!(issues(settings.clone()), expected, "{settings}");
    }
}

#[test]
fn templates_are_found_and_not_judged() {
    let base = json!({"op": "add", "cases": [], "field": "f"});
    let with = |name: &str, value: serde_json::Value| {
        let mut settings = base.clone();
        settings[name] = value;
        check(settings)
    };
    assert_eq!(with("op", json!("{{ input.op }}")), (vec![], Checked::Templated));
    assert_eq!(with("count", json!("{{ input.n }}")), (vec![], Checked::Templated));
    assert_eq!(with("any", json!({"deep": ["{{ x }}"]})), (vec![], Checked::Templated));
    assert_eq!(with("when", json!("{{ x }}")), (vec![], Checked::Literal));
}

#[test]
fn what_templates_give_becomes_what_the_schema_wants() {
    let schema = schema();
    let convert = |name: &str, text: &str| schema.convert(name, Value::from(text)).to_string();
    assert_eq!(convert("count", " 12 "), "12");
    assert_eq!(convert("factor", "1e400"), "\"1e400\"");
    assert_eq!(convert("strict", "true"), "true");
    assert_eq!(convert("op", "12"), "\"12\"");
    assert_eq!(convert("unknown", "12"), "\"12\"");
    for (name, given, expected) in [
        ("op", json!(12.5), json!("12.5")),
        ("op", json!(true), json!("true")),
        ("op", json!({"b": [1]}), json!("{\"b\":[1]}")),
        ("op", json!(null), json!(null)),
        ("count", json!(true), json!(true)),
        ("count", json!({}), json!({})),
        ("any", json!(12), json!(12)),
        ("fields", json!(12), json!("12")),
        ("fields", json!([1, "a", [2]]), json!(["1", "a", "[2]"])),
        ("fields", json!({"a": 1}), json!({"a": 1})),
        ("cases", json!([{"when": 1, "then": 2}, 3]), json!([{"when": "1", "then": 2}, 3])),
    ] {
        assert_eq!(schema.convert(name, Value::from(given.clone())), Value::from(expected), "{name} {given}");
    }
}
