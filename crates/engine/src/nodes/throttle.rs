use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::{ports, rate_limiter};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Event, Flow, Node, Run, Task, Uses};
use crate::settings::Settings;
use crate::state::{Parts, Window};

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "throttle",
        title: "Throttle",
        category: Category::Resilience,
        icon: "gauge",
        summary: "Spaces runs of itself out evenly in time.",
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
    gap: SignedDuration,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let per_second = settings.number("requests_per_second").filter(|rate| *rate > 0.0)?;
    let gap = SignedDuration::try_from_secs_f64(1.0 / per_second).unwrap_or(SignedDuration::MAX);
    Some(Box::new(Throttle { per_second, gap }))
}

impl Node for Throttle {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let (at, _) = run.state.pass(run.world.slot, 1, Window::Sliding(self.gap), run.now);
        let delay_ms = at.duration_since(run.now).as_millis().max(0) as f64;
        rate_limiter::wait(at, Box::new(Passed { per_second: self.per_second, delay_ms }), run)
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, reads: Parts::PASSES, writes: Parts::PASSES, ..Uses::default() }
    }
}

struct Passed {
    per_second: f64,
    delay_ms: f64,
}

impl Task for Passed {
    fn resume(self: Box<Self>, _event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let members = [
            ("delay_ms", Value::Number(self.delay_ms)),
            ("requests_per_second", Value::Number(self.per_second)),
            ("throttled", Value::Bool(true)),
            ("value", run.input().cloned().unwrap_or_default()),
        ];
        Ok(Flow::Done(Map::from_pairs(members).into()))
    }
}
