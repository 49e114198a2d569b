use std::sync::Arc;

use metrics::gauge;
use thaiyyal_store::Error;
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Measures how much work stands where.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    repeat("gauges", millis(deps.settings.gauges_ms), &stop, || turn(&deps)).await;
}

async fn turn(deps: &SchedulerDeps) -> Result<Again, Error> {
    let backlog = deps.storage.dispatch.backlog().await?;
    for (state, count) in [("ready", backlog.ready), ("leased", backlog.leased), ("timer", backlog.timers), ("outbox", backlog.outbox)] {
        gauge!("thaiyyal_worker_backlog_executions", "state" => state).set(count as f64);
    }
    gauge!("thaiyyal_worker_oldest_ready_seconds").set(backlog.oldest_ready.as_secs_f64());
    gauge!("thaiyyal_worker_hints_unpublished").set(deps.publisher.waiting() as f64);
    // While the broker is away its figures stay as they were; its own gauge tells that.
    if let Ok(depth) = deps.queue.depth().await {
        for (priority, messages) in depth {
            gauge!("thaiyyal_worker_queue_depth_messages", "priority" => priority.as_str()).set(messages as f64);
        }
    }
    Ok(Again::Later)
}
