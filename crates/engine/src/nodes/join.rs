use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "join",
        title: "Join",
        category: Category::Control,
        icon: "merge",
        summary: "Collects what came in over several edges.",
        schema: json!({
            "type": "object",
            "properties": {
                "join_strategy": {"type": "string", "enum": ["all", "any", "first"], "default": "all", "title": "What to give"},
                "timeout": {"title": "Timeout", "x-ui": {"hidden": true}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"join_strategy": "all"}),
    }
}

enum Join {
    All,
    Any,
    First,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(match settings.text("join_strategy").map(Str::as_str) {
        None | Some("all") => Join::All,
        Some("any") => Join::Any,
        Some(_) => Join::First,
    }))
}

impl Node for Join {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let first = run.needed_input("join")?.clone();
        let count = Value::from(run.inputs.len());
        let result = match self {
            Self::All => Map::from_pairs([("count", count), ("strategy", Value::from("all")), ("values", List::from(run.inputs).into())]),
            Self::Any => Map::from_pairs([("count", count), ("strategy", Value::from("any")), ("value", first)]),
            Self::First => Map::from_pairs([("strategy", Value::from("first")), ("value", first)]),
        };
        Ok(Flow::Done(result.into()))
    }
}
