//! Whatever settings and inputs a node gets: it is refused, or it runs to an end.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use thaiyyal_model::{Definition, ExecutionStatus, Limits};

use super::world::{catalog, live, start};
use crate::{Answer, EffectKind, Machine, Plan};

/// Values that fit few settings, and are at the edge of those they fit.
fn odd() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(3),
        json!(1e18),
        json!(-1e300),
        json!(""),
        json!("a"),
        json!("ä€😀"),
        json!("> 1"),
        json!("item.a + index"),
        json!("sum(items) / accumulator"),
        json!("10s"),
        json!("{{ input }}"),
        json!("{{ input.a }} and {{ variable.x }}"),
        json!("{{ open"),
        json!([]),
        json!([1, [2, "x"], null]),
        json!({}),
        json!({"a": 1, "value": [1]}),
        json!([{"when": "> 1", "output_path": "p"}, {"is_default": true}]),
        json!([{"name": "x", "value": "5", "type": "epoch_second"}]),
    ])
}

fn inputs() -> impl Strategy<Value = String> {
    select(vec![
        "null",
        "true",
        "1e308",
        "-0.5",
        "\"\"",
        "\"a: 1\\nb: 2\"",
        "\"<a b='c'>d</a>\"",
        "\"a,b\\n1,\\\"2\"",
        "[]",
        "[3, 1, 2, 1]",
        "[\"10\", 9, \"1a\", null, true, {}, []]",
        "[[1, 2], [3, 4]]",
        "[{\"a\": 1}, {\"a\": \"x\"}, {\"b\": null}]",
        "{\"a\": {\"a\": [1]}}",
        "{\"range\": [1, 2], \"value\": 7}",
        "{\"error\": null}",
    ])
    .prop_map(str::to_owned)
}

/// Pieces of text that are JSON values, nearly are, or are at an edge.
fn raw_values() -> impl Strategy<Value = String> {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let words = ["null", "true", "false", "tru", "nullx", "\"\"", "\"id\"", "\"a b\"", "\"ä€😀\"", "\"\\u00e4\\n\"", "\"\\u0000\""];
    let texts =
        ["\"\\ud800\"", "\"open", "\"tab\there\"", "\"\\x\"", "\"{{ input }}\"", "\"a text of more than thirty-two bytes, \\\"so\\\"\""];
    let numbers =
        ["0", "-0", "01", "7", "-12", "1.5", "1.", ".5", "1e3", "1e999", "123456789012345", "1234567890123456789", "0.1e-7", "+1"];
    let lists = ["[]", "[ 1 ,\n2]", "[1,]", "[[[]]]", "[{\"a\":[null]}]"];
    let objects = ["{}", "{\"x\":1,\"x\":\"2\"}", "{\"a\" : {\"b\":[true]}}", "{a:1}", "{\"\\u0061\":1}", "{\"a\":1,}", "{\"a\"}"];
    let all = words.iter().chain(&texts).chain(&numbers).chain(&lists).chain(&objects).map(|text| (*text).to_owned());
    select(all.chain([122, 123, 124, 125, 126, 129].map(deep)).collect::<Vec<_>>())
}

