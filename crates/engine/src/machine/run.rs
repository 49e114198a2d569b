//! Running nodes and taking in what they give.

use jiff::Timestamp;
use thaiyyal_model::{Failure, Form, Map, Value};

use super::cell::CellState;
use super::depot::Arrival;
use super::entry::{Entry, EntryKind};
use super::flight::Wish;
use super::frame::{Frame, Key, Place};
use super::held::{Held, unshared};
use super::loading::Loading;
use super::{Machine, World, soft_error};
use crate::fault::Fault;
use crate::node::{Choice, Event, Flow, Happened, Run, Task, WithLarge};
use crate::plan::{Catches, Handle, Plan, Policy};

/// A node in the middle of long work.
pub(super) struct Current {
    pub(super) turn: Turn,
    pub(super) task: Box<dyn Task>,
}

impl Current {
    pub(super) fn slot(&self) -> u32 {
        self.turn.key.slot
    }
}

/// A node that is at work, and with what.
pub(super) struct Turn {
    pub(super) key: Key,
    pub(super) inputs: Vec<Value>,
    /// How often the node was run, this time included.
    pub(super) attempt: u32,
    pub(super) past: Option<Past>,
    /// Whether it goes through something in the object store; a replay takes what it gives from the journal.
    pub(super) streams: bool,
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
/// What looking at a part of a value costs.
const FUEL_PER_PART: u64 = 3;
pub(super) const ROOT: u32 = 0;

impl Machine {
    /// Runs nodes until none can run (true) or the fuel is used up (false).
    pub(super) fn compute(&mut self, plan: &Plan) -> bool {
        loop {
            if self.fuel.get() == 0 {
                return false;
            }
            if let Some(Current { turn, task }) = self.current.take() {
                match self.depot.arrival() {
                    Arrival::Unasked => self.resume_task(plan, turn, task, Event::Fuel),
                    Arrival::Here(Ok(content)) => self.resume_task(plan, turn, task, Event::Object(content)),
                    Arrival::Here(Err(failure)) => self.landed(plan, turn, Err(failure.into())),
                    Arrival::Pending => {
                        self.current = Some(Current { turn, task });
                        return false;
                    }
                }
                continue;
            }
            if let Some(key) = self.nudged.pop() {
                self.drive(plan, key, Happened::Settled);
                continue;
            }
            let at = if self.frames[ROOT as usize].is_queued {
                ROOT
            } else {
                let Some(&at) = self.queued.front() else { return true };
                at
            };
            let frame = &mut self.frames[at as usize];
            let (end, has_open) = (frame.end(), frame.open > 0);
            let (schedule, cells) = frame.scheduled();
            match schedule.next(plan, cells, end, has_open) {
                Some(slot) => self.run_node(plan, Key { slot, frame: at }),
                None => {
                    frame.is_queued = false;
                    if at != ROOT {
                        self.queued.pop_front();
                        if !has_open {
                            self.end_frame(plan, at);
                        }
                    }
                }
            }
        }
    }

    fn run_node(&mut self, plan: &Plan, key: Key) {
        let mut inputs = std::mem::take(&mut self.inputs);
        let edges = plan.in_edges(key.slot);
        let frame = &mut self.frames[key.frame as usize];
        let mut bytes: u64 = 0;
        for edge in edges {
            let value = match edge.handle {
                Handle::Entry => frame.body.as_deref().map(|within| &within.input),
                handle => {
                    let source = frame.cell(edge.source);
                    source.fires(handle).then_some(&source.value)
                }
            };
            if let Some(value) = value {
                bytes = bytes.saturating_add(value.size_bytes());
                inputs.push(value.clone());
            }
        }
        self.fuel.set(self.fuel.get().saturating_sub(NODE_FUEL + bytes / BYTES_PER_FUEL));
        let may_come = || plan.node(key.slot).races && edges.iter().any(|edge| !frame.cell(edge.source).is_settled());
        let is_skipped = inputs.is_empty() && !edges.is_empty() && !may_come();
        frame.cell_mut(key.slot).state = CellState::Running;
        frame.open += 1;
        if is_skipped {
            self.inputs = inputs;
            return self.skip(plan, key);
        }
        let turn = Turn { key, inputs, attempt: 1, past: None, streams: false };
        if bytes == u64::MAX {
            return self.begin_with_large(plan, turn);
        }
        self.begin_node(plan, turn);
    }

