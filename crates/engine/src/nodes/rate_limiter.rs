use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Reason, Str, Timestamp, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Ask, Event, Flow, Node, Run, Task, Uses};
use crate::settings::Settings;
use crate::state::{Parts, Window};

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "rate_limiter",
        title: "Rate limiter",
        category: Category::Resilience,
        icon: "gauge",
        summary: "Lets only so many runs of itself through in a time; the others wait.",
        schema: json!({
            "type": "object",
            "required": ["max_requests", "per_duration"],
            "properties": {
                "max_requests": {"type": "integer", "minimum": 1, "title": "How many"},
                "per_duration": {"type": "string", "title": "In this time", "x-ui": {"widget": "duration"}},
                "strategy": {"type": "string", "enum": ["fixed_window", "sliding_window", "token_bucket"], "default": "fixed_window", "title": "Strategy"}
            }
        }),
        ports: ports::through(),
        purity: Purity::Effect,
        example: json!({"max_requests": 10, "per_duration": "1m"}),
    }
}

#[derive(Clone)]
struct RateLimiter {
    most: u32,
    window: Window,
    text: Str,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let text = settings.text("per_duration")?.clone();
    let period = settings.duration("per_duration")?;
    let most = settings.number("max_requests")?.clamp(1.0, f64::from(u32::MAX)) as u32;
    let window = match settings.text("strategy").map(Str::as_str) {
        None | Some("fixed_window") => Window::Fixed(period),
        Some("sliding_window") => Window::Sliding(period),
        Some(_) => Window::Bucket(SignedDuration::try_from_secs_f64(period.as_secs_f64() / f64::from(most)).unwrap_or(period)),
    };
    Some(Box::new(RateLimiter { most, window, text }))
}

impl Node for RateLimiter {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let (at, count) = run.state.pass(run.world.slot, self.most, self.window, run.now);
        let passed = Box::new(Passed { node: self.clone(), count });
        wait(at, passed, run)
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, reads: Parts::PASSES, writes: Parts::PASSES, ..Uses::default() }
    }
}

/// Waits until a time, if that has not come.
pub(super) fn wait(at: Timestamp, then: Box<dyn Task>, run: &mut Run<'_>) -> Result<Flow, Fault> {
    if at <= run.now {
        return then.resume(Event::Woken, run);
    }
    Ok(Flow::Ask(Ask::sleep(at.min(run.deadline), Reason::RateLimit), then))
}

struct Passed {
    node: RateLimiter,
    count: u32,
}

impl Task for Passed {
    fn resume(self: Box<Self>, _event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let members = [
            ("max_requests", Value::from(self.node.most)),
            ("rate_limited", Value::Bool(true)),
            ("requests_count", Value::from(self.count)),
            ("value", run.input().cloned().unwrap_or_default()),
            ("window", Value::String(self.node.text)),
        ];
        Ok(Flow::Done(Map::from_pairs(members).into()))
    }
}
