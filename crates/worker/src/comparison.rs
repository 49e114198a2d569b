use std::{collections::HashSet, sync::Arc};

use thaiyyal_store::dispatch::{Lease, Release};
use tokio_util::sync::CancellationToken;

use crate::core::Core;

/// Compares what the database thinks this worker holds with what it works on. A lease that nobody works on (its task is gone, or its
/// claim was committed but the answer got lost) is handed back when it is seen twice: the first time it may just have been claimed.
///
/// A loop of its own, because looking through the whole queue may take longer than a sign of life may be late.
pub(crate) async fn run(core: Arc<Core>, until: CancellationToken) {
    let period = core.settings.heartbeat();
    let mut suspects = HashSet::new();
    loop {
        // What is suspected is looked at again soon.
        let pause = if suspects.is_empty() { period * core.settings.compare_every.max(1) } else { period };
        if until.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        if core.trust.is_good() {
            compare(&core, &mut suspects).await;
        }
    }
}

async fn compare(core: &Core, suspects: &mut HashSet<Lease>) {
    let leases = match core.dispatch.leases(core.id).await {
        Ok(leases) => leases,
        Err(error) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "Could not compare leases");
            return;
        }
    };
    let idle = leases.into_iter().filter(|lease| !core.held.is_worked_on(lease));
    let (lost, suspected): (Vec<_>, Vec<_>) = idle.partition(|lease| suspects.contains(lease));
    *suspects = suspected.into_iter().collect();
    if lost.is_empty() {
        return;
    }
    core.meters.lost_tasks.increment(lost.len() as u64);
    tracing::warn!(leases = lost.len(), "Handing back executions that nobody here works on");
    core.held.remove(&lost);
    let releases = lost.into_iter().map(|lease| Release { lease, segment: None }).collect();
    // What is not written now is seen again.
    drop(core.writes.release_all(releases).await);
}
