use std::time::Duration;

use async_trait::async_trait;
use thaiyyal_model::{ExecutionId, Failure, NodeDescription, StepId, TenantScope, Value};
use thaiyyal_objects::Shelf;
use tokio_util::sync::CancellationToken;

/// Code that performs one kind of effect.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What there is to say about its node type.
    fn description(&self) -> NodeDescription;

    /// Performs one call and says what should happen next. It must keep to `call.timeout` and end soon after `call.cancelled`; it may
    /// be called again for the same step, with the same idempotency key, when nobody knows whether an earlier call took effect.
    async fn call(&self, call: Call) -> Outcome;
}

/// Code that performs what nodes of the engine's own types need of the world; it has no node type of its own.
#[async_trait]
pub trait Service: Send + Sync {
    /// As [`Connector::call`].
    async fn call(&self, call: Call) -> Outcome;
}

/// What to do, for whom.
#[derive(Debug, Clone)]
pub struct Call {
    /// On whose behalf.
    pub scope: TenantScope,
    /// For which execution.
    pub execution: ExecutionId,
    /// For which step of it.
    pub step: StepId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The node's settings, templates filled in.
    pub settings: Value,
    /// The node's inputs in the order of the definition's edges.
    pub inputs: Vec<Value>,
    /// The same for every attempt and repetition of this step, different for every other one.
    pub idempotency_key: String,
    /// How long it may take.
    pub timeout: Duration,
    /// Where an answer may go that is too large for memory; none where there is no object store.
    pub room: Option<Room>,
    /// Nobody waits for the answer any more.
    pub cancelled: CancellationToken,
}

/// Room for a large answer.
#[derive(Debug, Clone)]
pub struct Room {
    /// The objects of the execution.
    pub shelf: Shelf,
    /// How many bytes may be put there.
    pub bytes: u64,
}

/// What should happen after a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// This is the node's output.
    Done(Value),
    /// It may work later: try again if the node's settings allow it.
    Retry {
        /// How long the other side asked to wait.
        after: Option<Duration>,
        /// Why it failed.
        failure: Failure,
    },
    /// Trying again would not help.
    Fail(Failure),
}
