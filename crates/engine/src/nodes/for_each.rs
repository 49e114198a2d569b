use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Failure, List, Map, NodeDescription, Purity, Str, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::machine::Bound;
use crate::node::{Block, Body, Choice, Counts, Flow, Happened, Node, Port, Run, Then, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::Implicit(&["body"]) };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "for_each",
        title: "For each",
        category: Category::Control,
        icon: "repeat",
        summary: "Runs its body once for every element of an array.",
        schema: json!({
            "type": "object",
            "properties": {
                "max_concurrency": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1, "title": "At the same time", "description": "How many elements are worked on at once; one when the body changes variables or other shared state.", "x-ui": {"order": 1}},
                "on_error": {"type": "string", "enum": ["continue", "stop", "collect"], "default": "continue", "title": "When an element fails", "description": "continue: count it; collect: list the errors too; stop: fail with it.", "x-ui": {"order": 2}},
                "break_when": {"type": "string", "title": "Stop when", "description": "No further element is begun once this holds after one; `input` is what the body gave for it, `item` and `index` the element.", "x-ui": {"widget": "expression", "order": 3}},
                "batch_size": {"type": "integer", "minimum": 1, "title": "Elements at once", "description": "With it `item` is a list of so many elements.", "x-ui": {"order": 4}},
                "max_iterations": {"type": "integer", "default": 1000, "title": "Most elements", "description": "More elements are a failure.", "x-ui": {"order": 5}},
                "stop_on_error": {"type": "boolean", "default": false, "title": "Stop at the first error", "x-ui": {"hidden": true}}
            }
        }),
        ports: ports::branching_over_array(&[("body", "For each element"), ("done", "Done")]),
        purity: Purity::Pure,
        example: json!({"max_iterations": 100}),
    }
}

#[derive(Clone)]
struct ForEach {
    most: usize,
    at_once: usize,
    batch: usize,
    is_batched: bool,
    on_error: OnError,
    break_when: Option<Formula>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OnError {
    Continue,
    Collect,
    Stop,
}

const BODY: u16 = 0;

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let on_error = match settings.text("on_error").map(Str::as_str) {
        Some("stop") => OnError::Stop,
        Some("collect") => OnError::Collect,
        Some(_) => OnError::Continue,
        None if settings.boolean("stop_on_error") == Some(true) => OnError::Stop,
        None => OnError::Continue,
    };
    let break_when = match settings.text("break_when") {
        Some(_) => Some(settings.expression("break_when")?),
        None => None,
    };
    Some(Box::new(ForEach {
        most: settings.number("max_iterations").filter(|most| *most > 0.0).unwrap_or(1000.0) as usize,
        at_once: settings.number("max_concurrency").unwrap_or(1.0) as usize,
        batch: settings.number("batch_size").unwrap_or(1.0).max(1.0) as usize,
        is_batched: settings.get("batch_size").is_some(),
        on_error,
        break_when,
    }))
}

impl Node for ForEach {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = array::needed(run.needed_input("for_each")?, "for_each")?.clone();
        let count = items.as_list().map_or(0, |list| list.len());
        if count > self.most {
            let message = format!("the array has {count} elements, and `max_iterations` allows {}", self.most);
            return Err(Fault::limit("max_iterations", message));
        }
        if !run.has_body(BODY) {
            let count = Value::from(count);
            let counters =
                [("failed", Value::from(0)), ("input_count", count.clone()), ("iterations", count.clone()), ("successful", count)];
            return Ok(Flow::Done(Map::from_pairs(counters).into()));
        }
        let rounds = count.div_ceil(self.batch);
        let mut node = self.clone();
        if run.is_serial() {
            node.at_once = 1;
        }
        Ok(Flow::Block(Box::new(Loop {
            node,
            items,
            count,
            results: vec![Value::Null; rounds],
            errors: Vec::new(),
            begun: 0,
            ended: 0,
            bytes: 0,
            is_broken: false,
        })))
    }

    fn uses(&self) -> Uses {
        self.break_when.as_ref().map(|condition| Uses::reading(condition.references())).unwrap_or_default()
    }

    fn port(&self, handle: &str) -> Option<Port> {
        (handle == "done").then_some(Port(0))
    }
}

/// A loop under way.
struct Loop {
    node: ForEach,
    items: Value,
    count: usize,
    results: Vec<Value>,
    /// The rounds that failed, in the order in which they did.
    errors: Vec<(usize, Failure)>,
    begun: usize,
    ended: usize,
    /// Of the results.
    bytes: u64,
    is_broken: bool,
}

impl Block for Loop {
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault> {
        if let Happened::Ended { number, outcome, .. } = happened {
            self.ended += 1;
            self.take(number as usize, outcome, run)?;
        }
        let may_begin = !self.is_broken && self.begun < self.results.len();
        if may_begin && self.begun - self.ended < self.node.at_once {
            let at = self.begun;
            self.begun += 1;
            let item = self.item(at);
            let bound = Bound { element: Some((item.clone(), at, self.items.clone())), error: None };
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            return Ok(Then::Begin(Body { port: BODY, number, counts: Counts::Rounds, input: item, bound }));
        }
        if self.begun > self.ended {
            return Ok(Then::Rest);
        }
        Ok(Then::Done(self.result(), Choice::All))
    }
}

impl Loop {
    fn item(&self, at: usize) -> Value {
        let items = self.items.as_list().map_or(&[][..], |list| list.as_slice());
        if self.node.is_batched {
            let first = at * self.node.batch;
            List::from(&items[first.min(items.len())..(first + self.node.batch).min(items.len())]).into()
        } else {
            items.get(at).cloned().unwrap_or_default()
        }
    }

    fn take(&mut self, at: usize, outcome: Result<Value, Failure>, run: &Run<'_>) -> Result<(), Fault> {
        let value = match outcome {
            Ok(value) => value,
            Err(failure) if self.node.on_error == OnError::Stop => return Err(failure.into()),
            Err(failure) => {
                self.errors.push((at, failure));
                Value::Null
            }
        };
        self.bytes = self.bytes.saturating_add(value.size_bytes());
        if self.bytes > run.limits.max_value_bytes {
            let most = run.limits.max_value_bytes;
            return Err(Fault::limit("max_value_bytes", format!("a value may take {most} bytes, and the results of the loop take more")));
        }
        if let Some(condition) = &self.node.break_when {
            let item = self.item(at);
            let element = Element { item: &item, index: at, items: &self.items };
            let binding = Binding { input: Some(&value), element: Some(element), accumulator: None };
            self.is_broken = self.is_broken || condition.test(run, binding)?;
        }
        self.results[at] = value;
        Ok(())
    }

    fn result(&mut self) -> Value {
        self.results.truncate(self.begun);
        self.errors.sort_by_key(|(at, _)| *at);
        let failed = self.errors.len();
        let errors = (self.node.on_error == OnError::Collect).then(|| {
            let told = |(at, failure): &(usize, Failure)| {
                let members =
                    [("code", Value::String(failure.code.clone())), ("error", failure.message.clone().into()), ("index", Value::from(*at))];
                Value::from(Map::from_pairs(members))
            };
            ("errors", Value::from(self.errors.iter().map(told).collect::<Vec<Value>>()))
        });
        let members = [
            ("failed", Value::from(failed)),
            ("input_count", Value::from(self.count)),
            ("iterations", Value::from(self.begun)),
            ("results", Value::from(std::mem::take(&mut self.results))),
            ("successful", Value::from(self.begun - failed)),
        ];
        Map::from_pairs(members.into_iter().chain(errors)).into()
    }
}
