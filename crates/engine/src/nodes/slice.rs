use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use thaiyyal_expr::Element;

use super::elements::{self, Collected, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "slice",
        title: "Slice",
        category: Category::Array,
        icon: "scissors",
        summary: "Takes a part of an array.",
        schema: json!({
            "type": "object",
            "properties": {
                "start": {"title": "From", "default": 0, "description": "Counts from the end when negative.", "x-ui": {"widget": "number"}},
                "end": {"title": "To (excluded)", "description": "Counts from the end when negative.", "x-ui": {"widget": "number"}},
                "length": {"title": "How many", "description": "Used when there is no end.", "x-ui": {"widget": "number"}}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"start": 0, "end": 10}),
    }
}

struct Slice {
    start: f64,
    end: Option<f64>,
    length: Option<f64>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let number = |name: &str| settings.number(name).map(f64::trunc);
    Some(Box::new(Slice { start: number("start").unwrap_or(0.0), end: number("end"), length: number("length") }))
}

impl Node for Slice {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::anywhere(run.needed_input("slice")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let count = elements::count(items) as f64;
        let position = |at: f64| if at < 0.0 { at + count } else { at }.clamp(0.0, count);
        let start = position(self.start);
        let end = match (self.end, self.length) {
            (Some(end), _) => position(end),
            (None, Some(length)) => (start + length).clamp(0.0, count),
            (None, None) => count,
        };
        let start = start.min(end);
        let (first, behind) = (start as usize, end as usize);
        match items.as_list() {
            Some(list) => Ok(Flow::Done(sliced((first, behind), list.len(), List::from(&list[first..behind]).into()))),
            None => elements::visit_from(first, items.clone(), Slicing { first, behind, part: Collected::default() }, run),
        }
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }
}

fn sliced((first, behind): (usize, usize), count: usize, part: Value) -> Value {
    Map::from_pairs([
        ("end", Value::from(behind)),
        ("input_count", Value::from(count)),
        ("output_count", Value::from(behind - first)),
        ("sliced", part),
        ("start", Value::from(first)),
    ])
    .into()
}

/// Taking a part of an array that is in the object store.
struct Slicing {
    first: usize,
    behind: usize,
    part: Collected,
}

impl Visitor for Slicing {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        if element.index >= self.behind {
            return Ok(Pass::Done);
        }
        if element.index >= self.first {
            self.part.push(element.item.clone(), run)?;
        }
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        Ok(sliced((self.first, self.behind), count, self.part.into_value(run)?))
    }
}
