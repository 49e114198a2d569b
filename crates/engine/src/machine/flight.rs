//! Effects under way: handing them out, and what their answers do.

use jiff::{SignedDuration, Timestamp};
use thaiyyal_model::{ExecutionId, Failure, Map, Reason, StepId, Str, Value};

use super::child::Child;
use super::entry::EntryKind;
use super::frame::{Key, Place};
use super::run::{OVERDUE, Past, Turn};
use super::types::{Answer, Effect, EffectKind};
use super::{Machine, Rerun, World};
use crate::fault::Fault;
use crate::node::{Ask, Errand, Event, Flow, Run, Task};
use crate::nodes::pass::LIMITER;
use crate::plan::Plan;

/// A node that waits for the world.
pub(super) struct Flight {
    ask: Ask,
    phase: Phase,
    /// Its number, when the node asks for several things.
    part: Option<u32>,
    attempt: u32,
    /// The attempt of the whole node that it belongs to.
    first_attempt: u32,
    started_at: Timestamp,
    /// When the first of its attempts began.
    began_at: Timestamp,
    /// When the node has taken too long.
    due: Option<Timestamp>,
    inputs: Vec<Value>,
    task: Box<dyn Task>,
    is_handed_out: bool,
}

/// What a node asks for, and how it goes on.
pub(super) struct Wish {
    /// Its number, when the node asks for several things.
    pub(super) part: Option<u32>,
    pub(super) ask: Ask,
    pub(super) task: Box<dyn Task>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// A call is being made.
    Calling,
    /// It waits between two attempts of a call.
    BackingOff { until: Timestamp },
    /// The node itself waits.
    Waiting,
    /// It waits before the whole node is run again.
    Resting { until: Timestamp },
}

/// An attempt of a call that failed.
struct Setback {
    /// How long the other side asked to wait.
    after_ms: Option<u64>,
    failure: Failure,
    /// Whether the connector takes it for something that may pass.
    may_pass: bool,
}

impl Machine {
    /// A node asks the world for something.
    pub(super) fn ask(&mut self, plan: &Plan, turn: &mut Turn, wish: Wish) -> Result<(), Fault> {
        let Wish { part, ask, task } = wish;
        let phase = match &ask {
            Ask::Call { connector: Some(LIMITER), .. } => Phase::Calling,
            Ask::Call { .. } => {
                self.count_call()?;
                Phase::Calling
            }
            Ask::Child(errand) => {
                if errand.input.has_large() {
                    return Err(super::child::does_not_go_over("input").into());
                }
                self.count_child()?;
                Phase::Calling
            }
            Ask::Wait { .. } => Phase::Waiting,
        };
        // The time of a block is a wait of its own.
        let within = plan.within(turn.key.slot).filter(|_| !plan.is_block(turn.key.slot));
        let due = within.map(|within| self.now.saturating_add(within).unwrap_or(Timestamp::MAX));
        let flight = Flight {
            ask: ask.within(within, due),
            phase,
            part,
            attempt: turn.attempt,
            first_attempt: turn.attempt,
            started_at: self.now,
            began_at: self.now,
            due,
            inputs: std::mem::take(&mut turn.inputs),
            task,
            is_handed_out: false,
        };
        self.take_off(turn.key, flight);
        Ok(())
    }

    fn count_call(&mut self) -> Result<(), Fault> {
        if let Some(most) = self.limits.max_calls.filter(|most| self.calls >= *most) {
            let message = format!("an execution may make {most} calls, and this would be one more");
            return Err(Fault::limit("too_many_calls", "max_calls", most, message));
        }
        self.calls += 1;
        Ok(())
    }

    fn count_child(&mut self) -> Result<(), Fault> {
        let (depth, deepest) = (self.surroundings.depth(), self.limits.max_workflow_depth);
        if depth >= deepest {
            let message = format!("executions may start one another {deepest} deep, and this one is at depth {depth}");
            return Err(Fault::limit("workflows_too_deep", "max_workflow_depth", deepest, message));
        }
        if let Some(most) = self.limits.max_children.filter(|most| self.children >= *most) {
            let message = format!("an execution may start {most} others, and this would be one more");
            return Err(Fault::limit("too_many_children", "max_children", most, message));
        }
        self.children += 1;
        Ok(())
    }

