use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::elements::{self, Collected, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "partition",
        title: "Partition",
        category: Category::Array,
        icon: "columns-2",
        summary: "Divides an array into elements for which a condition holds, and the others.",
        schema: json!({
            "type": "object",
            "required": ["condition"],
            "properties": {
                "condition": {"type": "string", "title": "Condition", "description": "`item` is the element, `index` its position, `items` the array.", "x-ui": {"widget": "expression"}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"condition": "item.active"}),
    }
}

#[derive(Clone)]
struct Partition {
    source: Str,
    formula: Formula,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    Some(Box::new(Partition { formula: settings.expression("condition")?, source }))
}

impl Node for Partition {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("partition")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let divided = Divided { partition: self.clone(), passed: Collected::default(), failed: Collected::default() };
        elements::visit(items.clone().into(), divided, run)
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["condition", "error", "failed", "failed_count", "input", "input_count", "original_type", "passed", "passed_count"])
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.formula.references())
    }
}

struct Divided {
    partition: Partition,
    passed: Collected,
    failed: Collected,
}

impl Visitor for Divided {
    fn visit(&mut self, at: usize, items: &Value, run: &mut Run<'_>) -> Result<Pass, Fault> {
        let holds = self.partition.formula.test(run, Binding::element(at, items)).unwrap_or(false);
        let item = items.as_list().and_then(|list| list.get(at)).cloned().unwrap_or_default();
        let side = if holds { &mut self.passed } else { &mut self.failed };
        side.push(item, run.limits)?;
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, items: &Value) -> Value {
        let (passed, failed) = (self.passed.len(), self.failed.len());
        Map::from_pairs([
            ("condition", Value::String(self.partition.source)),
            ("failed", self.failed.into_value()),
            ("failed_count", Value::from(failed)),
            ("input_count", Value::from(items.as_list().map_or(0, |list| list.len()))),
            ("passed", self.passed.into_value()),
            ("passed_count", Value::from(passed)),
        ])
        .into()
    }
}
