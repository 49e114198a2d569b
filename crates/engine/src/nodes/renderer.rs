use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |_settings| Some(Box::new(Renderer)), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "renderer",
        title: "Preview",
        category: Category::Display,
        icon: "monitor",
        summary: "Shows a value in the form that fits it, and passes it on.",
        schema: json!({"type": "object", "properties": {"mode": {"type": "string", "title": "Show as", "default": "auto"}}}),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"mode": "auto"}),
    }
}

struct Renderer;

impl Node for Renderer {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(Flow::Done(run.input().cloned().unwrap_or_default()))
    }
}