    /// Lets a node that failed wait before it is run again.
    pub(super) fn rest(&mut self, plan: &Plan, turn: Turn, rerun: &Rerun) {
        let Turn { key, inputs, attempt, .. } = turn;
        let seed = self.seed(plan, key);
        let until = self.now.saturating_add(rerun.delay(attempt, seed)).unwrap_or(Timestamp::MAX).min(self.deadline);
        let attempts = &mut self.frames[key.frame as usize].attempts;
        attempts.retain(|(slot, _)| *slot != key.slot);
        attempts.push((key.slot, attempt + 1));
        let flight = Flight {
            ask: Ask::sleep(until, Reason::BackOff),
            phase: Phase::Resting { until },
            part: None,
            attempt: attempt + 1,
            first_attempt: attempt + 1,
            started_at: until,
            began_at: until,
            due: None,
            inputs,
            task: Box::new(Rested),
            is_handed_out: false,
        };
        self.take_off(key, flight);
    }

    fn take_off(&mut self, key: Key, flight: Flight) {
        let kind = match (&flight.phase, &flight.ask) {
            (Phase::BackingOff { until } | Phase::Resting { until }, _) => {
                EntryKind::Waiting { reason: Reason::BackOff, until: Some(*until), signal: None }
            }
            (_, Ask::Call { settings, .. }) => EntryKind::Started(Some(settings.clone())),
            (_, Ask::Wait { until, reason, expects }) => {
                EntryKind::Waiting { reason: *reason, until: *until, signal: expects.as_ref().map(|expects| expects.signal.clone()) }
            }
            (_, Ask::Child(errand)) => EntryKind::Started(Some(shown(errand, self.child_of(&flight, key)))),
        };
        let place = flight.place(key);
        self.emit_part(place, flight.attempt, self.now, kind);
        self.flights.insert(place, flight);
        self.outgoing.push(place);
    }

    /// The effects that were not handed out before.
    pub(super) fn hand_out(&mut self, plan: &Plan) -> Vec<Effect> {
        let mut effects = std::mem::take(&mut self.dropped);
        let stored_bytes = self.depot.room(&self.limits);
        for place in std::mem::take(&mut self.outgoing) {
            let key = place.key;
            let Some(flight) = self.flights.get_mut(&place).filter(|flight| !flight.is_handed_out) else { continue };
            flight.is_handed_out = true;
            let flight = &*flight;
            let node = plan.node(key.slot);
            let frame = &self.frames[key.frame as usize];
            let step = StepId { node_id: node.id.clone(), iteration: frame.iteration(flight.part) };
            effects.push(Effect {
                identity: StepId { node_id: node.id.clone(), iteration: frame.identity(flight.part) },
                node_type: flight.connector().map_or_else(|| node.node_type.clone(), Str::from),
                attempt: flight.attempt,
                kind: flight.effect(self.surroundings.execution_id(), &step, self.deadline, stored_bytes),
                step,
            });
        }
        effects
    }

