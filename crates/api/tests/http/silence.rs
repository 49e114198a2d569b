//! Without live hints (Redis is away) everything still works, a little later.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;
use thaiyyal_ephemeral::{CacheKey, Ephemeral, Error, Live, Pass, PassKey, Rate, Signal};
use thaiyyal_model::Timestamp;
use tokio::sync::broadcast;

use crate::support::{Server, Setup, adding};

/// A store that is away.
struct Away(broadcast::Sender<Signal>);

#[async_trait]
impl Ephemeral for Away {
    async fn publish(&self, _hints: &[Live]) {}

    fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.0.subscribe()
    }

    async fn get(&self, _key: &CacheKey) -> Option<Bytes> {
        None
    }

    async fn put(&self, _key: &CacheKey, _value: Bytes, _ttl: Duration) {}

    async fn forget(&self, _key: &CacheKey) {}

    async fn pass(&self, _key: &PassKey, _rate: Rate, _name: &str, now: Timestamp) -> Pass {
        Pass { at: now, count: 1 }
    }

    async fn ping(&self) -> Result<(), Error> {
        Err(Error("away".into()))
    }
}

async fn start() -> Server {
    let ephemeral = Arc::new(Away(broadcast::Sender::new(1)));
    Setup { worker: true, ephemeral, ..Setup::default() }.start().await
}

#[tokio::test]
async fn synchronous_calls_still_answer() {
    let server = start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let answer = server.owner.post(&path, &json!({"mode": "sync"})).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.json().unwrap()["output"]), (200, &json!(15)));
}

#[tokio::test]
async fn streams_still_end() {
    let server = start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let accepted = server.owner.post(&path, &json!({})).await.unwrap().json().unwrap();
    let events = server.owner.get(&format!("/api/v1/executions/{}/events", accepted["execution_id"].as_str().unwrap())).await.unwrap();
    assert!(String::from_utf8_lossy(&events.body).contains("event: execution_finished"));
}

#[tokio::test]
async fn the_server_stays_ready_and_tells_what_is_away() {
    let server = start().await;
    assert_eq!(server.owner.get("/health/ready").await.unwrap().status, 200);
    let report = server.owner.get("/health").await.unwrap();
    let body = report.json().unwrap();
    assert_eq!((report.status.as_u16(), &body["status"]), (200, &json!("degraded")));
    assert_eq!((&body["checks"]["cache"]["status"], &body["checks"]["database"]["status"]), (&json!("unavailable"), &json!("ok")));
}
