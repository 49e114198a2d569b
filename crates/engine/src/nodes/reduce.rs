use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use thaiyyal_expr::Element;

use super::elements::{self, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, SharedFormula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "reduce",
        title: "Reduce",
        category: Category::Array,
        icon: "sigma",
        summary: "Combines the elements of an array to one value.",
        schema: json!({
            "type": "object",
            "required": ["expression"],
            "properties": {
                "expression": {"type": "string", "title": "Expression", "description": "`accumulator` is the value so far, `item` the element.", "x-ui": {"widget": "expression"}},
                "initial_value": {"title": "Start value", "description": "0 when there is none."}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"expression": "accumulator + item", "initial_value": 0}),
    }
}

#[derive(Clone)]
struct Reduce {
    formula: SharedFormula,
    initial: Value,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let initial = settings.get("initial_value").cloned().unwrap_or_default();
    Some(Box::new(Reduce { formula: settings.shared_expression("expression")?, initial }))
}

impl Node for Reduce {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = array::needed(run.needed_input("reduce")?, "reduce")?;
        let accumulator = if self.initial.is_null() { Value::Number(0.0) } else { self.initial.clone() };
        elements::visit(items.clone(), Reduced { reduce: self.clone(), accumulator, failed: 0 }, run)
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["failed", "final_value", "initial_value", "input_count", "iterations", "result", "successful"])
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.formula.references())
    }
}

struct Reduced {
    reduce: Reduce,
    accumulator: Value,
    failed: usize,
}

impl Visitor for Reduced {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        match self.reduce.formula.value(run, Binding::of(element).with_accumulator(&self.accumulator)) {
            Ok(value) => self.accumulator = value,
            Err(_) => self.failed += 1,
        }
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, _run: &mut Run<'_>) -> Result<Value, Fault> {
        let result = Map::from_pairs([
            ("failed", Value::from(self.failed)),
            ("final_value", self.accumulator.clone()),
            ("initial_value", self.reduce.initial),
            ("input_count", Value::from(count)),
            ("iterations", Value::from(count)),
            ("result", self.accumulator),
            ("successful", Value::from(count - self.failed)),
        ]);
        Ok(result.into())
    }
}
