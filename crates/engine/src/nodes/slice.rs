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
        node_type: "slice",
        title: "Slice",
        category: Category::Array,
        icon: "scissors",
        summary: "Takes a part of an array.",
        schema: json!({
            "type": "object",
            "properties": {
                "start": {"title": "From", "default": 0, "description": "Counts from the end when negative.", "x-ui": {"widget": "number"}},
                "end": {"title": "To (excluded)", "description": "Counts from the end when negative.", "x-ui": {"widget": "number"}},
                "length": {"title": "How many", "description": "Used when there is no end.", "x-ui": {"widget": "number"}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"start": 0, "end": 10}),
    }
}

struct Slice {
    start: f64,
    end: Option<f64>,
    length: Option<f64>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let number = |name: &str| settings.number(name).map(f64::trunc);
    Some(Box::new(Slice { start: number("start").unwrap_or(0.0), end: number("end"), length: number("length") }))
}

impl Node for Slice {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("slice")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let count = items.len() as f64;
        let position = |at: f64| if at < 0.0 { at + count } else { at }.clamp(0.0, count);
        let start = position(self.start);
        let end = match (self.end, self.length) {
            (Some(end), _) => position(end),
            (None, Some(length)) => (start + length).clamp(0.0, count),
            (None, None) => count,
        };
        let start = start.min(end);
        let part = List::from(&items[start as usize..end as usize]);
        let result = Map::from_pairs([
            ("end", Value::Number(end)),
            ("input_count", Value::Number(count)),
            ("output_count", Value::from(part.len())),
            ("sliced", part.into()),
            ("start", Value::Number(start)),
        ]);
        Ok(Flow::Done(result.into()))
    }
}
