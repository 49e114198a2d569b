use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};

pub(crate) const TYPE: Definition = Definition { describe, build: |_| Some(Box::new(NoOp)), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "no_op",
        title: "No operation",
        category: Category::Control,
        icon: "circle-dot",
        summary: "Passes its input on: a place where edges meet.",
        schema: json!({"type": "object", "properties": {}}),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({}),
    }
}

struct NoOp;

impl Node for NoOp {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(Flow::Done(run.input().cloned().unwrap_or_default()))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }
}
