//! Going on from a journal: what is computed again must agree with it, and answers come out of it.

use std::collections::VecDeque;

use thaiyyal_model::{Failure, Record, RecordKind, Seq, StepStatus, Value};

use super::Machine;
use super::entry::Entry;
use super::flight::{Phase, RETRY_AFTER_MS};
use super::run::Turn;
use super::types::{Answer, ResumeError};
use crate::plan::Plan;

/// The part of the journal that has not been passed again.
#[derive(Debug, Default)]
pub(super) struct History {
    records: VecDeque<Record>,
    divergence: Option<String>,
}

impl History {
    /// Takes all records of an execution, from the first.
    pub(super) fn new(journal: Vec<Record>, plan: &Plan) -> Result<Self, ResumeError> {
        for (record, expected) in journal.iter().zip(1..) {
            if record.seq != Seq(expected) {
                return Err(ResumeError::Gap { expected, found: record.seq.0 });
            }
            if plan.slot(&record.step.node_id).is_none() {
                return Err(ResumeError::UnknownNode(record.step.node_id.clone()));
            }
        }
        Ok(Self { records: journal.into(), divergence: None })
    }

    pub(super) fn is_over(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// An entry that was made again: it must be what the journal has next.
    pub(super) fn pass(&mut self, entry: &Entry, plan: &Plan) {
        let Some(record) = self.records.pop_front() else { return };
        if !entry.agrees_with(&record, plan) {
            let node = &plan.node(entry.slot).id;
            self.diverge(format!("record {} is of step {}, but the replay came to node {node}", record.seq, record.step));
        }
    }

    /// The execution ends here, whatever it came to before.
    pub(super) fn forget(&mut self) {
        self.records.clear();
    }

    pub(super) fn diverge(&mut self, why: String) {
        self.records.clear();
        self.divergence.get_or_insert(why);
    }

    /// The failure of an execution whose journal cannot be replayed: a fault of ours.
    pub(super) fn take_divergence(&mut self) -> Option<Failure> {
        let why = self.divergence.take()?;
        Some(Failure::new("internal", format!("the journal does not fit the definition: {why}")))
    }
}

impl Machine {
    /// What the journal says a node gave that is about to run.
    pub(super) fn recorded_output(&self, plan: &Plan, turn: &Turn) -> Option<Value> {
        let record = self.history.records.front()?;
        let step = &record.step;
        let is_own = step.node_id == plan.node(turn.key.slot).id
            && step.iteration == self.frames[turn.key.frame as usize].iteration(None)
            && record.attempt == turn.attempt;
        match &record.kind {
            RecordKind::Ended { status: StepStatus::Succeeded, output, .. } if is_own => output.clone(),
            _ => None,
        }
    }

    /// Nothing is left to compute, so the next record tells the answer that came next.
    pub(super) fn replay_answer(&mut self, plan: &Plan) {
        let Some(record) = self.history.records.front() else { return };
        if let RecordKind::Ended { status: StepStatus::Cancelled, .. } = record.kind {
            // It was being stopped when the journal was written, and will be again.
            self.history.records.clear();
            return;
        }
        let flight = self.find(plan, &record.step).and_then(|place| self.flights.get(&place));
        let Some(answer) = flight.and_then(|flight| answer_in(record, flight.phase())) else {
            let why = format!("record {} of step {} answers nothing", record.seq, record.step);
            return self.history.diverge(why);
        };
        let (step, at, before) = (record.step.clone(), record.at, self.history.len());
        self.take_in(plan, &step, answer, at);
        if self.history.len() == before && self.current.is_none() {
            self.history.diverge(format!("the answer to step {step} had no effect"));
        }
    }
}

/// The answer that made a step in this phase write this record.
fn answer_in(record: &Record, phase: Phase) -> Option<Answer> {
    match (&record.kind, phase) {
        (RecordKind::Started { .. }, Phase::BackingOff { .. } | Phase::Resting { .. }) => Some(Answer::Woken),
        (_, Phase::Resting { .. }) => None,

        (RecordKind::Ended { status: StepStatus::Succeeded, output, answer, .. }, Phase::Calling) => {
            answer.clone().or_else(|| output.clone()).map(Answer::Done)
        }
        (RecordKind::Ended { status: StepStatus::Succeeded, answer, .. }, Phase::Waiting) => {
            Some(answer.clone().map_or(Answer::Woken, Answer::Done))
        }
        (RecordKind::Ended { status: StepStatus::Failed, error: Some(error), answer, .. }, _) => {
            Some(failed_answer(error, answer.as_ref()))
        }
        _ => None,
    }
}

fn failed_answer(error: &Failure, answer: Option<&Value>) -> Answer {
    match answer {
        None => Answer::Failed(error.clone()),
        Some(answer) => match answer.as_map().filter(|map| map.len() == 1).and_then(|map| map.get(RETRY_AFTER_MS)) {
            Some(after_ms) => Answer::Retry { after_ms: after_ms.as_f64().map(|ms| ms as u64), failure: error.clone() },
            None => Answer::Failed(error.clone()),
        },
    }
}
