use serde_json::json;
use thaiyyal_model::{Category, Map as Object, NodeDescription, Purity, Str, Value};

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
        node_type: "map",
        title: "Map",
        category: Category::Array,
        icon: "repeat-2",
        summary: "Computes a value from every element of an array.",
        schema: json!({
            "type": "object",
            "properties": {
                "expression": {"type": "string", "title": "Expression", "description": "`item` is the element, `index` its position, `items` the array.", "x-ui": {"widget": "expression"}},
                "field": {"type": "string", "title": "Field", "description": "Instead of an expression: the member of each element to take."}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"expression": "item * 2"}),
    }
}

#[derive(Clone)]
enum Map {
    Field(Str),
    Expression(SharedFormula),
    /// Neither was said, which the original lets pass.
    Nothing,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let field = settings.text("field").filter(|field| !field.is_empty()).cloned();
    let has_expression = settings.text("expression").is_some_and(|source| !source.trim().is_empty());
    if field.is_some() == has_expression {
        let detail = if has_expression {
            "both `field` and `expression` are given; `field` is used"
        } else {
            "neither `expression` nor `field` is given, so the elements stay as they are"
        };
        settings.warning("expression", "invalid_value", detail.to_owned());
    }
    Some(Box::new(match field {
        Some(field) => Map::Field(field),
        None if has_expression => Map::Expression(settings.shared_expression("expression")?),
        None => Map::Nothing,
    }))
}

impl Node for Map {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = array::needed(run.needed_input("map")?, "map")?;
        let count = elements::count(items);
        if matches!(self, Self::Nothing) {
            return Ok(Flow::Done(
                Object::from_pairs([
                    ("input_count", Value::from(count)),
                    ("output_count", Value::from(count)),
                    ("results", items.clone()),
                    ("warning", Value::from("no transformation specified")),
                ])
                .into(),
            ));
        }
        elements::visit(
            items.clone(),
            Mapped { map: self.clone(), results: Collected::with_capacity(items.as_list().map_or(0, |list| list.len())), failed: 0 },
            run,
        )
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["failed", "input_count", "output_count", "results", "successful", "warning"])
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }

    fn uses(&self) -> Uses {
        match self {
            Self::Expression(formula) => Uses::reading(formula.references()),
            Self::Field(_) | Self::Nothing => Uses::default(),
        }
    }
}

struct Mapped {
    map: Map,
    results: Collected,
    failed: usize,
}

impl Visitor for Mapped {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        let result = match &self.map {
            Map::Field(field) => element.item.get(field).cloned(),
            Map::Expression(formula) => formula.value(run, Binding::of(element)).ok(),
            Map::Nothing => Some(element.item.clone()),
        };
        self.failed += usize::from(result.is_none());
        self.results.push(result.unwrap_or_default(), run)?;
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, _count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        let count = self.results.len();
        let result = Object::from_pairs([
            ("failed", Value::from(self.failed)),
            ("input_count", Value::from(count)),
            ("output_count", Value::from(count)),
            ("results", self.results.into_value(run)?),
            ("successful", Value::from(count - self.failed)),
        ]);
        Ok(result.into())
    }
}
