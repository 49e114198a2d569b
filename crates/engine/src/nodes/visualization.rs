use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |_settings| Some(Box::new(Visualization)), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "visualization",
        title: "Show",
        category: Category::Display,
        icon: "eye",
        summary: "Shows a value and passes it on.",
        schema: json!({
            "type": "object",
            "properties": {
                "mode": {"type": "string", "title": "Show as", "default": "text", "x-ui": {"suggestions": ["text", "json", "table", "chart"]}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"mode": "text"}),
    }
}

struct Visualization;

impl Node for Visualization {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(Flow::Done(run.needed_input("visualization")?.clone()))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }
}
