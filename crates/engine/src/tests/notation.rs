//! Definitions as short text: one node or chain of edges per line.
//!
//! ```text
//! a = 20                          number, text_input or boolean_input, by the JSON behind it
//! c: condition input > 10         a node and its main setting
//! v: variable {"var_name": "x", "var_op": "set"}
//! a -> c -true-> v, a -> b        edges, some with a handle
//! ```

use serde_json::{Value, json};
use thaiyyal_model::Definition;

/// The definition that the text describes.
pub(super) fn definition(text: &str) -> Definition {
    Definition::from_json(document(text).to_string().as_bytes()).expect("the notation gives well-formed definitions")
}

/// The same as a JSON document.
pub(super) fn document(text: &str) -> Value {
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.contains("-> ") && !line.contains('{') {
            line.split(',').for_each(|chain| edges.extend(chain_of_edges(chain)));
        } else if let Some((id, value)) = line.split_once(" = ") {
            nodes.push(input(id, value));
        } else {
            nodes.push(node(line));
        }
    }
    json!({"nodes": nodes, "edges": edges})
}

fn input(id: &str, value: &str) -> Value {
    let value: Value = serde_json::from_str(value).unwrap_or_else(|error| panic!("{id} = {value}: {error}"));
    let (node_type, field) = match value {
        Value::Number(_) => ("number", "value"),
        Value::String(_) => ("text_input", "text"),
        Value::Bool(_) => ("boolean_input", "boolean_value"),
        other => panic!("{id} = {other}: write a number, text or boolean"),
    };
    json!({"id": id, "type": node_type, "data": {field: value}})
}

fn node(line: &str) -> Value {
    let (id, rest) = line.split_once(": ").unwrap_or_else(|| panic!("{line}: write `id: type setting`"));
    let (node_type, setting) = rest.split_once(' ').unwrap_or((rest, "{}"));
    let data = if setting.starts_with('{') {
        serde_json::from_str(setting).unwrap_or_else(|error| panic!("{line}: {error}"))
    } else {
        json!({main_setting(node_type): setting})
    };
    json!({"id": id, "type": node_type, "data": data})
}

fn main_setting(node_type: &str) -> &'static str {
    match node_type {
        "condition" | "filter" | "find" | "partition" => "condition",
        "expression" | "map" | "reduce" => "expression",
        "delay" => "duration",
        "timeout" => "timeout",
        "operation" => "op",
        "text_operation" => "text_op",
        "parse" => "input_type",
        "call" => "url",
        "sub_workflow" => "workflow",
        other => panic!("{other} has no main setting in this notation"),
    }
}

/// `a -> b -true-> c`
fn chain_of_edges(chain: &str) -> Vec<Value> {
    let words: Vec<&str> = chain.split_whitespace().collect();
    let edge = |words: &[&str]| {
        let handle = words[1].trim_end_matches("->").trim_start_matches('-');
        json!({"source": words[0], "target": words[2], "sourceHandle": handle})
    };
    words.windows(3).step_by(2).map(edge).collect()
}
