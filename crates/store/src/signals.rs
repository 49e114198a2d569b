//! What comes from outside for an execution and is not in its journal yet.
//!
//! A signal takes three steps, each in a transaction of its own: it is *posted* (a row is inserted, [`Signals::post_signal`]), *delivered*
//! ([`Dispatch::deliver`]: an execution that waits is queued, one that runs is made to look), and *taken* (the worker that fed it to the
//! execution deletes it together with the record that tells of it, [`Append::taken`]). So it is taken exactly once, whatever crashes; and
//! since posting touches nothing but the new row, it may stand in any transaction without a lock that others wait for.
//!
//! [`Signals::post_signal`]: crate::tenant::Signals::post_signal
//! [`Dispatch::deliver`]: crate::Dispatch::deliver
//! [`Append::taken`]: crate::dispatch::Append::taken

use thaiyyal_model::{ExecutionId, ExecutionStatus, Hint, SignalSeq, TenantId};

/// A signal that waits to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Its place in the order of arrival.
    pub seq: SignalSeq,
    /// What waits are matched by.
    pub name: String,
    /// JSON text.
    pub payload: Vec<u8>,
}

/// What lies there for an execution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inbox {
    /// How often the execution had been told of signals when this was read; what a [`Suspend`](crate::dispatch::Suspend) names.
    pub seen: i64,
    /// All that were delivered and not taken, in the order of arrival.
    pub signals: Vec<Signal>,
}

/// A signal to post.
#[derive(Debug, Clone)]
pub struct NewSignal {
    /// For whom.
    pub execution: ExecutionId,
    /// What waits are matched by.
    pub name: String,
    /// JSON text.
    pub payload: Vec<u8>,
    /// How many signals may lie there for one execution, this one included. Those of children (`child:…`) do not count: they were asked for.
    pub most_pending: u32,
}

/// What became of a signal that was to be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// It is there once the transaction has committed, and has to be delivered then.
    Yes,
    /// The execution has ended, so.
    Ended(ExecutionStatus),
    /// As many as may lie there do.
    Full,
    /// No such execution.
    Missing,
}

/// What a delivery did.
#[derive(Debug, Clone, Default)]
pub struct Delivered {
    /// Hints of the executions that were queued; they are in the outbox too.
    pub hints: Vec<Hint>,
    /// Those executions.
    pub woken: Vec<(TenantId, ExecutionId)>,
    /// Executions that do not wait: whoever runs one should look into its inbox.
    pub running: Vec<(TenantId, ExecutionId)>,
    /// How many signals were delivered; as many as asked for when there may be more.
    pub signals: u32,
}

/// The name of the signal by which an execution that waits for another one learns of its end.
#[must_use]
pub fn end_of(child: ExecutionId) -> String {
    format!("child:{child}")
}
