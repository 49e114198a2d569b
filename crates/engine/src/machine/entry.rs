use jiff::Timestamp;
use thaiyyal_model::{Failure, Iteration, Reason, Record, RecordKind, Seq, StepId, StepStatus, Str, Value};

use crate::plan::Plan;

/// A record before it is written out: the node is a number, and what most records have in common is left out.
pub(super) struct Entry {
    pub(super) at: Timestamp,
    pub(super) slot: u32,
    pub(super) iteration: Iteration,
    pub(super) attempt: u32,
    pub(super) kind: EntryKind,
}

pub(super) enum EntryKind {
    /// A node that asked for nothing gave its value.
    Computed(Value),
    Skipped,
    /// Its effect begins; without an input, the node is run again from its beginning.
    Started(Option<Value>),
    Waiting {
        reason: Reason,
        until: Option<Timestamp>,
        signal: Option<Str>,
    },
    Succeeded {
        started_at: Timestamp,
        output: Value,
        answer: Option<Value>,
    },
    Failed {
        started_at: Timestamp,
        error: Box<Failure>,
        answer: Option<Value>,
    },
    Cancelled {
        started_at: Timestamp,
    },
}

impl Entry {
    /// Whether a record tells the same, as far as a replay must agree.
    pub(super) fn agrees_with(&self, record: &Record, plan: &Plan) -> bool {
        plan.node(self.slot).id == record.step.node_id
            && self.iteration == record.step.iteration
            && self.attempt == record.attempt
            && match (&self.kind, &record.kind) {
                (EntryKind::Started(_), RecordKind::Started { .. }) => true,
                (EntryKind::Waiting { .. }, RecordKind::Waiting { .. }) => true,
                (kind, RecordKind::Ended { status, .. }) => kind.status() == Some(*status),
                (_, RecordKind::Started { .. } | RecordKind::Waiting { .. }) => false,
            }
    }

    pub(super) fn into_record(self, seq: Seq, plan: &Plan) -> Record {
        let node = plan.node(self.slot);
        Record {
            seq,
            at: self.at,
            step: StepId { node_id: node.id.clone(), iteration: self.iteration },
            node_type: node.node_type.clone(),
            attempt: self.attempt,
            kind: self.kind.into_record_kind(self.at),
        }
    }
}

impl EntryKind {
    /// The status of a step that has come to an end.
    fn status(&self) -> Option<StepStatus> {
        match self {
            Self::Computed(_) | Self::Succeeded { .. } => Some(StepStatus::Succeeded),
            Self::Skipped => Some(StepStatus::Skipped),
            Self::Failed { .. } => Some(StepStatus::Failed),
            Self::Cancelled { .. } => Some(StepStatus::Cancelled),
            Self::Started(_) | Self::Waiting { .. } => None,
        }
    }

    fn into_record_kind(self, at: Timestamp) -> RecordKind {
        let ended = |status, started_at| RecordKind::Ended { status, started_at, output: None, error: None, answer: None };
        match self {
            Self::Started(input) => RecordKind::Started { input },
            Self::Waiting { reason, until, signal } => RecordKind::Waiting { reason, until, signal },
            Self::Computed(output) => {
                RecordKind::Ended { status: StepStatus::Succeeded, started_at: at, output: Some(output), error: None, answer: None }
            }
            Self::Succeeded { started_at, output, answer } => {
                RecordKind::Ended { status: StepStatus::Succeeded, started_at, output: Some(output), error: None, answer }
            }
            Self::Failed { started_at, error, answer } => {
                RecordKind::Ended { status: StepStatus::Failed, started_at, output: None, error: Some(*error), answer }
            }
            Self::Skipped => ended(StepStatus::Skipped, at),
            Self::Cancelled { started_at } => ended(StepStatus::Cancelled, started_at),
        }
    }
}
