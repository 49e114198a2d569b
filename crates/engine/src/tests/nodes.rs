use thaiyyal_model::{Limits, Value};

use super::world::told;
use crate::Answer;

/// What the node `x` gives when it reads this JSON.
fn given(node: &str, input: &str) -> String {
    let graph = format!("in = {}\np: parse JSON\nx: {node}\nin -> p -> x", serde_json::Value::from(input));
    let told = told(&graph, Limits::default(), |_| Answer::Done(Value::Null));
    let line = told.lines().find(|line| line.contains(" x ")).unwrap_or(&told).to_owned();
    line.split_once(" x ").map_or(line.clone(), |(_, rest)| rest.to_owned())
}

#[test]
fn csv_is_read_as_rfc_4180_writes_it() {
    let read = |text: &str| given("parse CSV", &serde_json::Value::from(text).to_string());
    for (text, rows) in [
        ("a,b\n1,x", r#"= [{"a":1,"b":"x"}]"#),
        ("a,b\r\n1,\r\n\r\n,2\r\n", r#"= [{"a":1,"b":""},{"a":"","b":2}]"#),
        ("a,b\n \"x, \"\"y\"\"\nz\", null ", r#"= [{"a":"x, \"y\"\nz","b":null}]"#),
        ("a,a\n1,2", r#"= [{"a":2}]"#),
        ("ü\n\"ä\"", r#"= [{"ü":"ä"}]"#),
        ("a,b", "= []"),
        ("", "= []"),
        ("a,b\n1", "failed: invalid_csv"),
        ("a\n\"x", "failed: invalid_csv"),
        ("a\n\"x\"y", "failed: invalid_csv"),
        ("a\nx\"y\"", "failed: invalid_csv"),
    ] {
        assert_eq!(read(text), rows, "{text:?}");
    }
    assert_eq!(given("parse TSV", r#""a\tb\n\t2""#), r#"= [{"a":"","b":2}]"#);
}

#[test]
fn array_nodes_find_the_array_in_what_wraps_it() {
    for input in ["[1,2]", r#"{"range":[1,2]}"#, r#"{"data":[1,2],"values":[3]}"#, r#"{"items":5,"values":[1,2]}"#] {
        assert_eq!(
            given("map item * 2", input),
            r#"= {"failed":0,"input_count":2,"output_count":2,"results":[2,4],"successful":2}"#,
            "{input}"
        );
    }
    assert_eq!(given("map item", r#"{"other":[1]}"#), "failed: wrong_input");
    assert_eq!(
        given("filter item", "5"),
        r#"= {"filtered":5,"input":5,"is_array":false,"original_type":"number","warning":"input is not an array, passed through unchanged"}"#
    );
}

#[test]
fn elements_that_fail_are_counted() {
    assert_eq!(
        given("map item.n + 1", r#"[{"n":1},{},{"n":[]}]"#),
        r#"= {"failed":2,"input_count":3,"output_count":3,"results":[2,null,null],"successful":1}"#
    );
    assert_eq!(
        given("filter 10 / item > 1", "[5, 0, 20]"),
        r#"= {"condition":"10 / item > 1","error_count":1,"filtered":[5],"input_count":3,"is_array":true,"output_count":1,"skipped_count":2}"#
    );
    assert_eq!(
        given("reduce accumulator + item", "[1, [], 3]"),
        r#"= {"failed":1,"final_value":4,"initial_value":null,"input_count":3,"iterations":3,"result":4,"successful":2}"#
    );
}

#[test]
fn operations_refuse_what_is_no_number_and_too_few_inputs() {
    assert_eq!(given("operation add", "1"), "failed: missing_input");
    let two = |op: &str, left: &str, right: &str| {
        let graph = format!("a = {left}\nb = {right}\nx: operation {op}\na -> x, b -> x");
        told(&graph, Limits::default(), |_| Answer::Woken).lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(two("modulo", "-7", "3"), "succeeded -1");
    assert_eq!(two("modulo", "7.9", "2"), "succeeded 1");
    assert_eq!(two("modulo", "7", "0.5"), "failed: division_by_zero at x");
    assert_eq!(two("power", "2", "10"), "succeeded 1024");
    assert_eq!(two("power", "-1", "0.5"), "failed: not_finite at x");
    assert_eq!(two("add", "\"1\"", "2"), "failed: wrong_input at x");
}

#[test]
fn fields_are_set_kept_and_removed() {
    let input = r#"{"id": 1, "price": 2, "in": {"a": 1}}"#;
    for (settings, expected) in [
        (
            r#"{"fields": {"status": "new {{ input.id }}", "n": "{{ input.id }}"}}"#,
            r#"= {"id":1,"in":{"a":1},"n":1,"price":2,"status":"new 1"}"#,
        ),
        (r#"{"expressions": {"in.b": "input.price * 2"}}"#, r#"= {"id":1,"in":{"a":1,"b":4},"price":2}"#),
        (r#"{"expressions": {"x": "input.price"}, "keep": false}"#, r#"= {"x":2}"#),
        (r#"{"remove": ["in", "other"], "fields": {"id.deep": true}}"#, r#"= {"id":{"deep":true},"price":2}"#),
        (r#"{"expressions": {"x": "input.nope"}}"#, "failed: expression_unresolved"),
    ] {
        assert_eq!(given(&format!("set {settings}"), input), expected, "{settings}");
    }
    assert_eq!(given(r#"set {"fields": {"a": 1}}"#, "5"), "failed: wrong_input");
    assert_eq!(given(r#"set {"fields": {"a": 1}, "keep": false}"#, "5"), r#"= {"a":1}"#);
}

#[test]
fn several_inputs_become_one() {
    let merged = |settings: &str, left: &str, right: &str| {
        let text = |json: &str| serde_json::Value::from(json);
        let graph =
            format!("a = {}\nb = {}\np: parse JSON\nq: parse JSON\nm: merge {settings}\na -> p -> m, b -> q -> m", text(left), text(right));
        told(&graph, Limits::default(), |_| Answer::Woken).lines().last().unwrap_or_default().to_owned()
    };
    let (left, right) = (r#"[{"id": 1, "a": 1}, {"id": 2, "a": 2}]"#, r#"[{"id": 2, "b": 3}, {"id": 3, "a": 9}]"#);
    for (settings, expected) in [
        ("{}", r#"succeeded [{"a":1,"id":1},{"a":2,"id":2},{"b":3,"id":2},{"a":9,"id":3}]"#),
        (r#"{"mode": "by_key", "key": "id"}"#, r#"succeeded [{"a":1,"id":1},{"a":2,"b":3,"id":2},{"a":9,"id":3}]"#),
        (r#"{"mode": "by_position"}"#, r#"succeeded [{"a":1,"b":3,"id":2},{"a":9,"id":3}]"#),
        (r#"{"mode": "choose", "choose": 1}"#, r#"succeeded [{"b":3,"id":2},{"a":9,"id":3}]"#),
        (r#"{"mode": "by_key", "key": "b"}"#, "failed: missing_member at m"),
    ] {
        assert_eq!(merged(settings, left, right), expected, "{settings}");
    }
    assert_eq!(merged("{}", "1", "[2]"), "succeeded [1,2]");
    assert_eq!(merged(r#"{"mode": "by_position"}"#, "[1, 2]", "[3]"), "succeeded [[1,3],[2]]");
    assert_eq!(merged(r#"{"mode": "choose"}"#, "null", "7"), "succeeded 7");
    assert_eq!(merged(r#"{"mode": "choose", "choose": "last"}"#, "1", "null"), "succeeded 1");
}

#[test]
fn an_execution_can_be_stopped_with_an_error_of_its_own() {
    assert_eq!(given(r#"stop_and_error {"message": "no {{ input.id }}", "code": "empty_order"}"#, r#"{"id": 5}"#), "failed: empty_order");
    assert_eq!(given(r#"stop_and_error {"message": "no"}"#, "1"), "failed: stopped");
    assert_eq!(given(r#"stop_and_error {"message": "no", "code": "{{ input }}"}"#, r#""internal""#), "failed: invalid_value");
    assert_eq!(given("no_op {}", "[1]"), "= [1]");
}

#[test]
fn values_are_checked_against_schemas() {
    let errors = |schema: &str, value: &str| {
        let told = given(&format!("schema_validator {{\"schema\": {schema}}}"), value);
        let Some(result) = told.strip_prefix("= ") else { return told };
        let result: serde_json::Value = serde_json::from_str(result).expect("results are JSON");
        let error =
            |error: &serde_json::Value| format!("{} {}", error["field"].as_str().unwrap_or("?"), error["type"].as_str().unwrap_or("?"));
        let errors: Vec<String> = result["errors"].as_array().into_iter().flatten().map(error).collect();
        assert_eq!(result["valid"], errors.is_empty());
        errors.join(", ")
    };
    for (schema, value, expected) in [
        (r#"{"type": "integer"}"#, "3.0", ""),
        (r#"{"type": ["string", "null"]}"#, "3", "(root) invalid_type"),
        (r#"{"minimum": 3, "exclusiveMinimum": true}"#, "3", "(root) number_gt"),
        (r#"{"exclusiveMaximum": 3}"#, "3", "(root) number_lt"),
        (r#"{"multipleOf": 0.1}"#, "0.3", ""),
        (r#"{"multipleOf": 2}"#, "3", "(root) multiple_of"),
        (r#"{"minLength": 2, "maxLength": 2}"#, r#""ä😀""#, ""),
        (r#"{"format": "date-time"}"#, r#""2024-13-01T00:00:00Z""#, "(root) format"),
        (r#"{"format": "email"}"#, r#""a@b.example""#, ""),
        (
            r#"{"items": {"type": "number"}, "uniqueItems": true, "maxItems": 2}"#,
            r#"[1, "x", 1]"#,
            "(root) array_max_items, (root) unique, 1 invalid_type",
        ),
        (r#"{"items": [{"type": "number"}], "additionalItems": false}"#, "[1, 2]", "(root) array_no_additional_items"),
        (r#"{"contains": {"const": 2}}"#, "[1]", "(root) contains"),
        (
            r#"{"properties": {"a": {"properties": {"b": {"type": "null"}}}}, "additionalProperties": false}"#,
            r#"{"a": {"b": 1}, "c": 2}"#,
            "a.b invalid_type, (root) additional_property_not_allowed",
        ),
        (
            r#"{"patternProperties": {"^x": {"enum": [1]}}, "propertyNames": {"maxLength": 2}}"#,
            r#"{"x1": 2, "long": 1}"#,
            "(root) invalid_property_name, x1 enum",
        ),
        (
            r#"{"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}"#,
            r#"{"a": 1, "c": 1}"#,
            "(root) missing_dependency, (root) required",
        ),
        (r#"{"anyOf": [{"type": "string"}, {"minimum": 5}]}"#, "3", "(root) number_any_of, (root) invalid_type"),
        (r#"{"oneOf": [{"minimum": 1}, {"minimum": 2}]}"#, "3", "(root) number_one_of"),
        (r#"{"not": {"type": "number"}}"#, "3", "(root) number_not"),
        (r#"{"if": {"minimum": 5}, "then": {"multipleOf": 5}, "else": false}"#, "6", "(root) condition_then, (root) multiple_of"),
        (
            r##"{"definitions": {"n": {"type": "object", "properties": {"next": {"$ref": "#/definitions/n"}}}}, "$ref": "#/definitions/n"}"##,
            r#"{"next": {"next": 1}}"#,
            "next.next invalid_type",
        ),
        (r##"{"$ref": "#"}"##, "1", "failed: schema_too_complex"),
        (r##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##, "1", "failed: schema_too_complex"),
    ] {
        assert_eq!(errors(schema, value), expected, "{schema} {value}");
    }
    assert_eq!(given(r#"schema_validator {"schema": {"type": "string"}, "strict": true}"#, "1"), "failed: schema_mismatch");
    assert_eq!(given(r#"schema_validator {"schema": {"type": "string"}}"#, "null"), "failed: wrong_input");
}

#[test]
fn pages_are_fetched_until_there_are_no_more() {
    let pages = |settings: &str, answer: fn(&str) -> serde_json::Value| {
        let graph = format!("p: paginator {{\"url\": \"https://x.example/list\", {settings}}}");
        told(&graph, Limits::default(), |effect| {
            assert_eq!(effect.node_type, "http");
            let crate::EffectKind::Call { settings, .. } = &effect.kind else { panic!("not a call") };
            let asked = format!("{} {}", settings.get("url").unwrap(), settings.get("query").cloned().unwrap_or_default());
            Answer::Done(Value::from(answer(&asked)))
        })
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
    };
    let cursor = |asked: &str| serde_json::json!({"body": {"data": [1, 2], "next": if asked.contains("\"cursor\":\"c2\"") { None } else { Some("c2") }}});
    assert_eq!(
        pages(r#""pagination_strategy": "cursor", "results_path": "data", "next_cursor_path": "next""#, cursor),
        r#"succeeded {"count":4,"has_more":false,"items":[1,2,1,2],"pages":2}"#
    );
    assert_eq!(
        pages(r#""pagination_strategy": "cursor", "results_path": "data", "next_cursor_path": "next", "max_pages": 1"#, cursor),
        r#"succeeded {"count":2,"has_more":true,"items":[1,2],"pages":1}"#
    );
    assert_eq!(
        pages(
            r#""pagination_strategy": "cursor", "results_path": "data", "next_cursor_path": "next", "until": "input.data.length == 2""#,
            cursor
        ),
        r#"succeeded {"count":2,"has_more":true,"items":[1,2],"pages":1}"#
    );
    let offset = |asked: &str| serde_json::json!({"body": if asked.contains("\"offset\":2") { vec![3] } else { vec![1, 2] }});
    assert_eq!(
        pages(r#""pagination_strategy": "offset_limit", "page_size": 2"#, offset),
        r#"succeeded {"count":3,"has_more":false,"items":[1,2,3],"pages":2}"#
    );
    let link = |asked: &str| {
        let headers = serde_json::json!({"link": "<https://x.example/list?page=1>; rel=\"prev\", </list?page=2>; rel=\"next\""});
        serde_json::json!({"body": [1], "headers": if asked.contains("page=2") { serde_json::json!({}) } else { headers }})
    };
    assert_eq!(pages(r#""pagination_strategy": "link_header""#, link), r#"succeeded {"count":2,"has_more":false,"items":[1,1],"pages":2}"#);
    let elsewhere = |_: &str| serde_json::json!({"body": [1], "headers": {"link": "<https://evil.example/>; rel=next"}});
    assert_eq!(pages(r#""pagination_strategy": "link_header""#, elsewhere), "failed: address_refused at p");
    assert_eq!(
        pages(r#""pagination_strategy": "page_number", "results_path": "x""#, |_| serde_json::json!({"body": {}})),
        "failed: wrong_input at p"
    );
}
