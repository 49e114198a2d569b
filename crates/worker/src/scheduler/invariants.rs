use std::sync::Arc;

use metrics::gauge;
use thaiyyal_store::{Error, dispatch::Violation};
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// The most violations that are counted; more than a few are too many anyway.
const MANY: u32 = 1_000;

/// Checks often that nothing accepted lately stands nowhere.
pub(super) async fn recent(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let within = millis(deps.settings.check_recent_ms);
    repeat("recent invariants", millis(deps.settings.check_ms), &stop, || async {
        Ok::<_, Error>(report("recent", &deps.storage.dispatch.recent_violations(within, MANY).await?))
    })
    .await;
}

/// Checks now and then that nothing at all stands nowhere. Not right away: a process that is started again and again would read
/// everything again and again.
pub(super) async fn all(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let period = millis(deps.settings.check_all_ms);
    stop.run_until_cancelled(tokio::time::sleep(period)).await;
    repeat("invariants", period, &stop, || async { Ok::<_, Error>(report("all", &deps.storage.dispatch.violations(MANY).await?)) }).await;
}

fn report(executions: &'static str, violations: &[Violation]) -> Again {
    let count = violations.len();
    gauge!("thaiyyal_worker_invariant_violations", "executions" => executions).set(count as f64);
    if count > 0 {
        tracing::error!(executions = count, "{count} unfinished executions have nothing that will move them; `thaiyyal doctor` mends that");
    }
    Again::Later
}
