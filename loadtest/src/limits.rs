//! What the machine's own servers can do, measured the simplest way, so that a figure of ours can be put in proportion.

use std::io::{Seek, Write};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use serde::Serialize;
use serde_json::{Value, json};
use thaiyyal_testkit::database::Database;
use thaiyyal_testkit::server_url;
use tokio::time::Instant;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::Place;
use crate::figures::per_second;

/// How long each measurement goes on.
const SPAN: Duration = Duration::from_secs(2);
/// Rows in one statement.
const BATCH: usize = 100;

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Limits {
    fdatasync_per_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres: Option<Postgres>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rabbitmq: Option<Rabbit>,
}

#[derive(Debug, Serialize)]
struct Postgres {
    /// 100-row inserts of 512-byte rows with a primary key, 4 connections.
    insert_rows_per_s: f64,
    /// 100-row updates by primary key, 4 connections.
    update_rows_per_s: f64,
    /// One-row inserts, each its own commit, 8 connections.
    single_commits_per_s: f64,
}

#[derive(Debug, Serialize)]
struct Rabbit {
    /// Persistent, mandatory, confirmed, to one quorum queue, 1,000 in flight.
    publishes_per_s: f64,
    /// Consumed and acknowledged one by one, prefetch 200.
    consumes_per_s: f64,
}

impl Limits {
    /// The figures of a scenario as shares of what the machine can do.
    pub(crate) fn ratios(&self, figures: &Value) -> Option<Value> {
        let rate = ["accepts_per_s", "drained_per_s", "end_to_end_per_s", "calls_per_s"].iter().find_map(|name| figures[name].as_f64())?;
        let share = |limit: f64| (rate / limit * 1e4).round() / 1e4;
        Some(json!({
            "rate": rate,
            "to_insert_rows": self.postgres.as_ref().map(|limit| share(limit.insert_rows_per_s)),
            "to_update_rows": self.postgres.as_ref().map(|limit| share(limit.update_rows_per_s)),
            "to_single_commits": self.postgres.as_ref().map(|limit| share(limit.single_commits_per_s)),
            "to_publishes": self.rabbitmq.as_ref().map(|limit| share(limit.publishes_per_s)),
            "to_consumes": self.rabbitmq.as_ref().map(|limit| share(limit.consumes_per_s)),
            "to_fdatasync": share(self.fdatasync_per_s),
        }))
    }
}

/// Measures what the given place rests on: the disk, and for a cluster PostgreSQL and RabbitMQ.
pub(crate) async fn measure(place: Place) -> anyhow::Result<Limits> {
    let fdatasync_per_s = tokio::task::spawn_blocking(fdatasync).await??;
    Ok(match place {
        Place::Embedded => Limits { fdatasync_per_s, postgres: None, rabbitmq: None },
        Place::Cluster => Limits { fdatasync_per_s, postgres: Some(postgres().await?), rabbitmq: Some(rabbitmq().await?) },
    })
}

