//! What nodes that limit a rate have in common: the world gives each run a place, and the run waits for its turn.

use jiff::{SignedDuration, Timestamp};
use thaiyyal_model::{Map, Reason, Value};

use crate::fault::Fault;
use crate::node::{Ask, Event, Flow, Run, Task};

/// The service that gives places to nodes that limit a rate. Its settings: `key`, what is limited; `window`, one of `fixed`, `sliding`,
/// `bucket`; `most`, how many may pass in `period_us` microseconds. It answers `at`, when the turn is, in microseconds since the epoch, and
/// `count`, how many have passed in the window by then.
pub const LIMITER: &str = "limiter";

/// How long the world may take to give a place.
const TIMEOUT_MS: u64 = 10_000;

/// What a node lets through.
pub(super) struct Limit {
    pub(super) window: &'static str,
    pub(super) most: u32,
    pub(super) period: SignedDuration,
}

/// A run whose turn has come.
pub(super) struct Passed {
    /// How many have passed in the window, this one included.
    pub(super) count: u32,
    /// How long it waited.
    pub(super) waited: SignedDuration,
    pub(super) input: Value,
}

/// Makes the output of a run whose turn has come.
pub(super) trait Through: Send + 'static {
    fn output(&self, passed: Passed) -> Value;
}

/// Asks for a place, and goes on when the turn has come.
pub(super) fn ask(limit: &Limit, through: impl Through, run: &Run<'_>) -> Flow {
    let period_us = limit.period.as_micros() as f64;
    let settings = Map::from_pairs([
        ("key", Value::from(run.world.workflow_node())),
        ("most", Value::from(limit.most)),
        ("period_us", Value::Number(period_us)),
        ("window", Value::from(limit.window)),
    ]);
    let call = Ask::Call { connector: Some(LIMITER), settings: settings.into(), timeout_ms: TIMEOUT_MS };
    Flow::Part(0, call, Box::new(Placed { through, asked_at: run.now, count: 1 }))
}

/// Between asking and the turn.
struct Placed<T> {
    through: T,
    asked_at: Timestamp,
    count: u32,
}

impl<T: Through> Task for Placed<T> {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Answer(answer) = event {
            let number = |name: &str| answer.get(name).and_then(Value::as_f64);
            self.count = number("count").unwrap_or(1.0) as u32;
            let at = number("at").and_then(|at| Timestamp::from_microsecond(at as i64).ok()).unwrap_or(run.now);
            if at > run.now {
                let wait = Ask::Wait { until: Some(at.min(run.deadline)), reason: Reason::RateLimit, expects: None };
                return Ok(Flow::Part(1, wait, self));
            }
        }
        let input = run.input().cloned().unwrap_or_default();
        let passed = Passed { count: self.count, waited: run.now.duration_since(self.asked_at), input };
        Ok(Flow::Done(self.through.output(passed)))
    }
}
