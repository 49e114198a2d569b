use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Reason, Timestamp, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::duration;
use crate::fault::Fault;
use crate::machine::{Bound, is_overdue};
use crate::node::{Block, Body, Choice, Counts, Flow, Guard, Happened, Node, Port, Run, Then, Uses, WithLarge};
use crate::plan::Catches;
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::Once(&["body"]) };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "timeout",
        title: "Timeout",
        category: Category::Resilience,
        icon: "timer-off",
        summary: "Bounds the time that its body, or without one what comes directly before it, may take.",
        schema: json!({
            "type": "object",
            "required": ["timeout"],
            "properties": {
                "timeout": {"type": "string", "title": "Time", "description": "Like \"500ms\", \"10s\", \"1m\".", "x-ui": {"widget": "duration"}},
                "timeout_action": {"type": "string", "default": "error", "title": "When it is over", "description": "error: the node fails; continue_with_partial: it goes on and says so."}
            }
        }),
        ports: ports::branching(&[("body", "Within the time"), ("done", "Done")]),
        purity: Purity::Effect,
        example: json!({"timeout": "10s"}),
    }
}

const BODY: u16 = 0;

#[derive(Clone, Copy)]
struct Timeout {
    within: SignedDuration,
    goes_on: bool,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let within = settings.duration("timeout")?;
    Some(Box::new(Timeout { within, goes_on: settings.text("timeout_action").is_some_and(|action| action != "error") }))
}

impl Node for Timeout {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.needed_input("timeout")?;
        if run.has_body(BODY) {
            return Ok(Flow::Block(Box::new(Timed { node: *self, input: value.clone(), began_at: run.now, stage: Stage::Begin })));
        }
        if is_overdue(value) {
            // Only here when it goes on: what took too long was stopped.
            return Ok(Flow::Done(self.result(Value::Null, duration::text(self.within), true)));
        }
        let told = value.get("execution_time").and_then(Value::as_str).unwrap_or("0s");
        match duration::parse(told) {
            Some(took) if took > self.within && !self.goes_on => {
                Err(Fault::new("timeout", format!("it took {told}, and may take {}", duration::text(self.within))))
            }
            took => Ok(Flow::Done(self.result(value.clone(), told.to_owned(), took.is_some_and(|took| took > self.within)))),
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
        let catches = if self.goes_on { Catches::Overdue } else { Catches::Nothing };
        Guard { catches, within: Some(self.within), ..Guard::default() }
    }
}

impl Timeout {
    fn result(&self, value: Value, took: String, is_over: bool) -> Value {
        let over = [("partial_result", Value::Bool(true)), ("timeout_exceeded", Value::Bool(true))].into_iter().filter(|_| is_over);
        let members = [
            ("execution_time", Value::from(took)),
            ("timed_out", Value::Bool(is_over)),
            ("timeout_duration", Value::from(duration::text(self.within))),
            ("value", value),
        ];
        Map::from_pairs(members.into_iter().chain(over)).into()
    }
}

/// A body against the clock.
struct Timed {
    node: Timeout,
    input: Value,
    began_at: Timestamp,
    stage: Stage,
}

enum Stage {
    Begin,
    SetClock,
    Await,
}

impl Block for Timed {
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault> {
        match happened {
            Happened::Ready => match self.stage {
                Stage::Begin => {
                    self.stage = Stage::SetClock;
                    Ok(Then::Begin(Body {
                        port: BODY,
                        number: 0,
                        counts: Counts::Nothing,
                        input: self.input.clone(),
                        bound: Bound::default(),
                    }))
                }
                Stage::SetClock => {
                    self.stage = Stage::Await;
                    let until = self.began_at.saturating_add(self.node.within).unwrap_or(Timestamp::MAX);
                    Ok(Then::Wait { part: 1, until, reason: Reason::Timer })
                }
                Stage::Await => Ok(Then::Rest),
            },
            Happened::Ended { outcome, .. } => {
                let took = run.now.duration_since(self.began_at);
                Ok(Then::Done(self.node.result(outcome?, duration::text(took), false), Choice::All))
            }
            Happened::Settled | Happened::Object(_) => Ok(Then::Rest),
            Happened::Woken if self.node.goes_on => {
                let took = duration::text(self.node.within);
                Ok(Then::Done(self.node.result(Value::Null, took, true), Choice::All))
            }
            Happened::Woken => Err(Fault::new("timeout", format!("the body did not end within {}", duration::text(self.node.within)))),
        }
    }
}
