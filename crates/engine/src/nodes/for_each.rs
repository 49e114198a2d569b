use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Failure, List, Map, NodeDescription, ObjectHash, Purity, Str, Value};

use super::elements::{self, Collected, Gathered};
use super::kept::{Lines, Next};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, SharedFormula};
use crate::fault::Fault;
use crate::machine::Bound;
use crate::node::{Block, Body, Choice, Counts, Flow, Happened, Node, Port, Run, Then, Uses, WithLarge};
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
    break_when: Option<SharedFormula>,
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
        Some(_) => Some(settings.shared_expression("break_when")?),
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
        let count = elements::count(&items);
        if count > self.most {
            let message = format!("the array has {count} elements, and `max_iterations` allows {}", self.most);
            return Err(Fault::limit("too_many_iterations", "max_iterations", self.most, message));
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
            source: Source::new(&items),
            items,
            count,
            rounds,
            open: BTreeMap::new(),
            ready: BTreeMap::new(),
            results: Collected::with_capacity(rounds.min(MOST_RESERVED)),
            errors: Vec::new(),
            begun: 0,
            ended: 0,
            is_broken: false,
        })))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn uses(&self) -> Uses {
        self.break_when.as_ref().map(|condition| Uses::reading(condition.references())).unwrap_or_default()
    }

    fn port(&self, handle: &str) -> Option<Port> {
        (handle == "done").then_some(Port(0))
    }
}

/// Room for results is made at once up to so many.
const MOST_RESERVED: usize = 10_000;

/// A loop under way.
struct Loop {
    node: ForEach,
    items: Value,
    source: Source,
    count: usize,
    /// How many rounds there are.
    rounds: usize,
    /// What the rounds under way work on.
    open: BTreeMap<usize, Value>,
    /// The values of rounds that ended before one that began before them.
    ready: BTreeMap<usize, Value>,
    results: Collected,
    /// The rounds that failed, in the order in which they did.
    errors: Vec<(usize, Failure)>,
    begun: usize,
    ended: usize,
    is_broken: bool,
}

impl Block for Loop {
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault> {
        match happened {
            Happened::Ended { number, outcome, .. } => {
                self.ended += 1;
                self.take(number as usize, outcome, run)?;
            }
            Happened::Object(content) => self.source.take(content),
            Happened::Ready | Happened::Woken | Happened::Settled => {}
        }
        let may_begin = !self.is_broken && self.begun < self.rounds;
        if may_begin && self.begun - self.ended < self.node.at_once {
            let at = self.begun;
            let items = self.items.as_list().map_or(&[][..], |list| list.as_slice());
            let item = match self.source.next(items, &self.node, run)? {
                Given::Item(item) => item,
                Given::Fetch(hash) => return Ok(Then::Fetch(hash)),
            };
            self.begun += 1;
            if self.node.break_when.is_some() {
                self.open.insert(at, item.clone());
            }
            let bound = Bound { element: Some((item.clone(), at, self.items.clone())), error: None };
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            return Ok(Then::Begin(Body { port: BODY, number, counts: Counts::Rounds, input: item, bound }));
        }
        if self.begun > self.ended {
            return Ok(Then::Rest);
        }
        Ok(Then::Done(self.result(run)?, Choice::All))
    }
}

impl Loop {
    fn take(&mut self, at: usize, outcome: Result<Value, Failure>, run: &mut Run<'_>) -> Result<(), Fault> {
        let value = match outcome {
            Ok(value) => value,
            Err(failure) if self.node.on_error == OnError::Stop => return Err(failure.into()),
            Err(failure) => {
                self.errors.push((at, failure));
                Value::Null
            }
        };
        if let (Some(condition), Some(item)) = (&self.node.break_when, self.open.remove(&at)) {
            let element = Element { item: &item, index: at, items: &self.items };
            let binding = Binding { input: Some(&value), element: Some(element), accumulator: None };
            self.is_broken = self.is_broken || condition.test(run, binding)?;
        }
        self.ready.insert(at, value);
        while let Some(value) = self.ready.remove(&self.results.len()) {
            self.results.push(value, run)?;
        }
        Ok(())
    }

    fn result(&mut self, run: &mut Run<'_>) -> Result<Value, Fault> {
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
        if let Some((_, told)) = &errors {
            self.results.leave_room(told.size_bytes() + BESIDE, run)?;
        }
        let members = [
            ("failed", Value::from(failed)),
            ("input_count", Value::from(self.count)),
            ("iterations", Value::from(self.begun)),
            ("results", std::mem::take(&mut self.results).into_value(run)?),
            ("successful", Value::from(self.begun - failed)),
        ];
        Ok(Map::from_pairs(members.into_iter().chain(errors)).into())
    }
}

/// What the result of a loop takes at most besides results and errors.
const BESIDE: u64 = 512;

/// Where the elements of a loop come from.
enum Source {
    /// An array in memory, and how many were taken.
    Memory(usize),
    /// The object store, a chunk at a time, and what is there of the next batch.
    Store(Lines, Gathered),
}

/// What a round begins with, or what is to be fetched first.
enum Given {
    Item(Value),
    Fetch(ObjectHash),
}

impl Source {
    fn new(items: &Value) -> Self {
        match items {
            Value::Large(large) => Self::Store(Lines::new(large.clone()), Gathered::new("a batch")),
            _ => Self::Memory(0),
        }
    }

    fn take(&mut self, content: Bytes) {
        if let Self::Store(lines, _) = self {
            lines.take(content);
        }
    }

    /// The next element of `items`, or batch of them; asked for only while there is one.
    fn next(&mut self, items: &[Value], node: &ForEach, run: &Run<'_>) -> Result<Given, Fault> {
        let (lines, batch) = match self {
            Self::Memory(taken) => {
                let first = *taken;
                *taken = (first + node.batch).min(items.len());
                let part = &items[first..*taken];
                return Ok(Given::Item(if node.is_batched { List::from(part).into() } else { part.first().cloned().unwrap_or_default() }));
            }
            Self::Store(lines, batch) => (lines, batch),
        };
        while batch.values.len() < node.batch {
            match lines.next(run.limits)? {
                Next::Fetch(hash) => return Ok(Given::Fetch(hash)),
                Next::End => break,
                Next::Line(line) => batch.push(elements::read(&line, run)?, run.limits)?,
            }
        }
        let mut batch = batch.take();
        Ok(Given::Item(if node.is_batched { batch.into() } else { batch.pop().unwrap_or_default() }))
    }
}
