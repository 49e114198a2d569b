use std::sync::Arc;

use thaiyyal_store::Error;
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Publishes hints whose recorder did not get to it: it crashed between commit and publish, or the broker was away.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let relayed = metrics::counter!("thaiyyal_worker_hints_relayed_total");
    repeat("relay", millis(deps.settings.relay_ms), &stop, || turn(&deps, &relayed)).await;
}

async fn turn(deps: &SchedulerDeps, relayed: &metrics::Counter) -> Result<Again, Failed> {
    let hints = deps.storage.dispatch.unpublished(millis(deps.settings.relay_after_ms), deps.settings.batch).await?;
    if hints.is_empty() {
        return Ok(Again::Later);
    }
    let outcomes = deps.queue.publish(&hints).await;
    let mut published = Vec::with_capacity(hints.len());
    let mut failure = None;
    for (hint, outcome) in hints.iter().zip(outcomes) {
        match outcome {
            Ok(()) => published.extend(hint.outbox),
            Err(error) => failure = Some(error),
        }
    }
    relayed.increment(published.len() as u64);
    deps.storage.dispatch.confirm(&published).await?;
    match failure {
        // They stay in the outbox and are seen again.
        Some(error) => Err(error.into()),
        None if hints.len() >= deps.settings.batch as usize => Ok(Again::Now),
        None => Ok(Again::Later),
    }
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] Error),
    #[error(transparent)]
    Queue(#[from] thaiyyal_queue::Error),
}
