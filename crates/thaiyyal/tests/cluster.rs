//! The cluster over real servers: what was accepted ends exactly once, whatever is killed on the way.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use thaiyyal_testkit::broker::Broker;
use thaiyyal_testkit::cluster::{Cluster, Shape};
use thaiyyal_testkit::eventually;
use thaiyyal_testkit::http::Client;
use thaiyyal_testkit::sink::Sink;

const EXECUTIONS: usize = 10_000;

/// Short times, so that a dead worker is found dead within the patience of a test.
fn quick() -> Vec<(String, String)> {
    [
        ("THAIYYAL__WORKER__LEASE_TTL_MS", "3000"),
        ("THAIYYAL__WORKER__TRUST_MARGIN_MS", "300"),
        ("THAIYYAL__WORKER__HEARTBEAT_MS", "500"),
        ("THAIYYAL__WORKER__SCHEDULER__LEASE_TTL_MS", "3000"),
        ("THAIYYAL__WORKER__SCHEDULER__REAPER_MS", "500"),
        ("THAIYYAL__WORKER__SCHEDULER__SWEEP_AFTER_MS", "3000"),
        ("THAIYYAL__WORKER__SCHEDULER__SWEEP_BACKLOG_AFTER_MS", "6000"),
        ("THAIYYAL__CONNECTORS__ALLOW_PRIVATE_NETWORK", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

async fn create(client: &Client, definition: &Value) -> anyhow::Result<String> {
    let answer = client.post("/api/v1/workflows", &json!({ "name": "Test", "definition": definition })).await?;
    anyhow::ensure!(answer.status == 201, "{}", String::from_utf8_lossy(&answer.body));
    Ok(answer.json()?["id"].as_str().context("a workflow has an id")?.to_owned())
}

/// One side effect between two pure nodes.
fn with_side_effect(sink: &Sink) -> Value {
    json!({
        "nodes": [
            { "id": "start", "type": "number", "data": { "value": 20 } },
            { "id": "call", "type": "http", "data": { "url": format!("{}/call", sink.url()), "method": "POST", "body": { "n": 1 } } },
            { "id": "end", "type": "expression", "data": { "expression": "node.start * 2 + 2" } }
        ],
        "edges": [{ "source": "start", "target": "call" }, { "source": "call", "target": "end" }]
    })
}

/// Accepts [`EXECUTIONS`] executions over both APIs at once. A request that got no answer is not counted: nothing was promised.
struct Load {
    accepted: Arc<Mutex<HashSet<String>>>,
    unanswered: Arc<AtomicUsize>,
    tasks: tokio::task::JoinSet<anyhow::Result<()>>,
}

impl Load {
    fn start(clients: &[Client], workflow: &str) -> Self {
        let accepted = Arc::new(Mutex::new(HashSet::new()));
        let unanswered = Arc::new(AtomicUsize::new(0));
        let next = Arc::new(AtomicUsize::new(0));
        let gone: Arc<Vec<AtomicBool>> = Arc::new(clients.iter().map(|_| AtomicBool::new(false)).collect());
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..32 {
            let (clients, path) = (clients.to_vec(), format!("/api/v1/workflows/{workflow}/execute"));
            let (accepted, unanswered, next, gone) = (Arc::clone(&accepted), Arc::clone(&unanswered), Arc::clone(&next), Arc::clone(&gone));
            tasks.spawn(async move {
                let mut which = number % clients.len();
                while next.fetch_add(1, Ordering::Relaxed) < EXECUTIONS {
                    // Until an answer comes: a program of a tenant would do the same.
                    loop {
                        if gone[which].load(Ordering::Relaxed) {
                            which = (which + 1) % clients.len();
                        }
                        match clients[which].post(&path, &json!({ "input": { "n": 1 } })).await {
                            Ok(answer) if answer.status == 202 => {
                                let id = answer.json()?["execution_id"].as_str().context("an id")?.to_owned();
                                accepted.lock().expect("no holder of this lock can panic").insert(id);
                                break;
                            }
                            Ok(answer) => anyhow::bail!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)),
                            Err(_) => {
                                unanswered.fetch_add(1, Ordering::Relaxed);
                                gone[which].store(true, Ordering::Relaxed);
                            }
                        }
                    }
                }
                Ok(())
            });
        }
        Self { accepted, unanswered, tasks }
    }

    fn accepted(&self) -> usize {
        self.accepted.lock().expect("no holder of this lock can panic").len()
    }

    async fn finish(mut self) -> anyhow::Result<(HashSet<String>, usize)> {
        while let Some(done) = self.tasks.join_next().await {
            done??;
        }
        let accepted = std::mem::take(&mut *self.accepted.lock().expect("no holder of this lock can panic"));
        Ok((accepted, self.unanswered.load(Ordering::Relaxed)))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_execution_ends_exactly_once_through_kills_of_api_worker_and_broker() -> anyhow::Result<()> {
    let mut broker = Broker::start().await?;
    let sink = Sink::start().await?;
    let binary = Path::new(env!("CARGO_BIN_EXE_thaiyyal"));
    let shape = Shape { apis: 2, workers: 2, amqp_url: Some(broker.url()), env: quick(), ..Shape::of(binary) };
    let mut cluster = Cluster::start(shape).await?;
    let workflow = create(&cluster.clients[0], &with_side_effect(&sink)).await?;

    let load = Load::start(&cluster.clients, &workflow);
    eventually("a third to be accepted", Duration::from_secs(120), || async { (load.accepted() > EXECUTIONS / 3).then_some(()) }).await;

    // An api dies while requests are on their way to it.
    cluster.apis[1].kill().await?;

    // A worker dies while it holds leases: it is frozen first, so that what it holds can be counted.
    let host = cluster.workers[1].pid().context("it runs")?.to_string();
    let held = format!(
        "SELECT count(*) FROM run_queue q JOIN workers w ON w.id = q.worker_id WHERE q.state = 'leased' AND w.host LIKE '%:{host}'"
    );
    let mut in_flight = 0;
    for _ in 0..200 {
        cluster.workers[1].signal("STOP").await?;
        in_flight = cluster.database.count(&held).await?;
        if in_flight > 0 {
            break;
        }
        cluster.workers[1].signal("CONT").await?;
        tokio::task::yield_now().await;
    }
    assert!(in_flight > 0, "the worker held nothing when it was killed, so nothing was shown\n{}", cluster.logs());
    cluster.workers[1].kill().await?;

    // The broker loses power while hints wait in it, and comes back.
    let unfinished = cluster.database.count("SELECT count(*) FROM executions WHERE finished_at IS NULL").await?;
    assert!(unfinished > 0, "nothing was waiting when the broker was killed");
    broker.kill().await?;
    broker.up().await?;

    let (accepted, unanswered) = load.finish().await?;
    assert!(accepted.len() >= EXECUTIONS, "{} accepted", accepted.len());
    assert!(unanswered > 0, "the api was not answering anything when it was killed");

    eventually("every execution to end", Duration::from_secs(180), || async {
        let left = cluster.database.count("SELECT count(*) FROM executions WHERE finished_at IS NULL").await.ok()?;
        (left == 0).then_some(())
    })
    .await;

    // Each accepted execution is there once, and ended once, well.
    let rows = cluster.database.query("SELECT id::text, status, count(*) OVER (PARTITION BY id) FROM executions").await?;
    let recorded: HashSet<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(recorded.len(), rows.len());
    assert!(accepted.is_subset(&recorded), "accepted but not recorded");
    let wrong: Vec<(String, String)> =
        rows.iter().filter(|row| row.get::<_, &str>(1) != "succeeded").map(|row| (row.get(0), row.get(1))).collect();
    assert!(wrong.is_empty(), "{} did not succeed, such as {:?}\n{}", wrong.len(), &wrong[..wrong.len().min(3)], cluster.logs());
    assert_eq!(cluster.database.count("SELECT count(*) FROM run_queue").await?, 0);

    // Side effects: one key for each execution, repeated only where a kill came in between.
    let keys = sink.keys();
    assert_eq!(keys.len(), recorded.len(), "one side effect, with one key, for each execution");
    let repeats = sink.calls() as usize - keys.len();
    assert!(repeats <= usize::try_from(in_flight)? + 64, "{repeats} side effects were repeated, {in_flight} executions were hit");

    let (code, out, _) = cluster.command(&["doctor", "--json"]).await?;
    assert_eq!(code, Some(0), "{out}");
    println!(
        "{} executions, {in_flight} leased by the worker that was killed, {unfinished} unfinished when the broker was killed, {unanswered} requests unanswered, {repeats} side effects repeated",
        recorded.len()
    );
    cluster.stop().await
}
