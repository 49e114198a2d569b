use serde_json::json;
use std::collections::HashSet;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::elements::{self, Collected, Pass, Room, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};
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
        let distinct = || Distinct {
            field: self.field.clone(),
            seen: HashSet::new(),
            room: Room::new("what is compared, each different one once,"),
            unique: Collected::default(),
        };
        match array::anywhere(run.needed_input("unique")?) {
            Ok(items) => elements::visit(items.clone(), distinct(), run),
            Err(result) => Ok(Flow::Done(result)),
        }
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }
}

struct Distinct {
    field: Option<Str>,
    seen: HashSet<Value>,
    /// For what was seen.
    room: Room,
    unique: Collected,
}

impl Visitor for Distinct {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        let key = match (&self.field, element.item) {
            // An object without the member is like no other.
            (Some(field), Value::Map(members)) => members.get(field),
            (_, item) => Some(item),
        };
        if let Some(key) = key {
            if self.seen.contains(key) {
                return Ok(Pass::More);
            }
            self.room.take(key.size_bytes(), run.limits)?;
            self.seen.insert(key.clone());
        }
        self.unique.push(element.item.clone(), run)?;
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        let kept = self.unique.len();
        let result = Map::from_pairs([
            ("input_count", Value::from(count)),
            ("output_count", Value::from(kept)),
            ("removed", Value::from(count - kept)),
            ("unique", self.unique.into_value(run)?),
        ]);
        Ok(result.into())
    }
}
