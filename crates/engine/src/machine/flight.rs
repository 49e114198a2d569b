//! Effects under way: handing them out, and what their answers do.

use std::sync::Arc;

use jiff::Timestamp;
use thaiyyal_model::{Failure, Map, Reason, StepId, Value};

use super::Machine;
use super::entry::{Entry, EntryKind};
use super::frame::Key;
use super::run::{Past, Turn};
use super::types::{Answer, Effect, EffectKind};
use crate::fault::Fault;
use crate::node::{Ask, Event, Task};
use crate::plan::Plan;

/// A node that waits for the world.
pub(super) struct Flight {
    ask: Ask,
    phase: Phase,
    /// Its number, when the node asks for several things.
    part: Option<u32>,
    attempt: u32,
    started_at: Timestamp,
    inputs: Vec<Value>,
    task: Box<dyn Task>,
    is_handed_out: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// A call is being made.
    Calling,
    /// It waits between two attempts of a call.
    BackingOff { until: Timestamp },
    /// The node itself waits.
    Waiting,
}

impl Machine {
    /// A node asks the world for something.
    pub(super) fn ask(&mut self, key: Key, part: Option<u32>, ask: Ask, then: (Box<dyn Task>, Vec<Value>)) -> Result<(), Fault> {
        let (task, inputs) = then;
        let phase = match &ask {
            Ask::Call { .. } => Phase::Calling,
            Ask::Wait { .. } => Phase::Waiting,
        };
        if phase == Phase::Calling {
            if self.limits.max_calls.is_some_and(|most| self.calls >= most) {
                let message = format!("an execution may make {} calls", self.calls);
                return Err(Fault::limit("max_calls", message));
            }
            self.calls += 1;
        }
        let flight = Flight { ask, phase, part, attempt: 1, started_at: self.now, inputs, task, is_handed_out: false };
        self.take_off(key, flight);
        Ok(())
    }

    fn take_off(&mut self, key: Key, flight: Flight) {
        let kind = match (&flight.phase, &flight.ask) {
            (Phase::BackingOff { until }, _) => EntryKind::Waiting { reason: Reason::BackOff, until: Some(*until) },
            (_, Ask::Call { settings, .. }) => EntryKind::Started(settings.clone()),
            (_, Ask::Wait { until, reason }) => EntryKind::Waiting { reason: *reason, until: *until },
        };
        self.emit_entry(Entry { at: self.now, key, part: flight.part, attempt: flight.attempt, kind });
        self.flights.insert(key, flight);
        self.outgoing.push(key);
    }

    /// The effects that were not handed out before.
    pub(super) fn hand_out(&mut self, plan: &Plan) -> Vec<Effect> {
        let mut effects = Vec::new();
        for key in std::mem::take(&mut self.outgoing) {
            let Some(flight) = self.flights.get_mut(&key).filter(|flight| !flight.is_handed_out) else { continue };
            flight.is_handed_out = true;
            let node = plan.node(key.slot);
            effects.push(Effect {
                step: StepId { node_id: node.id.clone(), iteration: self.frames[key.frame as usize].iteration(flight.part) },
                node_type: node.node_type.clone(),
                attempt: flight.attempt,
                kind: flight.effect(),
            });
        }
        effects
    }

    /// Lets an answer have its effect.
    pub(super) fn take_in(&mut self, plan: &Plan, step: &StepId, answer: Answer, at: Timestamp) {
        let Some((key, flight)) = self.find(plan, step).and_then(|key| self.flights.remove_entry(&key)) else { return };
        let answer = self.bounded(answer);
        if !flight.understands(&answer) {
            self.flights.insert(key, flight);
            return;
        }
        self.now = self.now.max(at);
        match (flight.phase, answer) {
            (Phase::BackingOff { .. }, Answer::Woken) => {
                self.take_off(key, Flight { phase: Phase::Calling, started_at: self.now, is_handed_out: false, ..flight });
            }
            (Phase::Calling, Answer::Retry { after_ms, failure }) => self.back_off(key, flight, after_ms, failure),
            (_, Answer::Failed(failure) | Answer::Retry { failure, .. }) => {
                self.give_up(plan, key, flight, failure);
            }
            (_, Answer::Done(value)) => self.go_on(plan, key, flight, Event::Answer(value)),
            (_, Answer::Woken) => self.go_on(plan, key, flight, Event::Woken),
        }
    }

    /// The flight of a step.
    pub(super) fn find(&self, plan: &Plan, step: &StepId) -> Option<Key> {
        let slot = plan.slot(&step.node_id)?;
        (0_u32..).zip(&self.frames).map(|(frame, _)| Key { frame, slot }).find(|key| {
            let iteration = |flight: &Flight| self.frames[key.frame as usize].iteration(flight.part);
            self.flights.get(key).is_some_and(|flight| iteration(flight) == step.iteration)
        })
    }

