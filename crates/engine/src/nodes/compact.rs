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
        node_type: "compact",
        title: "Compact",
        category: Category::Array,
        icon: "shrink",
        summary: "Leaves out elements that are null.",
        schema: json!({"type": "object", "properties": {"remove_empty": {"type": "boolean", "default": false, "title": "Leave out empty texts too"}}}),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({}),
    }
}

struct Compact {
    remove_empty: bool,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(Compact { remove_empty: settings.boolean("remove_empty").unwrap_or(false) }))
}

impl Node for Compact {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("compact")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let stays = |item: &&Value| !(item.is_null() || self.remove_empty && item.as_str() == Some(""));
        let kept: List = items.iter().filter(stays).cloned().collect();
        let result = Map::from_pairs([
            ("input_count", Value::from(items.len())),
            ("output_count", Value::from(kept.len())),
            ("removed", Value::from(items.len() - kept.len())),
            ("compacted", kept.into()),
        ]);
        Ok(Flow::Done(result.into()))
    }
}
