//! A backlog, drained.

use std::time::Duration;

use serde_json::{Value, json};
use thaiyyal_testkit::eventually;
use tokio::time::Instant;

use crate::figures::per_second;
use crate::target::Target;

/// Accepts `executions`, in a cluster while its workers stand still, and measures how long it takes until every one has its result.
pub(crate) async fn measure(target: &Target, executions: u64) -> anyhow::Result<Value> {
    let held = target.hold_workers(true).await?;
    let begin = Instant::now();
    let (_, accepting) = crate::accept::accept(target, executions, 64).await?;
    let waiting = target.unfinished().await?;
    target.hold_workers(false).await?;
    let drain = Instant::now();
    eventually("the backlog to drain", Duration::from_secs(300), || async { target.unfinished().await.ok().filter(|left| *left == 0) })
        .await;
    let (drained, whole) = (drain.elapsed(), begin.elapsed());
    Ok(json!({
        "executions": executions,
        "accepts_per_s": per_second(executions, accepting),
        "backlog_at_start_of_drain": waiting,
        "drained_per_s": held.then(|| per_second(waiting, drained)),
        "end_to_end_per_s": per_second(executions, whole),
        "side_effects": target.sink.calls(),
    }))
}
