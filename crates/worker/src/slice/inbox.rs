//! Signals on their way from the store to the machine.

use std::collections::{HashMap, VecDeque};

use thaiyyal_engine::{Answer, Machine};
use thaiyyal_model::{Failure, Record, RecordKind, SignalSeq, StepId, StepStatus, Timestamp, Value};
use thaiyyal_store::signals::{Inbox, Signal};

use super::{Slice, Wait, family};
use crate::backoff::Backoff;

/// What came for an execution, and which step was given what.
///
/// A signal that was given to a step is taken once the record of the step's end is written: the same write deletes it. A step that was
/// cancelled in the same moment did not take it, so another may.
#[derive(Default)]
pub(crate) struct Mail {
    seen: i64,
    /// In the order of arrival.
    pending: VecDeque<Signal>,
    given: HashMap<StepId, Signal>,
    taken: Vec<SignalSeq>,
}

impl Mail {
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self { seen: inbox.seen, pending: inbox.signals.into(), ..Self::default() }
    }

    /// Up to which count of signals the store was asked.
    pub(crate) fn seen(&self) -> i64 {
        self.seen
    }

    /// Adds what is new in an inbox that was read again.
    fn refresh(&mut self, inbox: Inbox) {
        self.seen = inbox.seen;
        for signal in inbox.signals {
            let is_known = self.pending.iter().chain(self.given.values()).any(|known| known.seq == signal.seq);
            if !is_known {
                self.put_back(signal);
            }
        }
    }

    /// Whether a signal of this name is here that nobody was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.pending.iter().any(|signal| signal.name == name)
    }

    fn put_back(&mut self, signal: Signal) {
        let place = self.pending.partition_point(|other| other.seq < signal.seq);
        self.pending.insert(place, signal);
    }

    /// Gives each signal to the first of the waits that expect one of its name; whether any was given. Those waits are over.
    fn give(&mut self, waits: &mut Vec<Wait>, machine: &mut Machine, now: Timestamp) -> bool {
        if self.pending.is_empty() {
            return false;
        }
        let before = self.pending.len();
        for signal in std::mem::take(&mut self.pending) {
            let expecting = waits.iter().position(|wait| wait.signal.as_deref() == Some(signal.name.as_str()));
            match expecting {
                None => self.pending.push_back(signal),
                Some(place) => {
                    let wait = waits.remove(place);
                    let answer = wait.child.map_or_else(|| answer(&signal), |child| family::answer(&signal, child, wait.until, now));
                    machine.complete(&wait.step, answer, now);
                    self.given.insert(wait.step, signal);
                }
            }
        }
        self.pending.len() < before
    }

    /// A step is not interested any more.
    pub(super) fn forget(&mut self, step: &StepId) {
        if let Some(signal) = self.given.remove(step) {
            self.put_back(signal);
        }
    }

    /// Looks for the ends of steps that were given signals among records that are about to be written.
    pub(super) fn note(&mut self, records: &[Record]) {
        if self.given.is_empty() {
            return;
        }
        for record in records {
            let RecordKind::Ended { status, .. } = &record.kind else { continue };
            match self.given.remove(&record.step) {
                Some(signal) if *status == StepStatus::Cancelled => self.put_back(signal),
                Some(signal) => self.taken.push(signal.seq),
                None => {}
            }
        }
    }

    /// Whether a step was given a signal that is still in the store.
    pub(super) fn is_owed(&self) -> bool {
        !self.given.is_empty()
    }

    /// The signals that the records noted last tell of.
    pub(super) fn taken(&mut self) -> Vec<SignalSeq> {
        std::mem::take(&mut self.taken)
    }
}

fn answer(signal: &Signal) -> Answer {
    match Value::from_json_lossless(&signal.payload) {
        Ok(payload) => Answer::Done(payload),
        Err(error) => Answer::Failed(Failure::new("internal", format!("the payload of signal {} cannot be read: {error}", signal.name))),
    }
}

impl Slice {
    /// Gives what came to the waits that expect it; whether the machine was told anything.
    pub(super) fn give_signals(&mut self, now: Timestamp) -> bool {
        self.begun.mail.give(&mut self.waits, &mut self.begun.machine, now)
    }

    /// Whether a signal would end a wait.
    pub(super) fn is_listening(&self) -> bool {
        self.waits.iter().any(|wait| wait.signal.is_some())
    }

    /// Reads the inbox again, for as long as the lease is trusted.
    pub(super) async fn look_into_inbox(&mut self) {
        let mut backoff = Backoff::for_outage();
        while !self.is_lost() {
            match self.core.dispatch.inboxes(&[self.begun.ticket.lease]).await {
                Ok(inboxes) => return inboxes.into_iter().for_each(|inbox| self.begun.mail.refresh(inbox)),
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "Could not read signals, trying again");
                    tokio::time::sleep(backoff.next()).await;
                }
            }
        }
    }
}
