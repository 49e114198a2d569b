use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::ports;
use crate::catalog::{Class, Definition};
use crate::duration;
use crate::fault::Fault;
use crate::machine::is_overdue;
use crate::node::{Flow, Guard, Node, Run};
use crate::plan::Catches;
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "timeout",
        title: "Timeout",
        category: Category::Resilience,
        icon: "timer-off",
        summary: "Bounds the time that what comes directly before it may take.",
        schema: json!({
            "type": "object",
            "required": ["timeout"],
            "properties": {
                "timeout": {"type": "string", "title": "Time", "description": "Like \"500ms\", \"10s\", \"1m\".", "x-ui": {"widget": "duration"}},
                "timeout_action": {"type": "string", "default": "error", "title": "When it is over", "description": "error: the node fails; continue_with_partial: it goes on and says so."}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"timeout": "10s"}),
    }
}

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
