use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::pass::{self, Limit, Passed, Through};
use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "throttle",
        title: "Throttle",
        category: Category::Resilience,
        icon: "hourglass",
        summary: "Spaces runs of itself out evenly in time, in all executions of the workflow together.",
        schema: json!({
            "type": "object",
            "required": ["requests_per_second"],
            "properties": {
                "requests_per_second": {"type": "number", "exclusiveMinimum": 0, "title": "Runs per second"}
            }
        }),
        ports: ports::through(),
        purity: Purity::Effect,
        example: json!({"requests_per_second": 5}),
    }
}

struct Throttle {
    per_second: f64,
    limit: Limit,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let per_second = settings.number("requests_per_second").filter(|rate| *rate > 0.0)?;
    let period = SignedDuration::try_from_secs_f64(1.0 / per_second).unwrap_or(SignedDuration::MAX);
    Some(Box::new(Throttle { per_second, limit: Limit { window: "sliding", most: 1, period } }))
}

impl Node for Throttle {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(pass::ask(&self.limit, Throttled { per_second: self.per_second }, run))
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }
}

struct Throttled {
    per_second: f64,
}

impl Through for Throttled {
    fn output(&self, passed: Passed) -> Value {
        Map::from_pairs([
            ("delay_ms", Value::Number(passed.waited.as_millis() as f64)),
            ("requests_per_second", Value::Number(self.per_second)),
            ("throttled", Value::Bool(true)),
            ("value", passed.input),
        ])
        .into()
    }
}
