use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "chunk",
        title: "Chunk",
        category: Category::Array,
        icon: "boxes",
        summary: "Cuts an array into pieces of one size.",
        schema: json!({"type": "object", "required": ["size"], "properties": {"size": {"title": "Size", "default": 10, "x-ui": {"widget": "number"}}}}),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"size": 10}),
    }
}

struct Chunk {
    size: usize,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let size = settings.number("size").unwrap_or(10.0).trunc();
    if size < 1.0 {
        settings.problem("size", "invalid_value", format!("`size` must be at least 1, not {}", Value::Number(size)));
        return None;
    }
    Some(Box::new(Chunk { size: size as usize }))
}

impl Node for Chunk {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("chunk")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let chunks: List = items.chunks(self.size).map(|chunk| Value::from(List::from(chunk))).collect();
        let result = Map::from_pairs([
            ("chunk_count", Value::from(chunks.len())),
            ("chunk_size", Value::from(self.size)),
            ("chunks", chunks.into()),
            ("input_count", Value::from(items.len())),
        ]);
        Ok(Flow::Done(result.into()))
    }
}
