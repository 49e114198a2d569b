//! Workflows that call others, over real servers: no child is started twice, no end gets lost, none runs on for nobody.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use thaiyyal_testkit::cluster::{Cluster, Shape};
use thaiyyal_testkit::eventually;
use thaiyyal_testkit::http::Client;
use thaiyyal_testkit::sink::Sink;

const FAMILIES: i64 = 8;
const ELEMENTS: i64 = 25;
const PATIENCE: Duration = Duration::from_secs(180);

/// Short times, so that a dead worker is found dead within the patience of a test.
fn quick() -> Vec<(String, String)> {
    [
        ("THAIYYAL__WORKER__LEASE_TTL_MS", "3000"),
        ("THAIYYAL__WORKER__TRUST_MARGIN_MS", "300"),
        ("THAIYYAL__WORKER__HEARTBEAT_MS", "500"),
        ("THAIYYAL__WORKER__SCHEDULER__LEASE_TTL_MS", "3000"),
        ("THAIYYAL__WORKER__SCHEDULER__REAPER_MS", "500"),
        ("THAIYYAL__WORKER__SCHEDULER__SWEEP_AFTER_MS", "3000"),
        ("THAIYYAL__CONNECTORS__ALLOW_PRIVATE_NETWORK", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

async fn create(client: &Client, name: &str, definition: &Value) -> anyhow::Result<String> {
    let answer = client.post("/api/v1/workflows", &json!({ "name": name, "definition": definition })).await?;
    anyhow::ensure!(answer.status == 201, "{}", String::from_utf8_lossy(&answer.body));
    Ok(answer.json()?["id"].as_str().context("a workflow has an id")?.to_owned())
}

async fn execute(client: &Client, workflow: &str) -> anyhow::Result<String> {
    let answer = client.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({})).await?;
    Ok(answer.json()?["execution_id"].as_str().context("an id")?.to_owned())
}

/// A loop over elements, each of which goes to a workflow, which hands it to another one.
async fn generations(client: &Client, youngest: &Value) -> anyhow::Result<String> {
    create(client, "Youngest", youngest).await?;
    let middle = json!({
        "nodes": [
            { "id": "n", "type": "number", "data": { "value": 1 } },
            { "id": "call", "type": "sub_workflow", "data": { "workflow": "Youngest" } }
        ],
        "edges": [{ "source": "n", "target": "call" }]
    });
    create(client, "Middle", &middle).await?;
    let oldest = json!({
        "nodes": [
            { "id": "range", "type": "range", "data": { "start": 1, "end": ELEMENTS } },
            { "id": "each", "type": "for_each", "data": { "max_concurrency": 6 } },
            { "id": "call", "type": "sub_workflow", "data": { "workflow": "Middle" } },
            { "id": "count", "type": "expression", "data": { "expression": "len(input.results)" } }
        ],
        "edges": [
            { "source": "range", "target": "each" },
            { "source": "each", "target": "call", "sourceHandle": "body" },
            { "source": "each", "target": "count", "sourceHandle": "done" }
        ]
    });
    create(client, "Oldest", &oldest).await
}

#[tokio::test(flavor = "multi_thread")]
async fn three_generations_survive_the_deaths_of_their_workers_without_a_child_too_many() -> anyhow::Result<()> {
    let sink = Sink::start().await?;
    let shape = Shape { workers: 3, env: quick(), ..Shape::of(Path::new(env!("CARGO_BIN_EXE_thaiyyal"))) };
    let mut cluster = Cluster::start(shape).await?;
    let call = json!({ "url": format!("{}/call", sink.url()), "method": "POST", "body": { "n": 1 } });
    let oldest =
        generations(&cluster.clients[0], &json!({ "nodes": [{ "id": "call", "type": "http", "data": call }], "edges": [] })).await?;
    for _ in 0..FAMILIES {
        execute(&cluster.clients[0], &oldest).await?;
    }
    let whole = FAMILIES * ELEMENTS;
    let mut killed = 0;
    for dying in [1, 2] {
        eventually("some of the youngest to be called", PATIENCE, || async {
            (i64::try_from(sink.calls()).ok()? > whole * dying / 5).then_some(())
        })
        .await;
        let dying = usize::try_from(dying)?;
        // It is frozen first, so that what it holds can be counted.
        let host = cluster.workers[dying].pid().context("it runs")?.to_string();
        let held = format!(
            "SELECT count(*) FROM run_queue q JOIN workers w ON w.id = q.worker_id WHERE q.state = 'leased' AND w.host LIKE '%:{host}'"
        );
        cluster.workers[dying].signal("STOP").await?;
        killed += cluster.database.count(&held).await?;
        cluster.workers[dying].kill().await?;
    }
    let left = cluster.database.count("SELECT count(*) FROM executions WHERE finished_at IS NULL").await?;
    assert!(left > 0, "all had ended before the last worker was killed, so nothing was shown");
    eventually("every execution to end", PATIENCE, || async {
        let left = cluster.database.count("SELECT count(*) FROM executions WHERE finished_at IS NULL").await.ok()?;
        (left == 0).then_some(())
    })
    .await;

    let count = async |condition: &str| cluster.database.count(&format!("SELECT count(*) FROM executions WHERE {condition}")).await;
    assert_eq!(count("status = 'succeeded' AND depth = 0").await?, FAMILIES, "{}", cluster.logs());
    assert_eq!((count("depth = 1").await?, count("depth = 2").await?, count("true").await?), (whole, whole, FAMILIES + 2 * whole));
    assert_eq!(i64::try_from(sink.keys().len())?, whole, "one side effect, with one key, for each of the youngest");
    // An execution that is told of a signal at the very moment it begins to wait may leave its timer, which is dropped when it is due.
    for rest in ["children", "run_queue"] {
        assert_eq!(cluster.database.count(&format!("SELECT count(*) FROM {rest}")).await?, 0, "{rest}");
    }
    let (code, out, _) = cluster.command(&["doctor", "--json"]).await?;
    assert_eq!(code, Some(0), "{out}");
    println!("{} executions, {killed} leased by workers that were killed, {left} unfinished after the second", FAMILIES + 2 * whole);
    cluster.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_reaches_every_generation() -> anyhow::Result<()> {
    let shape = Shape { workers: 2, env: quick(), ..Shape::of(Path::new(env!("CARGO_BIN_EXE_thaiyyal"))) };
    let cluster = Cluster::start(shape).await?;
    let client = &cluster.clients[0];
    let waits = json!({ "nodes": [{ "id": "d", "type": "delay", "data": { "duration": "1h" } }], "edges": [] });
    let oldest = generations(client, &waits).await?;
    let (cancelled, kept) = (execute(client, &oldest).await?, execute(client, &oldest).await?);
    let until = async |status: &str, count: i64| {
        let sql = format!("SELECT count(*) FROM executions WHERE status = '{status}'");
        eventually(status, PATIENCE, || async { (cluster.database.count(&sql).await.ok()? == count).then_some(()) }).await;
    };
    // Six elements at a time, each with its middle and its youngest.
    until("waiting", 2 * 13).await;
    let answer = client.post(&format!("/api/v1/executions/{cancelled}/cancel"), &json!({})).await?;
    assert!(answer.status.is_success(), "{answer:?}");
    until("cancelled", 13).await;
    let of = |family: &str| {
        format!(
            "WITH RECURSIVE family AS (SELECT id, status FROM executions WHERE id = '{family}' UNION ALL
             SELECT e.id, e.status FROM executions e JOIN family f ON e.parent_id = f.id)
             SELECT count(*) FROM family WHERE status = "
        )
    };
    assert_eq!(cluster.database.count(&format!("{} 'cancelled'", of(&cancelled))).await?, 13, "{}", cluster.logs());
    assert_eq!(cluster.database.count(&format!("{} 'waiting'", of(&kept))).await?, 13);
    let (code, out, _) = cluster.command(&["doctor", "--json"]).await?;
    assert_eq!(code, Some(0), "{out}");
    cluster.stop().await
}