    /// Runs a node with inputs of which parts are in the object store.
    #[cold]
    #[inline(never)]
    fn begin_with_large(&mut self, plan: &Plan, turn: Turn) {
        let node = plan.node(turn.key.slot);
        let is_array = matches!(turn.inputs.first(), Some(Value::Large(large)) if large.form() == Form::Array);
        match node.node.with_large() {
            WithLarge::Runs => self.begin_node(plan, turn),
            WithLarge::StreamsArray if !is_array => self.load(plan, turn),
            WithLarge::Streams | WithLarge::StreamsArray => match self.recorded_output(plan, &turn) {
                // Going through it all again would give the same.
                Some(output) => {
                    let flow = self.depot.count_new(&output, &turn.inputs, &self.limits).map(|()| Flow::Done(output));
                    self.node_executions += 1;
                    self.landed(plan, turn, flow);
                }
                None => self.begin_node(plan, Turn { streams: true, ..turn }),
            },
            WithLarge::Loads => self.load(plan, turn),
        }
    }

    /// Runs a node once its inputs are in memory.
    fn load(&mut self, plan: &Plan, turn: Turn) {
        match Loading::new(&turn.inputs, &self.limits, &plan.node(turn.key.slot).node_type) {
            Ok(loading) => self.resume_task(plan, turn, Box::new(loading), Event::Fuel),
            Err(fault) => self.landed(plan, turn, Err(fault)),
        }
    }

    /// No edge into a node fired.
    pub(super) fn skip(&mut self, plan: &Plan, key: Key) {
        self.emit(key, 1, self.wall, EntryKind::Skipped);
        let frame = &mut self.frames[key.frame as usize];
        frame.open -= 1;
        frame.cell_mut(key.slot).state = CellState::Skipped;
        self.settle(plan, key);
    }

    #[cold]
    fn nudge_racers(&mut self, plan: &Plan, key: Key) {
        for racer in plan.racers(key.slot) {
            let racer = Key { slot: *racer, frame: key.frame };
            if self.blocks.contains_key(&racer) {
                self.nudged.push(racer);
            }
        }
    }

    /// A node came to its end: what depended on it may run.
    #[inline]
    fn settle(&mut self, plan: &Plan, key: Key) {
        if plan.has_racers() {
            self.nudge_racers(plan, key);
        }
        let (schedule, cells) = self.frames[key.frame as usize].scheduled();
        schedule.settled(plan, cells, key.slot);
        self.queue(key.frame);
    }

    /// Runs a node that is under way from its beginning.
    #[inline]
    pub(super) fn begin_node(&mut self, plan: &Plan, turn: Turn) {
        if let Some(most) = self.limits.max_node_executions.filter(|most| self.node_executions >= *most) {
            let message = format!("an execution may run {most} nodes, loops included, and this would be one more");
            return self.landed(plan, turn, Err(Fault::limit("too_many_node_executions", "max_node_executions", most, message)));
        }
        self.node_executions += 1;
        let flow = plan.node(turn.key.slot).node.run(&mut self.at_hand(plan, turn.key, &turn.inputs));
        self.landed(plan, turn, flow);
    }

    pub(super) fn resume_task(&mut self, plan: &Plan, turn: Turn, task: Box<dyn Task>, event: Event) {
        let flow = task.resume(event, &mut self.at_hand(plan, turn.key, &turn.inputs));
        self.landed(plan, turn, flow);
    }

    /// Takes in how a node goes on.
    pub(super) fn landed(&mut self, plan: &Plan, mut turn: Turn, flow: Result<Flow, Fault>) {
        let policy = plan.node(turn.key.slot).policy.as_deref();
        let outcome = match flow {
            // What gives an `error` to a `retry` node behind it failed as well.
            Ok(Flow::Done(value)) if policy.is_some_and(|policy| self.is_to_rerun(policy, &turn, &value)) => {
                return self.rest_after_soft_error(plan, turn, value);
            }
            Ok(Flow::Done(value)) => self.succeed(plan, &turn, value, Choice::All),
            Ok(Flow::Chosen(value, choice)) => self.succeed(plan, &turn, value, choice),
            Ok(Flow::Block(block)) => return self.begin_block(plan, turn, block),
            Ok(Flow::Awaited) => return self.drive(plan, turn.key, Happened::Woken),
            Ok(Flow::Delivered(content)) => return self.drive(plan, turn.key, Happened::Object(content)),
            Ok(Flow::More(task)) => {
                self.current = Some(Current { turn, task });
                return;
            }
            Ok(Flow::Fetch(hash, task)) => {
                self.depot.want(hash);
                self.current = Some(Current { turn, task });
                return;
            }
            Ok(Flow::Loaded(inputs)) => return self.begin_node(plan, Turn { inputs, ..turn }),
            Ok(Flow::Ask(..)) if turn.past.is_some() => Err(Fault::new("internal", "a node asked again after it had been answered")),
            Ok(Flow::Ask(ask, task)) => match self.ask(plan, &mut turn, Wish { part: None, ask, task }) {
                Ok(()) => return,
                Err(fault) => Err(fault),
            },
            Ok(Flow::Part(part, ask, task)) => match self.ask(plan, &mut turn, Wish { part: Some(part), ask, task }) {
                Ok(()) => return,
                Err(fault) => Err(fault),
            },
            Err(fault) => Err(fault),
        };
        if let Err(fault) = outcome {
            if self.blocks.contains_key(&turn.key) {
                return self.fail_block(plan, turn.key, fault.into_failure());
            }
            match self.fail(plan, turn, fault) {
                Some(left) => turn = left,
                None => return,
            }
        }
        turn.inputs.clear();
        self.inputs = turn.inputs;
    }

