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
