//! What goes on when a server is away: accepts and executions, or a clear refusal, and recovery without a hand.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use thaiyyal_testkit::broker::Broker;
use thaiyyal_testkit::cluster::{Cluster, Shape};
use thaiyyal_testkit::database::Database;
use thaiyyal_testkit::eventually;
use thaiyyal_testkit::http::{Answer, Client};
use thaiyyal_testkit::proxy::{Proxy, Weather};
use thaiyyal_testkit::redis::Redis;

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_thaiyyal"))
}

fn quick() -> Vec<(String, String)> {
    [
        ("THAIYYAL__WORKER__CLAIM_DIRECTLY_AFTER_MS", "1000"),
        ("THAIYYAL__WORKER__SCHEDULER__SWEEP_AFTER_MS", "3000"),
        ("THAIYYAL__WORKER__SCHEDULER__SWEEP_BACKLOG_AFTER_MS", "6000"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

async fn create(client: &Client) -> anyhow::Result<String> {
    let definition = json!({
        "nodes": [{ "id": "a", "type": "number", "data": { "value": 1 } }, { "id": "b", "type": "expression", "data": { "expression": "input + 1" } }],
        "edges": [{ "source": "a", "target": "b" }]
    });
    let answer = client.post("/api/v1/workflows", &json!({ "name": "Test", "definition": definition })).await?;
    anyhow::ensure!(answer.status == 201, "{}", String::from_utf8_lossy(&answer.body));
    Ok(answer.json()?["id"].as_str().context("an id")?.to_owned())
}

async fn execute(client: &Client, workflow: &str, mode: &str) -> anyhow::Result<Answer> {
    client.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({ "input": null, "mode": mode })).await
}

async fn ended(client: &Client, id: &str) -> Value {
    eventually("the execution to end", Duration::from_secs(60), || async {
        let execution = client.get(&format!("/api/v1/executions/{id}")).await.ok()?.json().ok()?;
        execution["finished_at"].is_string().then_some(execution)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_accepts_and_executions_go_on() -> anyhow::Result<()> {
    let mut redis = Redis::start().await?;
    let cluster = Cluster::start(Shape { redis_url: Some(redis.url()), env: quick(), ..Shape::of(binary()) }).await?;
    let (client, workflow) = (&cluster.clients[0], create(&cluster.clients[0]).await?);
    assert_eq!(execute(client, &workflow, "sync").await?.status, 200);

    redis.kill().await?;
    let answer = execute(client, &workflow, "sync").await?;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let answer = execute(client, &workflow, "async").await?.json()?;
    let execution = ended(client, answer["execution_id"].as_str().context("an id")?).await;
    assert_eq!(execution["status"], "succeeded");

    redis.up().await?;
    assert_eq!(execute(client, &workflow, "sync").await?.status, 200);
    cluster.stop().await
}

/// Accepts executions and waits until all of them have ended well.
async fn run_many(client: &Client, workflow: &str) -> anyhow::Result<()> {
    let mut accepted = Vec::new();
    for _ in 0..200 {
        let answer = execute(client, workflow, "async").await?;
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
        accepted.push(answer.json()?["execution_id"].as_str().context("an id")?.to_owned());
    }
    for id in &accepted {
        assert_eq!(ended(client, id).await["status"], "succeeded");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_executions_are_accepted_and_run() -> anyhow::Result<()> {
    let mut broker = Broker::start().await?;
    let cluster = Cluster::start(Shape { amqp_url: Some(broker.url()), env: quick(), ..Shape::of(binary()) }).await?;
    let (client, workflow) = (&cluster.clients[0], create(&cluster.clients[0]).await?);
    assert_eq!(execute(client, &workflow, "sync").await?.status, 200);

    broker.kill().await?;
    run_many(client, &workflow).await?;
    broker.up().await?;
    run_many(client, &workflow).await?;
    assert_eq!(cluster.database.count("SELECT count(*) FROM run_queue").await?, 0);
    cluster.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_answers_nothing_executions_are_accepted_and_run() -> anyhow::Result<()> {
    let broker = Broker::start().await?;
    let cluster = Cluster::start(Shape { amqp_url: Some(broker.url()), env: quick(), ..Shape::of(binary()) }).await?;
    let (client, workflow) = (&cluster.clients[0], create(&cluster.clients[0]).await?);
    assert_eq!(execute(client, &workflow, "sync").await?.status, 200);

    broker.pause()?;
    run_many(client, &workflow).await?;
    broker.resume()?;
    run_many(client, &workflow).await?;
    assert_eq!(cluster.database.count("SELECT count(*) FROM run_queue").await?, 0);
    cluster.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_everything_the_broker_held_all_of_it_runs_afterwards() -> anyhow::Result<()> {
    let mut broker = Broker::start().await?;
    let mut cluster = Cluster::start(Shape { amqp_url: Some(broker.url()), env: quick(), ..Shape::of(binary()) }).await?;
    let workflow = create(&cluster.clients[0]).await?;
    cluster.workers[0].kill().await?;
    let mut accepted = Vec::new();
    for _ in 0..100 {
        accepted
            .push(execute(&cluster.clients[0], &workflow, "async").await?.json()?["execution_id"].as_str().context("an id")?.to_owned());
    }
    eventually("the hints to be confirmed", Duration::from_secs(30), || async {
        (cluster.database.count("SELECT count(*) FROM outbox").await.ok()? == 0).then_some(())
    })
    .await;
    broker.kill().await?;
    broker.wipe()?;
    broker.up().await?;
    cluster.add("worker").await?;
    for id in &accepted {
        assert_eq!(ended(&cluster.clients[0], id).await["status"], "succeeded");
    }
    cluster.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_requests_are_refused_and_work_goes_on_by_itself_afterwards() -> anyhow::Result<()> {
    let database = Database::create("away").await?;
    let (proxy, through) = Proxy::in_front_of(database.url()).await?;
    let cluster = Cluster::start_on(database, Shape { database_through: Some(through), env: quick(), ..Shape::of(binary()) }).await?;
    let (client, workflow) = (&cluster.clients[0], create(&cluster.clients[0]).await?);
    assert_eq!(execute(client, &workflow, "sync").await?.status, 200);
    let before = cluster.database.count("SELECT count(*) FROM executions").await?;

    proxy.set(Weather::Cut);
    for mode in ["async", "sync", "async"] {
        let answer = execute(client, &workflow, mode).await?;
        assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
        assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    // Health is looked up once a second, however often it is asked for.
    eventually("readiness to say no", Duration::from_secs(10), || async {
        client.get("/health/ready").await.ok().filter(|answer| answer.status == 503)
    })
    .await;
    assert_eq!(client.get("/health/live").await?.status, 200);
    assert_eq!(cluster.database.count("SELECT count(*) FROM executions").await?, before, "a refused request left a row");

    proxy.set(Weather::Fair);
    eventually("the api to be ready again", Duration::from_secs(30), || async {
        client.get("/health/ready").await.ok().filter(|answer| answer.status == 200)
    })
    .await;
    let answer = execute(client, &workflow, "async").await?;
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    let execution = ended(client, answer.json()?["execution_id"].as_str().context("an id")?).await;
    assert_eq!(execution["status"], "succeeded");
    cluster.stop().await
}