/// Members of an object, some of which are those that a definition has.
fn raw_object(keys: &'static [&'static str]) -> impl Strategy<Value = String> {
    let member = (select(keys), raw_values(), select(vec!["", " ", "\r\n\t"]));
    proptest::collection::vec(member, 0..5).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value, space)| format!("{space}\"{key}\"{space}:{space}{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

/// The text of a document that is a definition, or nearly.
fn raw_documents() -> impl Strategy<Value = String> {
    let nodes = proptest::collection::vec(raw_object(&["id", "id", "type", "data", "data", "position"]), 0..3);
    let edges = proptest::collection::vec(raw_object(&["source", "target", "sourceHandle", "condition", "targetHandle", "id"]), 0..3);
    (nodes, edges, raw_values(), select(vec!["", " ", "\n", "x", "\u{feff}"])).prop_map(|(nodes, edges, other, around)| {
        let (nodes, edges) = (nodes.join(","), edges.join(" ,"));
        format!("{around}{{\"workflow_id\":{other},\"nodes\":[{nodes}],\"edges\":[{edges}],\"more\":{other}}}{around}")
    })
}

/// A node type and settings for it: of each setting nothing, one of the words its schema lists, or something odd.
fn nodes() -> impl Strategy<Value = Value> {
    let catalog = catalog();
    let types: Vec<(String, Value)> =
        catalog.descriptions().iter().map(|description| (description.node_type.to_owned(), description.schema.clone())).collect();
    let choices = proptest::collection::vec((0..4_u8, odd(), any::<Index>()), 16);
    (select(types), choices).prop_map(|((name, schema), choices)| {
        let mut settings = serde_json::Map::new();
        for ((field, property), (choice, odd, index)) in schema["properties"].as_object().into_iter().flatten().zip(choices) {
            let words = property["enum"].as_array().cloned().unwrap_or_default();
            let value = match choice {
                0 => continue,
                1..=2 if !words.is_empty() => words[index.index(words.len())].clone(),
                _ => odd,
            };
            settings.insert(field.clone(), value);
        }
        json!({"id": "x", "type": name, "data": settings})
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// There is a quick way to read a definition, and a slow one that has reasons.
    #[test]
    fn both_ways_to_read_a_definition_agree(text in raw_documents()) {
        match thaiyyal_model::Value::from_json(text.as_bytes()) {
            Ok(value) => prop_assert_eq!(Definition::from_json(text.as_bytes()), Definition::from_value(&value)),
            Err(_) => prop_assert!(Definition::from_json(text.as_bytes()).is_err()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_node_with_any_settings_and_inputs_is_refused_or_ends(node in nodes(), left in inputs(), right in inputs(), edges in 0..3_usize) {
        let edge = |source: &str, target: &str| json!({"source": source, "target": target});
        let into_node = [edge("p", "x"), edge("q", "x")];
        let edges: Vec<Value> = [edge("l", "p"), edge("r", "q")].into_iter().chain(into_node.into_iter().take(edges)).collect();
        let document = json!({
            "nodes": [
                {"id": "l", "type": "text_input", "data": {"text": left}},
                {"id": "r", "type": "text_input", "data": {"text": right}},
                {"id": "p", "type": "parse", "data": {"input_type": "JSON"}},
                {"id": "q", "type": "parse", "data": {"input_type": "JSON"}},
                node,
            ],
            "edges": edges,
        });
        let limits = Limits { max_string_length: Some(10_000), max_value_bytes: 100_000, max_expression_steps: 10_000, ..Limits::default() };
        let definition = Definition::from_json(document.to_string().as_bytes()).expect("it is well-formed");
        let Ok(compiled) = Plan::compile(&definition, catalog(), &limits) else { return Ok(()) };
        let mut machine = Machine::start(Arc::new(compiled.plan), start(), Arc::new(limits));
        let (outcome, records) = live(&mut machine, |open| {
            let answer = |kind: &EffectKind| match kind {
                EffectKind::Call { settings, .. } => Answer::Done(settings.clone()),
                EffectKind::Child(child) => Answer::Done(child.input.clone()),
                EffectKind::Wait { .. } | EffectKind::Cancel { .. } => Answer::Woken,
            };
            open.drain(..).map(|effect| { let answer = answer(&effect.kind); (effect, answer) }).collect()
        });
        prop_assert!(matches!(outcome.status, ExecutionStatus::Succeeded | ExecutionStatus::Failed));
        prop_assert!(outcome.error.is_none_or(|failure| failure.code != "internal"));
        // What a node gave can be stored and read again.
        let bytes = thaiyyal_model::journal::encode(&records, None);
        prop_assert_eq!(thaiyyal_model::journal::decode(&bytes).expect("it was encoded").records, records);
    }

    #[test]
    fn any_document_is_refused_or_compiles(nodes in proptest::collection::vec((nodes(), "[a-c]?"), 0..5), edges in proptest::collection::vec(("[a-d]", "[a-d]", "(true|x)?"), 0..6)) {
        let nodes: Vec<Value> = nodes.into_iter().map(|(mut node, id)| { node["id"] = json!(id); node }).collect();
        let edges: Vec<Value> = edges.iter().map(|(source, target, handle)| json!({"source": source, "target": target, "sourceHandle": handle})).collect();
        let document = json!({"nodes": nodes, "edges": edges});
        let definition = Definition::from_json(document.to_string().as_bytes()).expect("it is well-formed");
        if let Err(invalid) = Plan::compile(&definition, catalog(), &Limits::default()) {
            prop_assert!(!invalid.problems.is_empty());
            for problem in &invalid.problems {
                prop_assert!(problem.pointer.is_empty() || document.pointer(&problem.pointer).is_some() || problem.code == "missing_field" || problem.code == "missing_type" || problem.code == "invalid_value", "{:?}", problem);
            }
        }
    }
}
