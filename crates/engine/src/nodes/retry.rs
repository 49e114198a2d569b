use std::sync::Arc;

use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Class, Definition};
use crate::fault::Fault;
use crate::machine::{Rerun, Retry, soft_error};
use crate::node::{Flow, Guard, Node, Run, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "retry",
        title: "Retry",
        category: Category::Resilience,
        icon: "rotate-ccw",
        summary: "Runs what comes directly before it again when that fails or gives an error.",
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
        ports: ports::through(),
        purity: Purity::Effect,
        example: json!({"max_attempts": 3, "initial_delay": "1s"}),
    }
}

struct RetryNode(Arc<Rerun>);

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let only = settings.list("retry_on_errors").into_iter().flatten().filter_map(Value::as_str).map(Str::from).collect();
    Some(Box::new(RetryNode(Arc::new(Rerun { retry: Retry::of_node(settings.data), only }))))
}

impl Node for RetryNode {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.needed_input("retry")?;
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

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }

    fn guard(&self) -> Guard {
        Guard { rerun: Some(Arc::clone(&self.0)), ..Guard::default() }
    }
}

fn result(value: Value, attempts: u32) -> Value {
    Map::from_pairs([("attempts", Value::from(attempts)), ("success", Value::Bool(true)), ("value", value)]).into()
}