    /// Lets an answer have its effect.
    pub(super) fn take_in(&mut self, plan: &Plan, step: &StepId, answer: Answer, at: Timestamp) {
        let Some((place, flight)) = self.find(plan, step).and_then(|place| self.flights.remove_entry(&place)) else { return };
        let key = place.key;
        let answer = self.bounded(answer);
        if !flight.understands(&answer) {
            self.flights.insert(place, flight);
            return;
        }
        self.now = self.now.max(at);
        match (flight.phase, answer) {
            (Phase::BackingOff { .. }, Answer::Woken) => {
                self.take_off(key, Flight { phase: Phase::Calling, started_at: self.now, is_handed_out: false, ..flight });
            }
            (Phase::Resting { .. }, _) => {
                let Flight { inputs, attempt, .. } = flight;
                self.emit(key, attempt, self.now, EntryKind::Started(None));
                self.begin_node(plan, Turn { key, inputs, attempt, past: None, streams: false });
            }
            (Phase::Calling, Answer::Retry { after_ms, failure }) => {
                self.back_off(plan, key, flight, Setback { after_ms, failure, may_pass: true });
            }
            (Phase::Calling, Answer::Failed(failure)) => {
                self.back_off(plan, key, flight, Setback { after_ms: None, failure, may_pass: false });
            }
            (_, Answer::Failed(failure) | Answer::Retry { failure, .. }) => self.give_up(plan, key, flight, failure),
            (Phase::Waiting, Answer::Woken) if flight.is_cut_short() => {
                let overdue = flight.overdue(self.now);
                self.give_up(plan, key, flight, overdue);
            }
            (_, Answer::Done(value)) => self.go_on(plan, key, flight, Event::Answer(value)),
            (_, Answer::Woken) => self.go_on(plan, key, flight, Event::Woken),
        }
    }

    /// The flight of a step.
    pub(super) fn find(&self, plan: &Plan, step: &StepId) -> Option<Place> {
        let slot = plan.slot(&step.node_id)?;
        let first = Key { slot, frame: 0 }.places();
        let last = Key { slot, frame: u32::MAX }.places();
        let of_node = self.flights.range(*first.start()..=*last.end()).map(|(place, _)| place);
        let is_meant = |place: &&Place| {
            let (own, wanted) = (&self.frames[place.key.frame as usize].iteration.0, &step.iteration.0);
            own.len() + usize::from(place.part.is_some()) == wanted.len() && own.iter().chain(&place.part).eq(wanted)
        };
        of_node.into_iter().find(is_meant).copied()
    }

    /// A result that no node could have is a failure of the call.
    fn bounded(&mut self, answer: Answer) -> Answer {
        match answer {
            Answer::Done(value) => match self.check_value(&value).and_then(|()| self.depot.count_new(&value, &[], &self.limits)) {
                Ok(()) => Answer::Done(value),
                Err(fault) => Answer::Failed(fault.into_failure()),
            },
            other => other,
        }
    }

    /// A call failed: it is tried again where the settings say so, else the node failed.
    fn back_off(&mut self, plan: &Plan, key: Key, flight: Flight, setback: Setback) {
        let Setback { after_ms, failure, may_pass } = setback;
        let tries = flight.attempt - flight.first_attempt + 1;
        let retry = plan.node(key.slot).retry.as_deref();
        let wanted = retry.filter(|retry| tries < retry.max_attempts && retry.wants(&failure).unwrap_or(may_pass));
        let until = wanted.map(|retry| {
            let delay = retry.delay(tries, after_ms, self.seed(plan, key));
            self.now.saturating_add(delay).unwrap_or(Timestamp::MAX).min(self.deadline)
        });
        let is_overdue = flight.due.is_some_and(|due| due <= until.unwrap_or(self.now));
        let in_time = wanted.zip(until).filter(|(retry, until)| !is_overdue && retry.has_time(until.duration_since(flight.began_at)));
        let Some((_, until)) = in_time else {
            let failure = if is_overdue { flight.overdue(self.now) } else { failure };
            return self.give_up(plan, key, flight, failure);
        };
        let error = Box::new(self.locate(plan, key, failure));
        let kind = EntryKind::Failed { started_at: flight.started_at, error, answer: Some(retry_answer(after_ms)) };
        self.emit_part(flight.place(key), flight.attempt, self.now, kind);
        let phase = Phase::BackingOff { until };
        self.take_off(key, Flight { phase, attempt: flight.attempt + 1, started_at: until, is_handed_out: false, ..flight });
    }

    /// A number that differs between executions and nodes, and is the same when a step is replayed.
    fn seed(&self, plan: &Plan, key: Key) -> u64 {
        World { plan, frames: &self.frames, frame: key.frame, surroundings: &self.surroundings, slot: key.slot }.seed()
    }

