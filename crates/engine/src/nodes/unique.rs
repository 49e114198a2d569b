use serde_json::json;
use std::collections::HashSet;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "unique",
        title: "Unique",
        category: Category::Array,
        icon: "fingerprint",
        summary: "Keeps the first of equal elements.",
        schema: json!({"type": "object", "properties": {"field": {"type": "string", "title": "Field", "description": "Compare this member instead of the whole element."}}}),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"field": "id"}),
    }
}

struct Unique {
    field: Option<Str>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(Unique { field: settings.text("field").filter(|field| !field.is_empty()).cloned() }))
}

impl Node for Unique {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("unique")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let mut seen = HashSet::with_capacity(items.len());
        let is_new = |item: &&Value| match (&self.field, item) {
            // An object without the member is like no other.
            (Some(field), Value::Map(members)) => members.get(field).is_none_or(|member| seen.insert(member.clone())),
            _ => seen.insert((*item).clone()),
        };
        let unique: List = items.iter().filter(is_new).cloned().collect();
        let result = Map::from_pairs([
            ("input_count", Value::from(items.len())),
            ("output_count", Value::from(unique.len())),
            ("removed", Value::from(items.len() - unique.len())),
            ("unique", unique.into()),
        ]);
        Ok(Flow::Done(result.into()))
    }
}
