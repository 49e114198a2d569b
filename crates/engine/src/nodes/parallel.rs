use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use super::ports;
use crate::catalog::{Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "parallel",
        title: "Parallel",
        category: Category::Control,
        icon: "git-fork",
        summary: "Collects the results of branches that run at the same time.",
        schema: json!({
            "type": "object",
            "properties": {
                "max_concurrency": {"type": "integer", "minimum": 1, "default": 10, "title": "At the same time"},
                "timeout": {"title": "Timeout", "x-ui": {"hidden": true}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"max_concurrency": 10}),
    }
}

struct Parallel {
    max_concurrency: f64,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(Parallel { max_concurrency: settings.number("max_concurrency").unwrap_or(10.0) }))
}

impl Node for Parallel {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        run.needed_input("parallel")?;
        let result = Map::from_pairs([
            ("concurrency", Value::Number(self.max_concurrency)),
            ("count", Value::from(run.inputs.len())),
            ("results", List::from(run.inputs).into()),
        ]);
        Ok(Flow::Done(result.into()))
    }
}