fn fdatasync() -> anyhow::Result<f64> {
    let mut file = tempfile::tempfile()?;
    let (begin, mut count) = (Instant::now(), 0_u64);
    while begin.elapsed() < SPAN {
        file.rewind()?;
        file.write_all(&[0_u8; 4_096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(per_second(count, begin.elapsed()))
}

async fn postgres() -> anyhow::Result<Postgres> {
    let database = Database::create("limits").await?;
    let url = database.url().to_owned();
    let client = connect(&url).await?;
    client.batch_execute("CREATE TABLE rows (id uuid PRIMARY KEY, tenant uuid NOT NULL, state smallint NOT NULL, body bytea NOT NULL) WITH (fillfactor = 70)").await?;
    let insert_rows_per_s = parallel(4, &url, async |_, client| {
        let statement = client.prepare("INSERT INTO rows SELECT id, id, 0, $2 FROM unnest($1::uuid[]) AS id").await?;
        let (begin, mut rows, body) = (Instant::now(), 0_u64, vec![7_u8; 512]);
        while begin.elapsed() < SPAN {
            rows += client.execute(&statement, &[&ids(BATCH), &body]).await?;
        }
        Ok(rows)
    })
    .await?;
    let known: Vec<Uuid> = client.query("SELECT id FROM rows LIMIT 20000", &[]).await?.iter().map(|row| row.get(0)).collect();
    let update_rows_per_s = parallel(4, &url, async |number, client| {
        let statement = client.prepare("UPDATE rows SET state = state + 1 WHERE id = ANY($1)").await?;
        let (begin, mut rows) = (Instant::now(), 0_u64);
        // Each connection has rows of its own, as each worker has leases of its own.
        let mut own = known.chunks(known.len() / 4).nth(number).unwrap_or_default().chunks(BATCH).map(<[Uuid]>::to_vec).cycle();
        while begin.elapsed() < SPAN {
            rows += client.execute(&statement, &[&own.next().unwrap_or_default()]).await?;
        }
        Ok(rows)
    })
    .await?;
    let single_commits_per_s = parallel(8, &url, async |_, client| {
        let statement = client.prepare("INSERT INTO rows VALUES ($1, $1, 0, $2)").await?;
        let (begin, mut rows, body) = (Instant::now(), 0_u64, vec![7_u8; 512]);
        while begin.elapsed() < SPAN {
            rows += client.execute(&statement, &[&ids(1)[0], &body]).await?;
        }
        Ok(rows)
    })
    .await?;
    drop(client);
    drop(database);
    Ok(Postgres { insert_rows_per_s, update_rows_per_s, single_commits_per_s })
}

/// Runs `work` on so many connections at once; all their rows, per second.
async fn parallel(
    connections: usize,
    url: &str,
    work: impl AsyncFn(usize, tokio_postgres::Client) -> anyhow::Result<u64>,
) -> anyhow::Result<f64> {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(connect(url).await?);
    }
    let begin = Instant::now();
    let rows = futures_util::future::try_join_all(clients.into_iter().enumerate().map(|(number, client)| work(number, client))).await?;
    Ok(per_second(rows.into_iter().sum(), begin.elapsed()))
}

async fn connect(url: &str) -> anyhow::Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    #[expect(clippy::disallowed_methods, reason = "ends when its client is dropped")]
    tokio::spawn(connection);
    Ok(client)
}

#[expect(clippy::disallowed_methods, reason = "throw-away ids of a measurement")]
fn ids(count: usize) -> Vec<Uuid> {
    (0..count).map(|_| Uuid::now_v7()).collect()
}

async fn rabbitmq() -> anyhow::Result<Rabbit> {
    let connection = Connection::connect(&server_url("AMQP_URL"), ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let queue = format!("thaiyyal.limits.{}", std::process::id());
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    channel.queue_declare(queue.as_str().into(), QueueDeclareOptions { durable: true, ..Default::default() }, arguments).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let (begin, mut published) = (Instant::now(), 0_u64);
    let body = [7_u8; 64];
    while begin.elapsed() < SPAN {
        let mut confirms = Vec::with_capacity(1_000);
        for _ in 0..1_000 {
            let options = BasicPublishOptions { mandatory: true, ..Default::default() };
            confirms.push(
                channel
                    .basic_publish("".into(), queue.as_str().into(), options, &body, BasicProperties::default().with_delivery_mode(2))
                    .await?,
            );
        }
        for confirm in confirms {
            confirm.await?;
            published += 1;
        }
    }
    let publishes_per_s = per_second(published, begin.elapsed());
    channel.basic_qos(200, BasicQosOptions::default()).await?;
    let mut consumer =
        channel.basic_consume(queue.as_str().into(), "limits".into(), BasicConsumeOptions::default(), FieldTable::default()).await?;
    let (begin, mut consumed) = (Instant::now(), 0_u64);
    while consumed < published && begin.elapsed() < SPAN {
        let Some(delivery) = consumer.next().await else { break };
        delivery?.ack(BasicAckOptions::default()).await?;
        consumed += 1;
    }
    let consumes_per_s = per_second(consumed, begin.elapsed());
    channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
    connection.close(200, "done".into()).await?;
    Ok(Rabbit { publishes_per_s, consumes_per_s })
}
