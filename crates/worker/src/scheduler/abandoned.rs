use std::sync::Arc;

use thaiyyal_ephemeral::Live;
use thaiyyal_store::Error;
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Stops executions that others started and nobody waits for any more. What they started themselves follows when they have ended.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let stopped = metrics::counter!("thaiyyal_worker_abandoned_stopped_total");
    repeat("abandoned", millis(deps.settings.abandoned_ms), &stop, || turn(&deps, &stopped)).await;
}

async fn turn(deps: &SchedulerDeps, counter: &metrics::Counter) -> Result<Again, Error> {
    let stopped = deps.storage.dispatch.stop_abandoned(deps.settings.batch).await?;
    let queued: usize = stopped.hints.iter().map(|hint| hint.executions.len()).sum();
    let count = queued + stopped.running.len();
    counter.increment(count as u64);
    deps.publisher.publish(stopped.hints);
    if !stopped.running.is_empty() {
        let hints: Vec<_> = stopped.running.into_iter().map(|(tenant, execution)| Live::Cancel { tenant, execution }).collect();
        deps.ephemeral.publish(&hints).await;
    }
    Ok(if count >= deps.settings.batch as usize { Again::Now } else { Again::Later })
}
