//! Synchronous calls: from request to result.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::figures::{per_second, percentiles};
use crate::target::Target;

/// Sends `requests` over `connections`, one after another on each.
pub(crate) async fn measure(target: &Target, requests: u64, connections: usize) -> anyhow::Result<Value> {
    target.warm_up().await?;
    let left = Arc::new(AtomicU64::new(requests));
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..connections {
        let (client, path, left) = (target.client(number).clone(), target.execute_path(), Arc::clone(&left));
        tasks.spawn(async move {
            let mut samples = Vec::new();
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                let sent = Instant::now();
                let answer =
                    client.send(Method::POST, &path, &[], Some(Bytes::from_static(b"{\"input\":{\"n\":1},\"mode\":\"sync\"}"))).await?;
                anyhow::ensure!(answer.status == 200, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
                samples.push(sent.elapsed());
            }
            Ok(samples)
        });
    }
    let mut samples = Vec::new();
    while let Some(done) = tasks.join_next().await {
        samples.extend(done??);
    }
    let elapsed = begin.elapsed();
    Ok(json!({ "calls_per_s": per_second(requests, elapsed), "connections": connections, "latency": percentiles(samples) }))
}
