use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::elements::{self, Collected, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};
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
        match array::anywhere(run.needed_input("compact")?) {
            Ok(items) => elements::visit(items.clone(), Compacted { remove_empty: self.remove_empty, kept: Collected::default() }, run),
            Err(result) => Ok(Flow::Done(result)),
        }
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }
}

struct Compacted {
    remove_empty: bool,
    kept: Collected,
}

impl Visitor for Compacted {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        let goes = element.item.is_null() || self.remove_empty && element.item.as_str() == Some("");
        if !goes {
            self.kept.push(element.item.clone(), run)?;
        }
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        let kept = self.kept.len();
        let result = Map::from_pairs([
            ("input_count", Value::from(count)),
            ("output_count", Value::from(kept)),
            ("removed", Value::from(count - kept)),
            ("compacted", self.kept.into_value(run)?),
        ]);
        Ok(result.into())
    }
}
