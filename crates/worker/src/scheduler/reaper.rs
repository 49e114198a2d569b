use std::sync::Arc;

use thaiyyal_ephemeral::Live;
use thaiyyal_model::ExecutionStatus;
use thaiyyal_store::Error;
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Frees what silent workers held, so that others run it; gives up what has taken too many workers down.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let freed = metrics::counter!("thaiyyal_worker_leases_reaped_total");
    let failed = metrics::counter!("thaiyyal_worker_executions_given_up_total");
    repeat("reaper", millis(deps.settings.reaper_ms), &stop, || turn(&deps, &freed, &failed)).await;
}

async fn turn(deps: &SchedulerDeps, freed: &metrics::Counter, failed: &metrics::Counter) -> Result<Again, Error> {
    let settings = &deps.settings;
    let reaped = deps.storage.dispatch.reap(millis(settings.lease_ttl_ms), settings.max_crashes, settings.batch).await?;
    deps.publisher.publish(reaped.hints);
    freed.increment(reaped.freed.len() as u64);
    failed.increment(reaped.failed.len() as u64);
    if !reaped.freed.is_empty() {
        tracing::warn!(leases = reaped.freed.len(), "Freed {} executions of workers that went silent", reaped.freed.len());
    }
    if !reaped.failed.is_empty() {
        for (_, execution) in &reaped.failed {
            tracing::error!(execution.id = %execution, "Gave up execution {execution}: it took too many workers down");
        }
        let status = |&(tenant, execution)| Live::Status { tenant, execution, status: ExecutionStatus::Failed };
        let hints: Vec<_> = reaped.failed.iter().map(status).collect();
        deps.ephemeral.publish(&hints).await;
    }
    let count = reaped.freed.len() + reaped.failed.len();
    Ok(if count >= settings.batch as usize { Again::Now } else { Again::Later })
}
