//! The journal of an execution: its records, and the bytes in which segments of it are stored.

mod codec;

#[cfg(test)]
mod tests;

pub use codec::{DecodeError, Decoded, decode, decode_value, encode, encode_value, has_kept};

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Failure, Reason, Seq, StepStatus, Str, Timestamp, Value};

/// Which repetition of a node: one number for every construct around it that repeats, outermost first; empty outside of any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Iteration(pub Vec<u32>);

/// One node's part in an execution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId {
    /// The node's id in the definition.
    pub node_id: Str,
    /// Which repetition of it.
    #[serde(default, skip_serializing_if = "Iteration::is_empty")]
    pub iteration: Iteration,
}

impl Iteration {
    /// Whether the step stands outside everything that repeats.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `node`, or `node[2.0]` inside something that repeats.
impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.node_id)?;
        for (depth, number) in self.iteration.0.iter().enumerate() {
            write!(f, "{}{number}", if depth == 0 { "[" } else { "." })?;
        }
        f.write_str(if self.iteration.is_empty() { "" } else { "]" })
    }
}

/// One entry of the journal: what happened to a step, in the order the machine saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its position, from 1; also the id of the event that tells clients about it.
    pub seq: Seq,
    /// When it happened, by the clock of the worker that wrote it.
    pub at: Timestamp,
    /// The step concerned.
    #[serde(flatten)]
    pub step: StepId,
    /// The type of its node.
    #[serde(rename = "type")]
    pub node_type: Str,
    /// Which attempt of the step, from 1.
    pub attempt: u32,
    /// What happened.
    #[serde(flatten)]
    pub kind: RecordKind,
}

/// What happened to a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordKind {
    /// Its effect was handed out. Written before the effect begins; the same input is sent again if it has to be repeated.
    Started {
        /// What the connector was asked, secrets excluded.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        input: Option<Value>,
    },
    /// It waits.
    Waiting {
        /// For what.
        reason: Reason,
        /// Until when, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// The name of the signal that ends it, if one does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<Str>,
    },
    /// It came to an end, with what it gave.
    Ended {
        /// One of succeeded, failed, skipped, cancelled.
        status: StepStatus,
        /// When this attempt began.
        started_at: Timestamp,
        /// Its output, when it succeeded.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        output: Option<Value>,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Failure>,
        /// What the world answered last, for a step with an effect: fed back when the execution is resumed. Absent when it equals `output`;
        /// of an attempt that failed it says what to do (see the engine).
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        answer: Option<Value>,
    },
}

/// A field that is there has a value, be it null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
