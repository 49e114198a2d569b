use std::sync::Arc;

use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Reason, Str, Timestamp, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::machine::{Bound, Rerun, Retry, soft_error};
use crate::node::{Block, Body, Choice, Counts, Flow, Guard, Happened, Node, Port, Run, Then, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::Rounds(&["body"]) };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "retry",
        title: "Retry",
        category: Category::Resilience,
        icon: "rotate-ccw",
        summary: "Runs its body, or without one what comes directly before it, again when that fails or gives an error.",
        schema: json!({
            "type": "object",
            "properties": {
                "max_attempts": {"type": "integer", "minimum": 1, "default": 3, "title": "Attempts", "description": "The first one included."},
                "backoff_strategy": {"type": "string", "default": "exponential", "title": "Back-off", "description": "exponential, linear or constant."},
                "initial_delay": {"type": "string", "default": "1s", "title": "First delay", "x-ui": {"widget": "duration"}},
                "max_delay": {"type": "string", "default": "30s", "title": "Longest delay", "x-ui": {"widget": "duration"}},
                "multiplier": {"type": "number", "default": 2, "title": "Multiplier"},
                "jitter": {"type": "number", "minimum": 0, "maximum": 1, "default": 0, "title": "Jitter", "description": "The part of a delay by which it varies."},
                "total_time": {"type": "string", "title": "Time in all", "description": "No attempt begins later than this after the first.", "x-ui": {"widget": "duration"}},
                "retry_on_errors": {"type": "array", "items": {"type": "string"}, "title": "Only on", "description": "Codes, or parts of messages; empty means every error."}
            }
        }),
        ports: ports::branching(&[("body", "Try"), ("done", "Done")]),
        purity: Purity::Effect,
        example: json!({"max_attempts": 3, "initial_delay": "1s"}),
    }
}

struct RetryNode(Arc<Rerun>);

const BODY: u16 = 0;

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let only = settings.list("retry_on_errors").into_iter().flatten().filter_map(Value::as_str).map(Str::from).collect();
    Some(Box::new(RetryNode(Arc::new(Rerun { retry: Retry::of_node(settings.data), only }))))
}

impl Node for RetryNode {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.needed_input("retry")?;
        if run.has_body(BODY) {
            let retrying = Retrying { rerun: Arc::clone(&self.0), input: value.clone(), seed: run.seed(), began_at: run.now, begun: 0 };
            return Ok(Flow::Block(Box::new(retrying)));
        }
        let attempts = run.attempts_before();
        match soft_error(value) {
            // The nodes before it were run as often as is allowed, and still give an error.
            Some(failure) if self.0.covers(&failure) => {
                Err(Fault::new("attempts_exhausted", format!("after {attempts} attempts: {}", failure.message)))
            }
            Some(failure) => Err(Fault::new("attempts_exhausted", format!("an error that is not tried again: {}", failure.message))),
            None => Ok(Flow::Done(result(value.clone(), attempts))),
        }
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }

    fn port(&self, handle: &str) -> Option<Port> {
        (handle == "done").then_some(Port(0))
    }

    fn guard(&self) -> Guard {
        Guard { rerun: Some(Arc::clone(&self.0)), ..Guard::default() }
    }
}

fn result(value: Value, attempts: u32) -> Value {
    Map::from_pairs([("attempts", Value::from(attempts)), ("success", Value::Bool(true)), ("value", value)]).into()
}

/// A body that is run until it succeeds.
struct Retrying {
    rerun: Arc<Rerun>,
    input: Value,
    seed: u64,
    began_at: Timestamp,
    /// How many attempts have begun.
    begun: u32,
}

impl Block for Retrying {
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault> {
        match happened {
            Happened::Settled | Happened::Object(_) => Ok(Then::Rest),
            Happened::Ready if self.begun > 0 => Ok(Then::Rest),
            Happened::Ready | Happened::Woken => {
                let number = self.begun;
                self.begun += 1;
                Ok(Then::Begin(Body { port: BODY, number, counts: Counts::Attempts, input: self.input.clone(), bound: Bound::default() }))
            }
            Happened::Ended { outcome, .. } => {
                let failure = match outcome {
                    Ok(value) => match soft_error(&value) {
                        None => return Ok(Then::Done(result(value, self.begun), Choice::All)),
                        Some(failure) => failure,
                    },
                    Err(failure) => failure,
                };
                let until = run.now.saturating_add(self.rerun.delay(self.begun, self.seed)).unwrap_or(Timestamp::MAX);
                let has_time = self.rerun.retry.has_time(until.duration_since(self.began_at));
                if !has_time || !self.rerun.allows(self.begun, &failure) {
                    return Err(failure.into());
                }
                Ok(Then::Wait { part: self.begun, until, reason: Reason::BackOff })
            }
        }
    }
}
