//! Where side effects of tests and load go: an HTTP server on this machine that answers at once and remembers what it was asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::server::{Asked, Reply, Server};

/// A running sink; ends with the process.
pub struct Sink {
    server: Server,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    calls: AtomicU64,
    keys: Mutex<HashMap<String, u64>>,
}

impl Sink {
    /// Starts it on a free port.
    pub async fn start() -> anyhow::Result<Self> {
        let seen = Arc::new(Seen::default());
        let notes = Arc::clone(&seen);
        let server = Server::start(move |asked| notes.answer(&asked)).await?;
        Ok(Self { server, seen })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many requests it has answered.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.seen.calls.load(Ordering::Relaxed)
    }

    /// How often each idempotency key was seen.
    #[must_use]
    pub fn keys(&self) -> HashMap<String, u64> {
        self.seen.keys.lock().expect("no holder of this lock can panic").clone()
    }
}

impl Seen {
    fn answer(&self, asked: &Asked) -> Reply {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(key) = asked.headers.get("idempotency-key").and_then(|key| key.to_str().ok()) {
            *self.keys.lock().expect("no holder of this lock can panic").entry(key.to_owned()).or_default() += 1;
        }
        Reply::json("{\"ok\":true}")
    }
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use super::*;
    use crate::http::Client;

    #[tokio::test]
    async fn calls_and_keys_are_counted() {
        let sink = Sink::start().await.unwrap();
        let client = Client::new(&sink.url(), None);
        for headers in [&[("idempotency-key", "a")][..], &[("idempotency-key", "a")], &[("idempotency-key", "b")], &[]] {
            let answer = client.send(Method::POST, "/call", headers, Some("{}".into())).await.unwrap();
            assert_eq!(answer.json().unwrap(), serde_json::json!({ "ok": true }));
        }
        assert_eq!(sink.calls(), 4);
        assert_eq!(sink.keys(), HashMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]));
    }
}
