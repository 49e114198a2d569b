use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |_settings| Some(Box::new(Reverse)), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "reverse",
        title: "Reverse",
        category: Category::Array,
        icon: "arrow-down-up",
        summary: "Turns the order of an array around.",
        schema: json!({"type": "object", "properties": {}}),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({}),
    }
}

struct Reverse;

impl Node for Reverse {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("reverse")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let reversed: List = items.iter().rev().cloned().collect();
        Ok(Flow::Done(Map::from_pairs([("count", Value::from(items.len())), ("reversed", reversed.into())]).into()))
    }
}
