use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "range",
        title: "Range",
        category: Category::Array,
        icon: "list-ordered",
        summary: "Gives the numbers from one to another.",
        schema: json!({
            "type": "object",
            "required": ["start", "end"],
            "properties": {
                "start": {"title": "From", "default": 0, "x-ui": {"widget": "number"}},
                "end": {"title": "To (included)", "default": 10, "x-ui": {"widget": "number"}},
                "step": {"title": "Step", "default": 1, "x-ui": {"widget": "number"}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"start": 1, "end": 10}),
    }
}

struct Range {
    start: f64,
    end: f64,
    step: f64,
}

/// One more than the most numbers a range may have.
const TOO_MANY: usize = 10_000;

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let number = |name: &str, default: f64| settings.number(name).unwrap_or(default);
    let range = Range { start: number("start", 0.0), end: number("end", 10.0), step: number("step", 1.0) };
    if let Some(why) = range.mistake() {
        settings.problem("step", "invalid_value", why.to_owned());
        return None;
    }
    Some(Box::new(range))
}

impl Range {
    fn mistake(&self) -> Option<&'static str> {
        match self.step {
            0.0 => Some("`step` must not be 0"),
            step if step > 0.0 && self.start > self.end => Some("`start` must not be above `end` when `step` is positive"),
            step if step < 0.0 && self.start < self.end => Some("`start` must not be below `end` when `step` is negative"),
            _ => None,
        }
    }
}

impl Node for Range {
    fn run(&self, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        let mut numbers = Vec::new();
        let mut number = self.start;
        while if self.step > 0.0 { number <= self.end } else { number >= self.end } {
            numbers.push(Value::Number(number));
            number += self.step;
            if numbers.len() >= TOO_MANY {
                return Err(Fault::limit(
                    "range_too_long",
                    "range",
                    TOO_MANY - 1,
                    format!("a range may have {} numbers, and this one has more", TOO_MANY - 1),
                ));
            }
        }
        let result = Map::from_pairs([
            ("count", Value::from(numbers.len())),
            ("end", Value::Number(self.end)),
            ("range", numbers.into()),
            ("start", Value::Number(self.start)),
            ("step", Value::Number(self.step)),
        ]);
        Ok(Flow::Done(result.into()))
    }
}