    /// The effect failed for good, and with it the node.
    fn give_up(&mut self, plan: &Plan, key: Key, flight: Flight, failure: Failure) {
        if flight.part.is_some() {
            let error = Box::new(self.locate(plan, key, failure.clone()));
            self.emit_part(
                flight.place(key),
                flight.attempt,
                self.now,
                EntryKind::Failed { started_at: flight.started_at, error, answer: None },
            );
        }
        let turn = flight.turn(key, None).0;
        self.landed(plan, turn, Err(failure.into()));
    }

    fn go_on(&mut self, plan: &Plan, key: Key, flight: Flight, event: Event) {
        let answer = match &event {
            Event::Answer(value) => Some(value.clone()),
            Event::Woken | Event::Fuel | Event::Object(_) => None,
        };
        if flight.part.is_some() {
            let output = answer.clone().unwrap_or_default();
            let told = answer.clone().filter(|_| flight.phase == Phase::Waiting);
            self.emit_part(
                flight.place(key),
                flight.attempt,
                self.now,
                EntryKind::Succeeded { started_at: flight.started_at, output, answer: told },
            );
        }
        let (turn, task) = flight.turn(key, answer);
        self.resume_task(plan, turn, task, event);
    }

    /// Ends the flights of a node, whose answers are not wanted any more; whether there were any.
    pub(super) fn cancel_flights(&mut self, key: Key) -> bool {
        let places: Vec<Place> = self.flights.range(key.places()).map(|(place, _)| *place).collect();
        for place in &places {
            let Some(flight) = self.flights.remove(place) else { continue };
            let started_at = flight.started_at.min(self.now);
            self.emit_part(*place, flight.attempt, self.now, EntryKind::Cancelled { started_at });
            let step = self.step(key, flight.part);
            let child = flight.child(self.surroundings.execution_id(), &step);
            // A call ends with whoever made it; a child lives on until it is told.
            if flight.is_handed_out || (child.is_some() && !self.history.is_over()) {
                let node_type = flight.connector().map_or_else(|| self.plan.node(key.slot).node_type.clone(), Str::from);
                let identity = step.clone();
                self.dropped.push(Effect { step, identity, node_type, attempt: flight.attempt, kind: EffectKind::Cancel { child } });
            }
        }
        !places.is_empty()
    }

    /// The id of the execution that a flight starts.
    fn child_of(&self, flight: &Flight, key: Key) -> Option<ExecutionId> {
        flight.child(self.surroundings.execution_id(), &self.step(key, flight.part))
    }

    fn step(&self, key: Key, part: Option<u32>) -> StepId {
        StepId { node_id: self.plan.node(key.slot).id.clone(), iteration: self.frames[key.frame as usize].iteration(part) }
    }
}

impl Flight {
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// The node at work again, after this answer.
    fn turn(self, key: Key, answer: Option<Value>) -> (Turn, Box<dyn Task>) {
        let is_call = self.phase == Phase::Calling;
        let (attempt, past) = (self.first_attempt, Past { attempt: self.attempt, started_at: self.started_at, answer, is_call });
        // The end of a part is in the journal already; the node's own step knows nothing of it.
        (Turn { key, inputs: self.inputs, attempt, past: self.part.is_none().then_some(past), streams: false }, self.task)
    }

    /// Whether the answer can be one to what was asked; a wake-up for a call, say, is a timer that came late.
    fn understands(&self, answer: &Answer) -> bool {
        match (self.phase, answer) {
            (Phase::Calling, Answer::Woken) => false,
            (Phase::BackingOff { .. }, Answer::Done(_) | Answer::Retry { .. }) => false,
            (Phase::Resting { .. }, answer) => matches!(answer, Answer::Woken),
            (Phase::Calling | Phase::Waiting, _) | (Phase::BackingOff { .. }, Answer::Woken | Answer::Failed(_)) => true,
        }
    }

