use std::sync::Arc;

use thaiyyal_store::{Error, windows::Windows};
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Bounds how many executions of a tenant are on their way to workers, and gives those that wait for it their turn.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let topped_up = metrics::counter!("thaiyyal_worker_hints_topped_up_total");
    let closed = metrics::gauge!("thaiyyal_worker_closed_windows");
    repeat("windows", millis(deps.settings.windows_ms), &stop, || turn(&deps, &topped_up, &closed)).await;
}

async fn turn(deps: &SchedulerDeps, topped_up: &metrics::Counter, closed: &metrics::Gauge) -> Result<Again, Error> {
    let windows = Windows { width: deps.settings.window_width.max(1), turn: deps.settings.window_turn.max(1) };
    let tended = deps.storage.dispatch.tend_windows(&windows).await?;
    if let Some(count) = tended.closed {
        closed.set(count as f64);
    }
    topped_up.increment(tended.hints.iter().map(|hint| hint.executions.len() as u64).sum());
    deps.publisher.publish(tended.hints);
    Ok(Again::Later)
}
