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
        node_type: "flat_map",
        title: "Flat map",
        category: Category::Array,
        icon: "layers",
        summary: "Joins the arrays in an array into one.",
        schema: json!({
            "type": "object",
            "properties": {
                "field": {"type": "string", "title": "Field", "description": "Join this member of the elements."},
                "expression": {"type": "string", "title": "Expression", "description": "Join what this gives for each `item`.", "x-ui": {"widget": "expression"}}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"field": "tags"}),
    }
}

#[derive(Clone)]
struct FlatMap {
    field: Str,
    formula: Option<SharedFormula>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let field = settings.text("field").cloned().unwrap_or_default();
    let has_expression = settings.text("expression").is_some_and(|source| !source.trim().is_empty());
    let formula = if has_expression && (field.is_empty() || field == ".") { Some(settings.shared_expression("expression")?) } else { None };
    Some(Box::new(FlatMap { field, formula }))
}

impl Node for FlatMap {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::anywhere(run.needed_input("flat_map")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        elements::visit(items.clone(), Flattened { flat_map: self.clone(), flat: Collected::default() }, run)
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }

    fn uses(&self) -> Uses {
        self.formula.as_ref().map(|formula| Uses::reading(formula.references())).unwrap_or_default()
    }
}

struct Flattened {
    flat_map: FlatMap,
    flat: Collected,
}

impl Visitor for Flattened {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        let computed = self.flat_map.formula.as_ref().and_then(|formula| formula.value(run, Binding::of(element)).ok());
        let part = match (&computed, self.flat_map.field.as_str()) {
            (Some(computed), _) => Some(computed),
            (None, "" | ".") => Some(element.item),
            (None, field) => element.item.get(field),
        };
        match part {
            Some(Value::List(list)) => list.iter().try_for_each(|item| self.flat.push(item.clone(), run))?,
            Some(other) => self.flat.push(other.clone(), run)?,
            None => {}
        }
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        let result = Map::from_pairs([
            ("field", Value::String(self.flat_map.field)),
            ("input_count", Value::from(count)),
            ("output_count", Value::from(self.flat.len())),
            ("flattened", self.flat.into_value(run)?),
        ]);
        Ok(result.into())
    }
}