    fn succeed(&mut self, plan: &Plan, turn: &Turn, mut value: Value, choice: Choice) -> Result<(), Fault> {
        self.check_value(&value)?;
        if turn.streams {
            value = unshared(&value);
        }
        debug_assert!(
            has_known_members(plan.node(turn.key.slot).node.members(), &value),
            "{value} has members that the node does not tell"
        );
        let mut size = value.held_bytes();
        let bytes = self.bytes.saturating_add(size);
        if bytes.saturating_add(self.state.bytes()) > self.bytes_until_count {
            self.count_held(&value)?;
            size = 0;
        } else {
            self.bytes = bytes;
        }
        let key = turn.key;
        match &turn.past {
            None => self.emit(key, turn.attempt, self.wall, EntryKind::Computed(value.clone())),
            Some(Past { attempt, started_at, answer, is_call }) => {
                let answer = answer.clone().filter(|answer| !is_call || *answer != value);
                self.emit(key, *attempt, self.now, EntryKind::Succeeded { started_at: *started_at, output: value.clone(), answer });
            }
        }
        let frame = &mut self.frames[key.frame as usize];
        frame.bytes += size;
        frame.open -= 1;
        frame.cell_mut(key.slot).finish(value, choice);
        self.settle(plan, key);
        Ok(())
    }

    /// Counts what values really take, and `value` with them, once the sum of their sizes says that it may be too much.
    ///
    /// The sum counts a value wherever it stands, so it is never too small, and costs nothing; most executions never come here. Counting
    /// costs a look at every part of every value, so the next one is due only when the sum has grown by an eighth of the limit. By so much
    /// an execution may exceed the limit before it is seen.
    #[cold]
    #[inline(never)]
    fn count_held(&mut self, value: &Value) -> Result<(), Fault> {
        let most = self.limits.max_total_bytes;
        let mut held = Held::default();
        held.add(value);
        let cells = self.frames.iter().flat_map(Frame::results).map(|(_, value)| value);
        cells.chain(self.kept.values()).for_each(|value| held.add(value));
        let in_cells = held.bytes();
        self.state.values().for_each(|value| held.add(value));
        let (bytes, parts) = (held.bytes(), held.parts());
        self.fuel.set(self.fuel.get().saturating_sub(parts * FUEL_PER_PART));
        if bytes > most {
            let message = format!("the values of an execution may take {most} bytes in all, and with this one they would take {bytes}");
            return Err(Fault::limit("too_many_bytes", "max_total_bytes", most, message));
        }
        // What was counted is not taken off again when a frame ends, but with the next count.
        self.frames.iter_mut().for_each(|frame| frame.bytes = 0);
        self.bytes = in_cells;
        self.bytes_until_count = most.max(in_cells.saturating_add(self.state.bytes()).saturating_add(most / 8));
        Ok(())
    }

    /// Ends a node that failed, or lets it rest before it is run again; gives the turn back in the first case.
    #[cold]
    #[inline(never)]
    fn fail(&mut self, plan: &Plan, turn: Turn, fault: Fault) -> Option<Turn> {
        let key = turn.key;
        let failure = self.locate(plan, key, fault.into_failure());
        let (attempt, at) = turn.past.as_ref().map_or((turn.attempt, self.wall), |past| (past.attempt, self.now));
        let started_at = turn.past.as_ref().map_or(at, |past| past.started_at);
        self.emit(key, attempt, at, EntryKind::Failed { started_at, error: Box::new(failure.clone()), answer: None });
        let policy = plan.node(key.slot).policy.as_deref();
        let is_final = is_final(&failure);
        if let Some(rerun) = policy.and_then(|policy| policy.rerun.as_deref())
            && !is_final
            && rerun.allows(turn.attempt, &failure)
        {
            self.rest(plan, turn, rerun);
            return None;
        }
        let catches = policy.is_some_and(|policy| match policy.catches {
            Catches::Nothing => false,
            Catches::Overdue => failure.code == OVERDUE,
            Catches::Everything => !is_final,
        });
        let frame = &mut self.frames[key.frame as usize];
        frame.open -= 1;
        if catches {
            frame.cell_mut(key.slot).catch(caught_value(&failure));
            self.settle(plan, key);
        } else {
            frame.cell_mut(key.slot).state = CellState::Failed;
            if frame.failed.as_ref().is_none_or(|(slot, _)| key.slot < *slot) {
                frame.failed = Some((key.slot, failure));
            }
            self.cancel_from(key.frame, key.slot + 1);
            self.queue(key.frame);
        }
        Some(turn)
    }

