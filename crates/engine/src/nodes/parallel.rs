use serde_json::json;
use thaiyyal_model::{Category, Failure, List, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::machine::{Bound, caught_value};
use crate::node::{Block, Body, Choice, Counts, Flow, Happened, Node, Port, Run, Then, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::Listed("branches") };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "parallel",
        title: "Parallel",
        category: Category::Control,
        icon: "git-fork",
        summary: "Runs branches at the same time, and collects their results.",
        schema: json!({
            "type": "object",
            "properties": {
                "branches": {"type": "array", "items": {"type": "string"}, "title": "Branches", "description": "Each name is an output that a branch begins at.", "x-template": false, "x-ui": {"order": 1}},
                "wait_for": {"type": ["string", "integer"], "default": "all", "title": "Wait for", "description": "all, first, or how many branches; those that are not waited for are cancelled.", "x-template": false, "x-ui": {"order": 2}},
                "on_error": {"type": "string", "enum": ["fail_fast", "collect"], "default": "fail_fast", "title": "When a branch fails", "x-ui": {"order": 3}},
                "max_concurrency": {"type": "integer", "minimum": 1, "default": 10, "title": "At the same time", "description": "One when branches change variables or other shared state.", "x-ui": {"order": 4}},
                "timeout": {"title": "Timeout", "x-ui": {"hidden": true}}
            }
        }),
        ports: ports::branching(&[("done", "Done")]),
        purity: Purity::Pure,
        example: json!({"branches": ["prices", "stock"], "wait_for": "all"}),
    }
}

#[derive(Clone)]
struct Parallel {
    max_concurrency: f64,
    branches: Vec<Str>,
    wait_for: WaitFor,
    is_collecting: bool,
}

#[derive(Clone, Copy)]
enum WaitFor {
    All,
    Some(usize),
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let wait_for = match settings.get("wait_for") {
        None => WaitFor::All,
        Some(Value::Number(count)) if *count >= 1.0 => WaitFor::Some(*count as usize),
        Some(Value::String(word)) if word == "all" => WaitFor::All,
        Some(Value::String(word)) if word == "first" || word == "any" => WaitFor::Some(1),
        Some(other) => {
            let detail = format!("`wait_for` must be \"all\", \"first\" or a number from 1, not {other}");
            settings.problem("wait_for", "invalid_value", detail);
            return None;
        }
    };
    let branches: Vec<Str> = settings.list("branches").into_iter().flatten().filter_map(Value::as_str).map(Str::from).collect();
    if let Some(at) = (1..branches.len()).find(|at| branches[..*at].contains(&branches[*at])) {
        settings.problem(&format!("branches/{at}"), "invalid_value", format!("there is another branch `{}`", branches[at]));
        return None;
    }
    Some(Box::new(Parallel {
        max_concurrency: settings.number("max_concurrency").unwrap_or(10.0),
        branches,
        wait_for,
        is_collecting: settings.text("on_error").is_some_and(|word| word == "collect"),
    }))
}

impl Node for Parallel {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("parallel")?;
        let ports: Vec<u16> = (0..self.branches.len()).filter_map(|at| u16::try_from(at).ok()).filter(|port| run.has_body(*port)).collect();
        if !ports.is_empty() {
            let at_once = if run.is_serial() { 1 } else { self.max_concurrency as usize };
            let wanted = match self.wait_for {
                WaitFor::All => ports.len(),
                WaitFor::Some(count) => count.min(ports.len()),
            };
            let outcomes = ports.iter().map(|_| None).collect();
            let branching = Branching { node: self.clone(), input: input.clone(), ports, at_once, wanted, begun: 0, ended: 0, outcomes };
            return Ok(Flow::Block(Box::new(branching)));
        }
        let result = Map::from_pairs([
            ("concurrency", Value::Number(self.max_concurrency)),
            ("count", Value::from(run.inputs.len())),
            ("results", List::from(run.inputs).into()),
        ]);
        Ok(Flow::Done(result.into()))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn port(&self, handle: &str) -> Option<Port> {
        (handle == "done").then_some(Port(0))
    }
}

/// Branches under way.
struct Branching {
    node: Parallel,
    input: Value,
    /// Those that lead anywhere.
    ports: Vec<u16>,
    at_once: usize,
    /// How many must succeed.
    wanted: usize,
    begun: usize,
    ended: usize,
    outcomes: Vec<Option<Result<Value, Failure>>>,
}

impl Block for Branching {
    fn next(&mut self, happened: Happened, _run: &mut Run<'_>) -> Result<Then, Fault> {
        if let Happened::Ended { number, outcome, .. } = happened {
            self.ended += 1;
            if let Err(failure) = &outcome {
                let left = self.ports.len() - self.ended + self.succeeded();
                let is_hopeless = left < self.wanted && self.wanted < self.ports.len();
                if is_hopeless || (!self.node.is_collecting && self.wanted == self.ports.len()) {
                    return Err(failure.clone().into());
                }
            }
            self.outcomes[number as usize] = Some(outcome);
        }
        let is_enough = self.succeeded() >= self.wanted || self.ended == self.ports.len();
        if is_enough {
            return Ok(Then::Done(self.result(), Choice::All));
        }
        if self.begun < self.ports.len() && self.begun - self.ended < self.at_once {
            let at = self.begun;
            self.begun += 1;
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            let (port, input) = (self.ports[at], self.input.clone());
            return Ok(Then::Begin(Body { port, number, counts: Counts::Nothing, input, bound: Bound::default() }));
        }
        Ok(Then::Rest)
    }
}

impl Branching {
    fn succeeded(&self) -> usize {
        self.outcomes.iter().filter(|outcome| matches!(outcome, Some(Ok(_)))).count()
    }

    fn result(&self) -> Value {
        let name = |at: usize| self.node.branches[self.ports[at] as usize].clone();
        let value = |outcome: &Option<Result<Value, Failure>>| match outcome {
            Some(Ok(value)) => value.clone(),
            Some(Err(_)) | None => Value::Null,
        };
        let results: List = self.outcomes.iter().map(value).collect();
        let by_name: Map = self
            .outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| matches!(outcome, Some(Ok(_))))
            .map(|(at, outcome)| (name(at), value(outcome)))
            .collect();
        let failed = self.outcomes.iter().enumerate().filter_map(|(at, outcome)| match outcome {
            Some(Err(failure)) => Some((name(at), caught_value(failure))),
            Some(Ok(_)) | None => None,
        });
        let errors = self.node.is_collecting.then(|| ("errors", Value::from(failed.collect::<Map>())));
        let members = [
            ("branches", Value::from(by_name)),
            ("concurrency", Value::Number(self.node.max_concurrency)),
            ("count", Value::from(self.succeeded())),
            ("results", results.into()),
        ];
        Map::from_pairs(members.into_iter().chain(errors)).into()
    }
}
