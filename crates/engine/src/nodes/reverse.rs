use bytes::Bytes;
use serde_json::json;
use thaiyyal_model::{Category, Large, List, Map, NodeDescription, Purity, Value};

use super::elements::{self, Collected};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Event, Flow, Node, Run, Task, WithLarge};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |_settings| Some(Box::new(Reverse)), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "reverse",
        title: "Reverse",
        category: Category::Array,
        icon: "arrow-down-up",
        summary: "Turns the order of an array around.",
        schema: json!({"type": "object", "properties": {}}),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({}),
    }
}

struct Reverse;

impl Node for Reverse {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::anywhere(run.needed_input("reverse")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let turned: List = match items {
            Value::Large(large) => {
                let turning = Turning { left: large.chunks().len(), large: large.clone(), lines: Vec::new(), turned: Collected::default() };
                return Box::new(turning).resume(Event::Fuel, run);
            }
            other => other.as_list().into_iter().flat_map(|list| list.iter().rev()).cloned().collect(),
        };
        Ok(Flow::Done(reversed(turned.len(), turned.into())))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }
}

fn reversed(count: usize, turned: Value) -> Value {
    Map::from_pairs([("count", Value::from(count)), ("reversed", turned)]).into()
}

/// Turning an array in the object store around, of which one chunk is in memory, the last one first.
struct Turning {
    large: Large,
    /// How many chunks are still to come.
    left: usize,
    /// The lines of the chunk that is here, in their order.
    lines: Vec<Bytes>,
    turned: Collected,
}

impl Task for Turning {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Object(content) = event {
            self.lines = elements::lines(&content);
        }
        loop {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            if let Some(line) = self.lines.pop() {
                let item = elements::read(&line, run)?;
                self.turned.push(item, run)?;
            } else if let Some(left) = self.left.checked_sub(1) {
                self.left = left;
                return Ok(Flow::Fetch(self.large.chunks()[left].hash, self));
            } else {
                return Ok(Flow::Done(reversed(self.turned.len(), self.turned.into_value(run)?)));
            }
        }
    }
}
