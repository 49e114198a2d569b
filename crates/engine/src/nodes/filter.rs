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
        node_type: "filter",
        title: "Filter",
        category: Category::Array,
        icon: "filter",
        summary: "Keeps the elements of an array for which a condition holds.",
        schema: json!({
            "type": "object",
            "required": ["condition"],
            "properties": {
                "condition": {"type": "string", "title": "Condition", "description": "`item` is the element, `index` its position, `items` the array.", "x-ui": {"widget": "expression"}}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"condition": "item.age >= 18"}),
    }
}

#[derive(Clone)]
struct Filter {
    source: Str,
    formula: SharedFormula,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    Some(Box::new(Filter { formula: settings.shared_expression("condition")?, source }))
}

impl Node for Filter {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("filter")?;
        let Some(items) = array::find(input) else {
            return Ok(Flow::Done(
                Map::from_pairs([
                    ("filtered", input.clone()),
                    ("input", input.clone()),
                    ("is_array", Value::Bool(false)),
                    ("original_type", Value::from(input.kind().name())),
                    ("warning", Value::from("input is not an array, passed through unchanged")),
                ])
                .into(),
            ));
        };
        elements::visit(items.clone(), Filtered { filter: self.clone(), kept: Collected::default(), errors: 0 }, run)
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&[
            "condition",
            "error_count",
            "filtered",
            "input",
            "input_count",
            "is_array",
            "original_type",
            "output_count",
            "skipped_count",
            "warning",
        ])
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.formula.references())
    }
}

struct Filtered {
    filter: Filter,
    kept: Collected,
    errors: usize,
}

impl Visitor for Filtered {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        match self.filter.formula.test(run, Binding::of(element)) {
            Ok(true) => self.kept.push(element.item.clone(), run)?,
            Ok(false) => {}
            Err(_) => self.errors += 1,
        }
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        let kept = self.kept.len();
        let result = Map::from_pairs([
            ("condition", Value::String(self.filter.source)),
            ("error_count", Value::from(self.errors)),
            ("filtered", self.kept.into_value(run)?),
            ("input_count", Value::from(count)),
            ("is_array", Value::Bool(true)),
            ("output_count", Value::from(kept)),
            ("skipped_count", Value::from(count - kept)),
        ]);
        Ok(result.into())
    }
}