    /// The connector that is called, when it is not the one of the node's own type.
    fn connector(&self) -> Option<&'static str> {
        match &self.ask {
            Ask::Call { connector, .. } => *connector,
            Ask::Wait { .. } | Ask::Child(_) => None,
        }
    }

    /// Whether a wait ends because the node has taken too long, and not because it is over.
    fn is_cut_short(&self) -> bool {
        match (&self.ask, self.due) {
            (Ask::Wait { until: Some(until), .. }, Some(due)) => *until == due,
            _ => false,
        }
    }

    fn overdue(&self, now: Timestamp) -> Failure {
        let ms = now.duration_since(self.began_at).as_millis();
        Failure::new(OVERDUE, format!("the node did not finish within its time; {ms} ms had passed"))
    }

    fn place(&self, key: Key) -> Place {
        Place { key, part: self.part }
    }

    /// The execution that it has started.
    fn child(&self, parent: ExecutionId, step: &StepId) -> Option<ExecutionId> {
        match (self.phase, &self.ask) {
            (Phase::Calling, Ask::Child(_)) => Some(ExecutionId::of_child(parent, step, self.attempt, self.started_at)),
            _ => None,
        }
    }

    fn effect(&self, execution: ExecutionId, step: &StepId, deadline: Timestamp, stored_bytes: u64) -> EffectKind {
        match (self.phase, &self.ask) {
            (Phase::BackingOff { until } | Phase::Resting { until }, _) => {
                EffectKind::Wait { until: Some(until), reason: Reason::BackOff, expects: None }
            }
            (_, Ask::Call { settings, timeout_ms, .. }) => {
                EffectKind::Call { settings: settings.clone(), inputs: self.inputs.clone(), timeout_ms: *timeout_ms, stored_bytes }
            }
            (_, Ask::Wait { until, reason, expects }) => EffectKind::Wait { until: *until, reason: *reason, expects: expects.clone() },
            (_, Ask::Child(errand)) => {
                let Errand { workflow, version, input, waits, within } = errand.clone();
                let own = within.map(|within| self.started_at.saturating_add(within).unwrap_or(Timestamp::MAX));
                // What nobody waits for may outlive whoever started it.
                let around = waits.then(|| self.due.map_or(deadline, |due| due.min(deadline)));
                let until = [own, around].into_iter().flatten().min();
                let id = ExecutionId::of_child(execution, step, self.attempt, self.started_at);
                EffectKind::Child(Box::new(Child { id, workflow, version, input, waits, until }))
            }
        }
    }
}

impl Ask {
    /// The same, cut to what the node may take in all.
    fn within(self, within: Option<SignedDuration>, due: Option<Timestamp>) -> Self {
        let (Some(within), Some(due)) = (within, due) else { return self };
        let most = u64::try_from(within.as_millis()).unwrap_or(u64::MAX).max(1);
        match self {
            Self::Call { connector, settings, timeout_ms } => Self::Call { connector, settings, timeout_ms: timeout_ms.min(most) },
            Self::Wait { until, reason, expects } => Self::Wait { until: Some(until.map_or(due, |until| until.min(due))), reason, expects },
            // Its time is bounded where it is handed out, anew for each attempt.
            Self::Child(errand) => Self::Child(errand),
        }
    }
}

/// What the journal says of a child.
fn shown(errand: &Errand, id: Option<ExecutionId>) -> Value {
    let Errand { workflow, version, input, waits, .. } = errand;
    let version = version.map(|version| ("version", Value::from(version.0)));
    let id = id.map(|id| ("execution_id", Value::from(id.to_string())));
    let members = [("input", input.clone()), ("wait", Value::Bool(*waits)), ("workflow", Value::String(workflow.clone()))];
    Map::from_pairs(members.into_iter().chain(version).chain(id)).into()
}

/// What a flight has for a task that never goes on: the whole node is run again instead.
struct Rested;

impl Task for Rested {
    fn resume(self: Box<Self>, _event: Event, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        Err(Fault::new("internal", "a node that rested went on instead of being run again"))
    }
}

/// How the journal tells a failure that may pass from a final one: `{"retry_after_ms": n or null}`.
fn retry_answer(after_ms: Option<u64>) -> Value {
    Map::from_pairs([(RETRY_AFTER_MS, after_ms.map_or(Value::Null, |ms| Value::Number(ms as f64)))]).into()
}

pub(super) const RETRY_AFTER_MS: &str = "retry_after_ms";
