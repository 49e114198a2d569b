//! A setting that is one template and nothing else is as good as its value.

use std::sync::Arc;

use thaiyyal_model::{Definition, Limits, Map, Value};

use super::world::{catalog, live, start};
use crate::{Answer, EffectKind, Machine, Plan, Start};

/// The end of a workflow in which a node with these settings gets an array; what it failed with when it did.
fn end(node_type: &str, data: &serde_json::Value, shared: &Value) -> (String, Value) {
    let definition = serde_json::json!({
        "nodes": [
            {"id": "n", "type": "number", "data": {"value": 0}},
            {"id": "in", "type": "expression", "data": {"expression": "trigger.input.items"}},
            {"id": "x", "type": node_type, "data": data}
        ],
        "edges": [{"source": "n", "target": "in"}, {"source": "in", "target": "x"}]
    });
    let definition = Definition::from_json(definition.to_string().as_bytes()).unwrap();
    let limits = Limits::default();
    let plan = match Plan::compile(&definition, catalog(), &limits) {
        Ok(compiled) => Arc::new(compiled.plan),
        Err(_) => return (INVALID.to_owned(), Value::Null),
    };
    let start = Start { input: shared.clone(), ..start() };
    let mut called = Value::Null;
    let (outcome, _) = live(&mut Machine::start(plan, start, Arc::new(limits)), |effects| {
        effects
            .drain(..)
            .map(|effect| match &effect.kind {
                EffectKind::Call { settings, .. } => {
                    called = settings.clone();
                    (effect, Answer::Done(Value::Null))
                }
                EffectKind::Child(_) => (effect, Answer::Done(Value::Null)),
                EffectKind::Wait { .. } | EffectKind::Cancel { .. } => (effect, Answer::Woken),
            })
            .collect()
    });
    (outcome.error.map(|error| error.code.to_string()).unwrap_or_default(), Value::from(vec![outcome.output, called]))
}

const INVALID: &str = "invalid definition";

#[test]
fn a_whole_template_keeps_its_kind_in_any_setting_of_any_node() {
    let items = Value::from_json(br#"[{"id":2,"name":"b","price":5},{"id":1,"name":"a","price":7}]"#).unwrap();
    let (mut compared, mut succeeded) = (0, 0);
    for description in catalog().descriptions() {
        let example = description.example.as_object().unwrap();
        for (name, value) in example {
            let property = &description.schema["properties"][name];
            if property["x-ui"]["widget"] == "expression" || property["x-template"] == false {
                continue;
            }
            let shared = Map::from_pairs([("items", items.clone()), ("v", Value::from(value.clone()))]).into();
            let mut templated = example.clone();
            templated.insert(name.clone(), "{{ trigger.input.v }}".into());
            let written = end(description.node_type, &description.example, &shared);
            let filled = end(description.node_type, &templated.into(), &shared);
            if written.0 == INVALID {
                // A node type of the tests whose example is none.
                continue;
            }
            assert_eq!(filled, written, "{name} of {}", description.node_type);
            compared += 1;
            succeeded += usize::from(written.0.is_empty());
        }
    }
    assert!(compared > 40 && succeeded > 20, "{compared} settings, {succeeded} of them of nodes that succeed");
}

#[test]
fn a_setting_that_is_text_takes_the_text_of_a_whole_template() {
    let shared = Value::from_json(br#"{"items": [7], "v": 12.5, "object": {"b": [1], "a": null}, "list": [1, true]}"#).unwrap();
    for (node_type, data, expected) in [
        ("text_input", serde_json::json!({"text": "{{ trigger.input.v }}"}), r#""12.5""#),
        ("text_input", serde_json::json!({"text": "{{ trigger.input.v > 12 }}"}), r#""true""#),
        ("text_input", serde_json::json!({"text": "{{ trigger.input.object }}"}), r#""{\"a\":null,\"b\":[1]}""#),
        ("date_input", serde_json::json!({"date_value": "{{ 2026 }}"}), r#""2026""#),
        ("set", serde_json::json!({"fields": {"n": "{{ trigger.input.v }}"}, "keep": false}), r#"{"n":12.5}"#),
    ] {
        let (failed, ended) = end(node_type, &data, &shared);
        assert_eq!((failed.as_str(), ended.as_list().unwrap()[0].to_string().as_str()), ("", expected), "{data}");
    }
    let (failed, _) = end("text_operation", &serde_json::json!({"text_op": "{{ 5 }}"}), &shared);
    assert_eq!(failed, "invalid_value");
}

#[test]
fn a_regular_expression_in_settings_with_templates_is_compiled_once() {
    let allocated = |condition: &str| {
        let definition = serde_json::json!({
            "nodes": [
                {"id": "in", "type": "text_input", "data": {"text": "[\"b2\", \"a1\"]"}},
                {"id": "read", "type": "parse", "data": {"input_type": "JSON"}},
                {"id": "x", "type": "find", "data": {"condition": condition, "return_index": "{{ 1 == 1 }}"}}
            ],
            "edges": [{"source": "in", "target": "read"}, {"source": "read", "target": "x"}]
        });
        let definition = Definition::from_json(definition.to_string().as_bytes()).unwrap();
        let plan = Arc::new(Plan::compile(&definition, catalog(), &Limits::default()).unwrap().plan);
        let run = || {
            let machine = &mut Machine::start(Arc::clone(&plan), start(), Arc::new(Limits::default()));
            let (outcome, _) = live(machine, |_| Vec::new());
            assert_eq!(outcome.output.get("index"), Some(&Value::from(1)), "{outcome:?}");
        };
        // What searching needs is made by the first search.
        run();
        allocation_counter::measure(run).bytes_total
    };
    let (with, without) = (allocated("regexMatches(item, '^a[0-9]{1,9}$')"), allocated("item == 'a1'"));
    assert!(with < without + 4_096, "{with} bytes with a regular expression, {without} without");
}
