//! A tenant with more work than the cluster can do delays the others by little.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use thaiyyal_testkit::cluster::{Cluster, Shape};
use thaiyyal_testkit::eventually;
use thaiyyal_testkit::http::Client;

const CROWD: usize = 20_000;
const WIDTH: usize = 500;

async fn create(client: &Client) -> anyhow::Result<String> {
    let definition = json!({ "nodes": [{ "id": "a", "type": "number", "data": { "value": 1 } }], "edges": [] });
    let answer = client.post("/api/v1/workflows", &json!({ "name": "Test", "definition": definition })).await?;
    anyhow::ensure!(answer.status == 201, "{}", String::from_utf8_lossy(&answer.body));
    Ok(answer.json()?["id"].as_str().context("an id")?.to_owned())
}

/// Accepts so many executions, many at a time.
async fn accept(client: &Client, workflow: &str, count: usize) -> anyhow::Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut lanes = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (client, path, next) = (client.clone(), format!("/api/v1/workflows/{workflow}/execute"), Arc::clone(&next));
        lanes.spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < count {
                let answer = client.post(&path, &json!({ "input": null })).await?;
                anyhow::ensure!(answer.status == 202, "{}", String::from_utf8_lossy(&answer.body));
            }
            Ok(())
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_a_long_backlog_does_not_hold_up_another() -> anyhow::Result<()> {
    let env = vec![("THAIYYAL__WORKER__SCHEDULER__WINDOW_WIDTH".to_owned(), WIDTH.to_string())];
    // One shard, so that both tenants share the queue whatever their ids are; no worker yet, so that the backlog is there.
    let shape = Shape { workers: 0, schedulers: 2, shards: 1, env, ..Shape::of(Path::new(env!("CARGO_BIN_EXE_thaiyyal"))) };
    let mut cluster = Cluster::start(shape).await?;
    let crowd = &cluster.clients[0];
    let other = &cluster.tenant("other").await?[0];
    let (many, few) = (create(crowd).await?, create(other).await?);

    accept(crowd, &many, CROWD).await?;
    let hinted = cluster.database.count("SELECT count(*) FROM run_queue WHERE hinted_at > '-infinity'").await?;
    assert!(usize::try_from(hinted)? < CROWD / 2, "{hinted} executions of {CROWD} are on their way: the window did not close in time");
    accept(other, &few, 10).await?;
    cluster.add("worker").await?;

    eventually("every execution to end", Duration::from_secs(180), || async {
        let left = cluster.database.count("SELECT count(*) FROM executions WHERE status <> 'succeeded'").await.ok()?;
        (left == 0).then_some(())
    })
    .await;
    let behind = format!(
        "SELECT count(*) FROM executions WHERE workflow_id = '{many}'
         AND finished_at > (SELECT max(finished_at) FROM executions WHERE workflow_id = '{few}')"
    );
    let behind = usize::try_from(cluster.database.count(&behind).await?)?;
    println!("{hinted} of {CROWD} executions were on their way before the other tenant's; {behind} ended after its last");
    assert!(behind > CROWD / 2, "the other tenant's last execution ended before {behind} of {CROWD} only");

    // The crowd is gone, and what comes now goes its way at once.
    eventually("the window to open", Duration::from_secs(30), || async {
        (cluster.database.count("SELECT count(*) FROM closed_windows").await.ok()? == 0).then_some(())
    })
    .await;
    let (code, out, _) = cluster.command(&["doctor", "--json"]).await?;
    assert_eq!(code, Some(0), "{out}");
    cluster.stop().await
}
