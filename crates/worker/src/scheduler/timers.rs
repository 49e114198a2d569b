use std::sync::Arc;

use thaiyyal_store::Error;
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Queues executions whose time has come. Many that are due at once are queued batch by batch, without a pause.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let woken = metrics::counter!("thaiyyal_worker_timers_fired_total");
    repeat("timers", millis(deps.settings.timers_ms), &stop, || turn(&deps, &woken)).await;
}

async fn turn(deps: &SchedulerDeps, woken: &metrics::Counter) -> Result<Again, Error> {
    let hints = deps.storage.dispatch.wake_due(deps.settings.batch).await?;
    let count: usize = hints.iter().map(|hint| hint.executions.len()).sum();
    woken.increment(count as u64);
    deps.publisher.publish(hints);
    // Timers of executions that no longer wait are dropped without a hint, so a batch may be full without showing it; half a batch is
    // reason enough to look again.
    Ok(if count * 2 >= deps.settings.batch as usize { Again::Now } else { Again::Later })
}
