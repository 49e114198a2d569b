use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;
use crate::state::Parts;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "counter",
        title: "Counter",
        category: Category::State,
        icon: "plus",
        summary: "Counts up or down, together with the other counters of the execution.",
        schema: json!({
            "type": "object",
            "required": ["counter_op"],
            "properties": {
                "counter_op": {"type": "string", "enum": ["increment", "decrement", "reset", "get"], "title": "What to do"},
                "delta": {"type": "number", "default": 1, "title": "By how much"},
                "initial_value": {"title": "Start value", "description": "Set first, every time the node runs."},
                "name": {"type": "string", "title": "Name", "description": "Counters with a name share only with those of the same name."}
            }
        }),
        ports: ports::through(),
        purity: Purity::Stateful,
        example: json!({"counter_op": "increment"}),
    }
}

struct Counter {
    operation: Operation,
    initial: Option<f64>,
    name: Str,
}

#[derive(Clone, Copy)]
enum Operation {
    Increment(f64),
    Decrement(f64),
    Reset,
    Get,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let delta = settings.number("delta").unwrap_or(1.0);
    let operation = match settings.required_text("counter_op") {
        "increment" => Operation::Increment(delta),
        "decrement" => Operation::Decrement(delta),
        "reset" => Operation::Reset,
        "get" => Operation::Get,
        _ => return None,
    };
    let name = settings.text("name").cloned().unwrap_or_default();
    Some(Box::new(Counter { operation, initial: settings.number("initial_value"), name }))
}

impl Node for Counter {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let before = self.initial.unwrap_or_else(|| run.state.counters.get(&self.name).copied().unwrap_or(0.0));
        let (name, after) = match self.operation {
            Operation::Increment(delta) => ("increment", before + delta),
            Operation::Decrement(delta) => ("decrement", before - delta),
            Operation::Reset => ("reset", self.initial.unwrap_or(0.0)),
            Operation::Get => ("get", before),
        };
        if !after.is_finite() {
            return Err(Fault::new("not_finite", "the counter becomes no finite number"));
        }
        run.state.counters.insert(self.name.clone(), after);
        Ok(Flow::Done(Map::from_pairs([("operation", Value::from(name)), ("value", Value::Number(after))]).into()))
    }

    fn uses(&self) -> Uses {
        Uses { writes: Parts::COUNTERS, ..Uses::default() }
    }
}