    /// A result that no node could have is a failure of the call.
    fn bounded(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Done(value) => match self.check_value(&value) {
                Ok(()) => Answer::Done(value),
                Err(fault) => Answer::Failed(fault.into_failure()),
            },
            other => other,
        }
    }

    fn back_off(&mut self, key: Key, flight: Flight, after_ms: Option<u64>, failure: Failure) {
        let plan = &Arc::clone(&self.plan);
        let retry = plan.node(key.slot).retry;
        if flight.attempt >= retry.max_attempts {
            return self.give_up(plan, key, flight, failure);
        }
        let error = Box::new(self.locate(plan, key, failure));
        let kind = EntryKind::Failed { started_at: flight.started_at, error, answer: Some(retry_answer(after_ms)) };
        self.emit_entry(flight.entry(key, self.now, kind));
        let until = self.now.saturating_add(retry.delay(flight.attempt, after_ms)).unwrap_or(Timestamp::MAX).min(self.deadline);
        let phase = Phase::BackingOff { until };
        self.take_off(key, Flight { phase, attempt: flight.attempt + 1, started_at: until, is_handed_out: false, ..flight });
    }

    /// The effect failed for good, and with it the node.
    fn give_up(&mut self, plan: &Plan, key: Key, flight: Flight, failure: Failure) {
        if flight.part.is_some() {
            let error = Box::new(self.locate(plan, key, failure.clone()));
            self.emit_entry(flight.entry(key, self.now, EntryKind::Failed { started_at: flight.started_at, error, answer: None }));
        }
        let turn = flight.turn(key, None).0;
        self.landed(plan, turn, Err(failure.into()));
    }

    fn go_on(&mut self, plan: &Plan, key: Key, flight: Flight, event: Event) {
        let answer = match &event {
            Event::Answer(value) => Some(value.clone()),
            Event::Woken | Event::Fuel => None,
        };
        if flight.part.is_some() {
            let output = answer.clone().unwrap_or_default();
            let told = answer.clone().filter(|_| flight.phase == Phase::Waiting);
            self.emit_entry(flight.entry(key, self.now, EntryKind::Succeeded { started_at: flight.started_at, output, answer: told }));
        }
        let (turn, task) = flight.turn(key, answer);
        self.resume_task(plan, turn, task, event);
    }

    /// Ends what is under way behind `slot` of the frame (everything, for `None`).
    pub(super) fn cancel_flights_after(&mut self, failed: Option<Key>) {
        let behind = |key: &Key| failed.is_none_or(|failed| key.frame == failed.frame && key.slot > failed.slot);
        let keys: Vec<Key> = self.flights.keys().copied().filter(behind).collect();
        for key in keys {
            if let Some(flight) = self.flights.remove(&key) {
                let started_at = flight.started_at.min(self.now);
                self.emit_entry(flight.entry(key, self.now, EntryKind::Cancelled { started_at }));
                self.frames[key.frame as usize].open -= 1;
            }
        }
    }
}

impl Flight {
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// The node at work again, after this answer.
    fn turn(self, key: Key, answer: Option<Value>) -> (Turn, Box<dyn Task>) {
        let is_call = self.phase == Phase::Calling;
        let past = Past { attempt: self.attempt, started_at: self.started_at, answer, is_call };
        // The end of a part is in the journal already; the node's own step knows nothing of it.
        (Turn { key, inputs: self.inputs, past: self.part.is_none().then_some(past) }, self.task)
    }

    fn entry(&self, key: Key, at: Timestamp, kind: EntryKind) -> Entry {
        Entry { at, key, part: self.part, attempt: self.attempt, kind }
    }

    /// Whether the answer can be one to what was asked; a wake-up for a call, say, is a timer that came late.
    fn understands(&self, answer: &Answer) -> bool {
        match (self.phase, answer) {
            (Phase::Calling, Answer::Woken) => false,
            (Phase::BackingOff { .. }, Answer::Done(_) | Answer::Retry { .. }) => false,
            (Phase::Calling | Phase::Waiting, _) | (Phase::BackingOff { .. }, Answer::Woken | Answer::Failed(_)) => true,
        }
    }

    fn effect(&self) -> EffectKind {
        match (self.phase, &self.ask) {
            (Phase::BackingOff { until }, _) => EffectKind::Wait { until: Some(until), reason: Reason::BackOff },
            (_, Ask::Call { settings, timeout_ms }) => {
                EffectKind::Call { settings: settings.clone(), inputs: self.inputs.clone(), timeout_ms: *timeout_ms }
            }
            (_, Ask::Wait { until, reason }) => EffectKind::Wait { until: *until, reason: *reason },
        }
    }
}

/// How the journal tells a failure that may pass from a final one: `{"retry_after_ms": n or null}`.
fn retry_answer(after_ms: Option<u64>) -> Value {
    Map::from_pairs([(RETRY_AFTER_MS, after_ms.map_or(Value::Null, |ms| Value::Number(ms as f64)))]).into()
}

pub(super) const RETRY_AFTER_MS: &str = "retry_after_ms";
