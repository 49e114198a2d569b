//! Where side effects of tests and load go: an HTTP server on this machine that answers at once and remembers what it was asked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A running sink; ends with the process.
pub struct Sink {
    addr: SocketAddr,
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
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let seen = Arc::new(Seen::default());
        #[expect(clippy::disallowed_methods, reason = "lives as long as the process; there is no shutdown to wait for")]
        tokio::spawn(serve(listener, Arc::clone(&seen)));
        Ok(Self { addr, seen })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
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

#[expect(clippy::disallowed_methods, reason = "lives as long as the process; there is no shutdown to wait for")]
async fn serve(listener: TcpListener, seen: Arc<Seen>) {
    while let Ok((stream, _)) = listener.accept().await {
        let seen = Arc::clone(&seen);
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, seen: Arc<Seen>) -> Result<Response<Full<Bytes>>, Infallible> {
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let _ = request.into_body().collect().await;
    seen.calls.fetch_add(1, Ordering::Relaxed);
    if let Some(key) = key {
        *seen.keys.lock().expect("no holder of this lock can panic").entry(key).or_default() += 1;
    }
    let body = Full::new(Bytes::from_static(b"{\"ok\":true}"));
    Ok(Response::builder().header("content-type", "application/json").body(body).expect("a constant response"))
}
