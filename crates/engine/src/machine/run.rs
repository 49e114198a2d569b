//! Running nodes and taking in what they give.

use jiff::Timestamp;
use thaiyyal_model::{Failure, Value};

use super::cell::CellState;
use super::entry::{Entry, EntryKind};
use super::frame::{Frame, Key};
use super::{Machine, World};
use crate::fault::Fault;
use crate::node::{Choice, Event, Flow, Run, Task};
use crate::plan::Plan;

/// A node in the middle of long work.
pub(super) struct Current {
    turn: Turn,
    task: Box<dyn Task>,
}

/// A node that is at work, and with what.
pub(super) struct Turn {
    pub(super) key: Key,
    pub(super) inputs: Vec<Value>,
    pub(super) past: Option<Past>,
}

/// What came before a node's end when it asked the world for something.
#[derive(Clone)]
pub(super) struct Past {
    pub(super) attempt: u32,
    pub(super) started_at: Timestamp,
    pub(super) answer: Option<Value>,
    /// Whether it was a call, whose result needs no mention when the node passes it on as it is.
    pub(super) is_call: bool,
}

/// What running any node costs, in steps of fuel.
const NODE_FUEL: u64 = 10;
/// Bytes of input that a node is taken to work through in one step: sorting, grouping and the like are not sliced, so they are paid for
/// before the next node runs.
const BYTES_PER_FUEL: u64 = 16;
pub(super) const ROOT: u32 = 0;

impl Machine {
    /// Runs nodes until none can run (true) or the fuel is used up (false).
    pub(super) fn compute(&mut self, plan: &Plan) -> bool {
        loop {
            if self.fuel.get() == 0 {
                return false;
            }
            if let Some(Current { turn, task }) = self.current.take() {
                self.resume_task(plan, turn, task, Event::Fuel);
                continue;
            }
            let frame = &mut self.frames[ROOT as usize];
            let end = frame.end();
            let Some(slot) = frame.schedule.next(plan, &mut frame.cells, end, frame.open > 0) else { return true };
            self.run_node(plan, Key { frame: ROOT, slot });
        }
    }

    fn run_node(&mut self, plan: &Plan, key: Key) {
        let mut inputs = std::mem::take(&mut self.inputs);
        let edges = plan.in_edges(key.slot);
        let frame = &mut self.frames[key.frame as usize];
        let mut bytes: u64 = 0;
        for edge in edges {
            let source = &frame.cells[edge.source as usize];
            if source.fires(edge.handle) {
                bytes = bytes.saturating_add(source.value.size_bytes());
                inputs.push(source.value.clone());
            }
        }
        self.fuel.set(self.fuel.get().saturating_sub(NODE_FUEL + bytes / BYTES_PER_FUEL));
        if inputs.is_empty() && !edges.is_empty() {
            frame.cell(key.slot).state = CellState::Skipped;
            self.inputs = inputs;
            self.emit(key, 1, self.wall, EntryKind::Skipped);
            let frame = &mut self.frames[key.frame as usize];
            return frame.schedule.settled(plan, &mut frame.cells, key.slot);
        }
        frame.cell(key.slot).state = CellState::Running;
        frame.open += 1;
        if self.limits.max_node_executions.is_some_and(|most| self.node_executions >= most) {
            let message = format!("an execution may run {} nodes, loops included", self.node_executions);
            return self.landed(plan, Turn { key, inputs, past: None }, Err(Fault::limit("max_node_executions", message)));
        }
        self.node_executions += 1;
        let flow = plan.node(key.slot).node.run(&mut self.at_hand(plan, key, &inputs));
        self.landed(plan, Turn { key, inputs, past: None }, flow);
    }

    pub(super) fn resume_task(&mut self, plan: &Plan, turn: Turn, task: Box<dyn Task>, event: Event) {
        let flow = task.resume(event, &mut self.at_hand(plan, turn.key, &turn.inputs));
        self.landed(plan, turn, flow);
    }

    /// Takes in how a node goes on.
    pub(super) fn landed(&mut self, plan: &Plan, mut turn: Turn, flow: Result<Flow, Fault>) {
        let outcome = match flow {
            Ok(Flow::Done(value)) => self.succeed(plan, &turn, value, Choice::All),
            Ok(Flow::Chosen(value, choice)) => self.succeed(plan, &turn, value, choice),
            Ok(Flow::More(task)) => {
                self.current = Some(Current { turn, task });
                return;
            }
            Ok(Flow::Ask(..)) if turn.past.is_some() => Err(Fault::new("internal", "a node asked again after it had been answered")),
            Ok(Flow::Ask(ask, task)) => match self.ask(turn.key, None, ask, (task, std::mem::take(&mut turn.inputs))) {
                Ok(()) => return,
                Err(fault) => Err(fault),
            },
            Ok(Flow::Part(part, ask, task)) => match self.ask(turn.key, Some(part), ask, (task, std::mem::take(&mut turn.inputs))) {
                Ok(()) => return,
                Err(fault) => Err(fault),
            },
            Err(fault) => Err(fault),
        };
        if let Err(fault) = outcome {
            self.fail(plan, turn.key, fault, turn.past);
        }
        turn.inputs.clear();
        self.inputs = turn.inputs;
    }