    #[cold]
    fn is_to_rerun(&self, policy: &Policy, turn: &Turn, value: &Value) -> bool {
        policy.rerun.as_deref().is_some_and(|rerun| soft_error(value).is_some_and(|failure| rerun.allows(turn.attempt, &failure)))
    }

    #[cold]
    #[inline(never)]
    fn rest_after_soft_error(&mut self, plan: &Plan, turn: Turn, value: Value) {
        match &turn.past {
            None => self.emit(turn.key, turn.attempt, self.wall, EntryKind::Computed(value)),
            Some(past) => {
                let (started_at, answer) = (past.started_at, past.answer.clone().filter(|answer| !past.is_call || *answer != value));
                self.emit(turn.key, past.attempt, self.now, EntryKind::Succeeded { started_at, output: value, answer });
            }
        }
        if let Some(rerun) = plan.node(turn.key.slot).policy.as_deref().and_then(|policy| policy.rerun.as_deref()) {
            self.rest(plan, turn, rerun);
        }
    }

    /// The failure, with the place where it happened; one that comes out of a body keeps its own.
    pub(super) fn locate(&self, plan: &Plan, key: Key, failure: Failure) -> Failure {
        if failure.node_id.is_some() {
            return failure;
        }
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
        let bytes = value.held_bytes();
        if bytes > self.limits.max_value_bytes {
            let most = self.limits.max_value_bytes;
            let message = format!("a value may take {most} bytes, and this one takes {bytes}");
            return Err(Fault::limit("value_too_large", "max_value_bytes", most, message));
        }
        if value.depth() > Value::MAX_DEPTH {
            let message = format!("a value may nest {} deep, and this one nests {}", Value::MAX_DEPTH, value.depth());
            return Err(Fault::limit("value_too_deep", "max_depth", u64::from(Value::MAX_DEPTH), message));
        }
        Ok(())
    }

    pub(super) fn at_hand<'a>(&'a mut self, plan: &'a Plan, key: Key, inputs: &'a [Value]) -> Run<'a> {
        let world = World { plan, frames: &self.frames, frame: key.frame, surroundings: &self.surroundings, slot: key.slot };
        Run {
            inputs,
            state: &mut self.state,
            depot: &mut self.depot,
            world,
            limits: &self.limits,
            fuel: &self.fuel,
            now: self.now,
            deadline: self.deadline,
        }
    }

    pub(super) fn emit(&mut self, key: Key, attempt: u32, at: Timestamp, kind: EntryKind) {
        self.emit_part(Place { key, part: None }, attempt, at, kind);
    }

    pub(super) fn emit_part(&mut self, place: Place, attempt: u32, at: Timestamp, kind: EntryKind) {
        let Place { key, part } = place;
        let iteration = self.frames[key.frame as usize].iteration(part);
        let entry = Entry { at, slot: key.slot, iteration, attempt, kind };
        if self.history.is_over() {
            self.entries.push(entry);
        } else {
            self.history.pass(&entry, &self.plan);
        }
    }
}

/// The code of a node that did not finish within its time.
pub(super) const OVERDUE: &str = "timeout";

/// Whether a failure ends the execution whatever is around it: what the execution as a whole may use is used up, or it is a fault of ours.
pub(super) fn is_final(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "internal" | "too_many_node_executions" | "too_many_bytes" | "too_many_calls" | "too_many_children")
}

/// A failure as a value: what edges deliver that take it.
pub(crate) fn caught_value(failure: &Failure) -> Value {
    let node_id = failure.node_id.clone().map_or(Value::Null, Value::String);
    let details = failure.details.clone().map(|details| ("details", details));
    let members = [("code", Value::String(failure.code.clone())), ("error", Value::String(failure.message.clone())), ("node_id", node_id)];
    Map::from_pairs(members.into_iter().chain(details)).into()
}

/// Whether a result has no other members than its node says.
fn has_known_members(known: Option<&[&str]>, value: &Value) -> bool {
    known.zip(value.as_map()).is_none_or(|(known, map)| map.keys().all(|key| known.contains(&key.as_str())))
}
