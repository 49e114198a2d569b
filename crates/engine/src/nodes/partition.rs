use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use thaiyyal_expr::Element;

use super::elements::{self, Collected, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, SharedFormula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses, WithLarge};
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
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"condition": "item.active"}),
    }
}

#[derive(Clone)]
struct Partition {
    source: Str,
    formula: SharedFormula,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    Some(Box::new(Partition { formula: settings.shared_expression("condition")?, source }))
}

impl Node for Partition {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::anywhere(run.needed_input("partition")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let divided = Divided { partition: self.clone(), passed: Collected::default(), failed: Collected::default() };
        elements::visit(items.clone(), divided, run)
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["condition", "error", "failed", "failed_count", "input", "input_count", "original_type", "passed", "passed_count"])
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
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
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        let holds = self.partition.formula.test(run, Binding::of(element)).unwrap_or(false);
        let side = if holds { &mut self.passed } else { &mut self.failed };
        side.push(element.item.clone(), run)?;
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        let (passed, failed) = (self.passed.len(), self.failed.len());
        let result = Map::from_pairs([
            ("condition", Value::String(self.partition.source)),
            ("failed", self.failed.into_value(run)?),
            ("failed_count", Value::from(failed)),
            ("input_count", Value::from(count)),
            ("passed", self.passed.into_value(run)?),
            ("passed_count", Value::from(passed)),
        ]);
        Ok(result.into())
    }
}
