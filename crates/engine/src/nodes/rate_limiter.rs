use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::pass::{self, Limit, Passed, Through};
use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "rate_limiter",
        title: "Rate limiter",
        category: Category::Resilience,
        icon: "gauge",
        summary: "Lets only so many runs of itself through in a time, in all executions of the workflow together; the others wait.",
        schema: json!({
            "type": "object",
            "required": ["max_requests", "per_duration"],
            "properties": {
                "max_requests": {"type": "integer", "minimum": 1, "maximum": 100000, "title": "How many"},
                "per_duration": {"type": "string", "title": "In this time", "x-ui": {"widget": "duration"}},
                "strategy": {"type": "string", "enum": ["fixed_window", "sliding_window", "token_bucket"], "default": "fixed_window", "title": "Strategy"}
            }
        }),
        ports: ports::through(),
        purity: Purity::Effect,
        example: json!({"max_requests": 10, "per_duration": "1m"}),
    }
}

struct RateLimiter {
    limit: Limit,
    text: Str,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let text = settings.text("per_duration")?.clone();
    let period = settings.duration("per_duration")?;
    let most = settings.number("max_requests")?.clamp(1.0, f64::from(u32::MAX)) as u32;
    let window = match settings.text("strategy").map(Str::as_str) {
        None | Some("fixed_window") => "fixed",
        Some("sliding_window") => "sliding",
        Some(_) => "bucket",
    };
    Some(Box::new(RateLimiter { limit: Limit { window, most, period }, text }))
}

impl Node for RateLimiter {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(pass::ask(&self.limit, Limited { most: self.limit.most, text: self.text.clone() }, run))
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }
}

struct Limited {
    most: u32,
    text: Str,
}

impl Through for Limited {
    fn output(&self, passed: Passed) -> Value {
        Map::from_pairs([
            ("max_requests", Value::from(self.most)),
            ("rate_limited", Value::Bool(true)),
            ("requests_count", Value::from(passed.count)),
            ("value", passed.input),
            ("window", Value::String(self.text.clone())),
        ])
        .into()
    }
}
