use std::sync::Arc;

use thaiyyal_store::Error;
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Repeats hints of executions that nobody claimed (what was never hinted is none of its business, see `windows`). This alone heals a broker that lost everything.
///
/// While the broker still holds messages, what nobody claimed is most likely waiting its turn in there: it is given longer, so that a
/// long backlog does not multiply its own hints. However long that is, what was lost is found when the backlog is gone.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let swept = metrics::counter!("thaiyyal_worker_hints_repeated_total");
    repeat("sweeper", millis(deps.settings.sweeper_ms), &stop, || turn(&deps, &swept)).await;
}

async fn turn(deps: &SchedulerDeps, swept: &metrics::Counter) -> Result<Again, Error> {
    let settings = &deps.settings;
    let Ok(depth) = deps.queue.depth().await else {
        // The broker takes no hints now.
        return Ok(Again::Later);
    };
    let is_backlog = depth.iter().any(|(_, messages)| *messages > 0);
    let unclaimed_for = millis(if is_backlog { settings.sweep_backlog_after_ms } else { settings.sweep_after_ms });
    let hints = deps.storage.dispatch.sweep(unclaimed_for, settings.sweep_batch).await?;
    let count: usize = hints.iter().map(|hint| hint.executions.len()).sum();
    if count > 0 {
        tracing::warn!(executions = count, "Repeated the hints of {count} executions that nobody claimed");
        swept.increment(count as u64);
        deps.publisher.publish(hints);
    }
    // Never at once again: the batch and the pause together bound how fast hints multiply.
    Ok(Again::Later)
}