    fn succeed(&mut self, plan: &Plan, turn: &Turn, value: Value, choice: Choice) -> Result<(), Fault> {
        self.check_value(&value)?;
        debug_assert!(
            has_known_members(plan.node(turn.key.slot).node.members(), &value),
            "{value} has members that the node does not tell"
        );
        let bytes = self.bytes.saturating_add(value.size_bytes());
        if bytes > self.limits.max_total_bytes {
            let message = format!("the values of an execution may take {} bytes in all", self.limits.max_total_bytes);
            return Err(Fault::limit("max_total_bytes", message));
        }
        self.bytes = bytes;
        let key = turn.key;
        match &turn.past {
            None => self.emit(key, 1, self.wall, EntryKind::Computed(value.clone())),
            Some(Past { attempt, started_at, answer, is_call }) => {
                let answer = answer.clone().filter(|answer| !is_call || *answer != value);
                self.emit(key, *attempt, self.now, EntryKind::Succeeded { started_at: *started_at, output: value.clone(), answer });
            }
        }
        let frame = &mut self.frames[key.frame as usize];
        frame.open -= 1;
        frame.cell(key.slot).finish(value, choice);
        frame.schedule.settled(plan, &mut frame.cells, key.slot);
        Ok(())
    }

    fn fail(&mut self, plan: &Plan, key: Key, fault: Fault, past: Option<Past>) {
        let failure = self.locate(plan, key, fault.into_failure());
        let (attempt, at) = past.as_ref().map_or((1, self.wall), |past| (past.attempt, self.now));
        let started_at = past.map_or(at, |past| past.started_at);
        self.emit(key, attempt, at, EntryKind::Failed { started_at, error: Box::new(failure.clone()), answer: None });
        let frame = &mut self.frames[key.frame as usize];
        frame.open -= 1;
        frame.cell(key.slot).state = CellState::Failed;
        if frame.failed.as_ref().is_none_or(|(slot, _)| key.slot < *slot) {
            frame.failed = Some((key.slot, failure));
        }
        self.cancel_flights_after(Some(key));
    }

    /// The failure, with the place where it happened.
    pub(super) fn locate(&self, plan: &Plan, key: Key, failure: Failure) -> Failure {
        let iteration = &self.frames[key.frame as usize].iteration;
        let node_id = plan.node(key.slot).id.clone();
        let step = (!iteration.is_empty()).then(|| {
            let step = thaiyyal_model::StepId { node_id: node_id.clone(), iteration: iteration.clone() };
            step.to_string().into()
        });
        Failure { node_id: Some(node_id), step, ..failure }
    }

    /// What no value that a node gives may be.
    pub(super) fn check_value(&self, value: &Value) -> Result<(), Fault> {
        if let Value::Number(number) = value
            && !number.is_finite()
        {
            return Err(Fault::new("not_finite", "the result is no finite number"));
        }
        let bytes = value.size_bytes();
        if bytes > self.limits.max_value_bytes {
            let message = format!("a value may take {} bytes, and this one takes {bytes}", self.limits.max_value_bytes);
            return Err(Fault::limit("max_value_bytes", message));
        }
        if value.depth() > Value::MAX_DEPTH {
            let message = format!("a value may nest {} deep, and this one nests {}", Value::MAX_DEPTH, value.depth());
            return Err(Fault::limit("max_depth", message));
        }
        Ok(())
    }

    fn at_hand<'a>(&'a mut self, plan: &'a Plan, key: Key, inputs: &'a [Value]) -> Run<'a> {
        let Frame { cells, iteration, .. } = &self.frames[key.frame as usize];
        let world = World { plan, cells, surroundings: &self.surroundings, slot: key.slot, iteration };
        Run { inputs, state: &mut self.state, world, limits: &self.limits, fuel: &self.fuel, now: self.now, deadline: self.deadline }
    }

    pub(super) fn emit(&mut self, key: Key, attempt: u32, at: Timestamp, kind: EntryKind) {
        self.emit_entry(Entry { at, key, part: None, attempt, kind });
    }

    pub(super) fn emit_entry(&mut self, entry: Entry) {
        if self.history.is_over() {
            self.entries.push(entry);
        } else {
            let iteration = self.frames[entry.key.frame as usize].iteration(entry.part);
            self.history.pass(&entry, &iteration, &self.plan);
        }
    }
}

/// Whether a result has no other members than its node says.
fn has_known_members(known: Option<&[&str]>, value: &Value) -> bool {
    known.zip(value.as_map()).is_none_or(|(known, map)| map.keys().all(|key| known.contains(&key.as_str())))
}
