//! A steady rate: how long from accept to recorded end.

use std::time::Duration;

use anyhow::Context;
use hyper::Method;
use serde_json::{Value, json};
use thaiyyal_testkit::database::Database;
use tokio::time::{Instant, MissedTickBehavior};

use crate::figures::percentiles;
use crate::target::Target;

/// Accepts `rate` executions a second for `seconds`; each client then waits on the event stream of its execution.
pub(crate) async fn measure(target: &Target, rate: u32, seconds: u32) -> anyhow::Result<Value> {
    target.warm_up().await?;
    let count = rate * seconds;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..count as usize {
        ticks.tick().await;
        let (client, path) = (target.client(number).clone(), target.execute_path());
        tasks.spawn(async move {
            let sent = Instant::now();
            let answer = client.post(&path, &json!({ "input": { "n": 1 } })).await?;
            anyhow::ensure!(answer.status == 202, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
            let accepted = sent.elapsed();
            let id = answer.json()?["execution_id"].as_str().context("an accepted execution has an id")?.to_owned();
            let events =
                client.send(Method::GET, &format!("/api/v1/executions/{id}/events"), &[("accept", "text/event-stream")], None).await?;
            anyhow::ensure!(events.body.windows(18).any(|window| window == b"execution_finished"), "the stream ended early");
            anyhow::Ok((accepted, sent.elapsed()))
        });
    }
    let (mut accepted, mut observed) = (Vec::new(), Vec::new());
    while let Some(done) = tasks.join_next().await {
        let (accept, end) = done??;
        accepted.push(accept);
        observed.push(end);
    }
    let recorded = match target.database() {
        Some(database) => Some(recorded(database, target.workflow(), count).await?),
        None => None,
    };
    Ok(json!({
        "rate_per_s": rate,
        "accept": percentiles(accepted),
        "accept_to_recorded_end": recorded,
        "request_to_end_seen_by_client": percentiles(observed),
    }))
}

/// From the times in the database: accepted by the api's clock, ended by the worker's; both clocks are this machine's.
async fn recorded(database: &Database, workflow: &str, count: u32) -> anyhow::Result<Value> {
    let taken = "SELECT (extract(epoch FROM finished_at - created_at) * 1000000)::bigint FROM executions";
    let rows = database.query(&format!("{taken} WHERE workflow_id = '{workflow}' ORDER BY created_at DESC LIMIT {count}")).await?;
    Ok(percentiles(rows.iter().map(|row| Duration::from_micros(u64::try_from(row.get::<_, i64>(0)).unwrap_or(0))).collect()))
}
