//! One call of a connector.

use std::time::Duration;

use futures_util::future::BoxFuture;
use thaiyyal_connectors::{Call, Connectors, Outcome, Room};
use thaiyyal_engine::{Answer, Effect, EffectKind};
use thaiyyal_model::{ExecutionId, Failure, StepId, TenantScope};
use thaiyyal_objects::Shelf;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::idempotency;

/// How much longer than its time-out a connector may take to say so itself.
const GRACE: Duration = Duration::from_secs(1);

/// For which execution calls are made.
pub struct Caller {
    /// On whose behalf.
    pub scope: TenantScope,
    /// The execution.
    pub execution: ExecutionId,
    /// Its objects, where there is a store for them.
    pub shelf: Option<Shelf>,
}

/// The call an effect asks for, under the key that every repetition of it has; none for an effect that asks for no call. Its answer comes
/// within the effect's time-out and a second, even when the connector does not keep to it.
#[must_use]
pub fn call(
    connectors: &Connectors,
    caller: &Caller,
    effect: Effect,
    cancelled: &CancellationToken,
) -> Option<BoxFuture<'static, (StepId, Answer)>> {
    let EffectKind::Call { settings, inputs, timeout_ms, stored_bytes } = effect.kind else { return None };
    let timeout = Duration::from_millis(timeout_ms);
    let span = tracing::debug_span!("worker.call", node.id = %effect.step, node.r#type = %effect.node_type, step.attempt = effect.attempt);
    let call = Call {
        scope: caller.scope,
        execution: caller.execution,
        idempotency_key: idempotency::key(caller.execution, &effect.identity),
        step: effect.step.clone(),
        attempt: effect.attempt,
        settings,
        inputs,
        timeout,
        room: caller.shelf.clone().map(|shelf| Room { shelf, bytes: stored_bytes }),
        cancelled: cancelled.clone(),
    };
    let connectors = connectors.clone();
    let answered = async move {
        let outcome = tokio::time::timeout(timeout.saturating_add(GRACE), connectors.call(&effect.node_type, call)).await;
        (effect.step, outcome.map_or_else(|_| overdue(timeout_ms), answer))
    };
    Some(Box::pin(answered.instrument(span)))
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Done(value) => Answer::Done(value),
        Outcome::Retry { after, failure } => {
            Answer::Retry { after_ms: after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)), failure }
        }
        Outcome::Fail(failure) => Answer::Failed(failure),
    }
}

fn overdue(timeout_ms: u64) -> Answer {
    Answer::Retry { after_ms: None, failure: Failure::new("timeout", format!("the node did not finish within {timeout_ms} ms")) }
}
