//! A small HTTP server on this machine that answers as a function says: the world outside, for tests.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A running server; ends with the process.
#[derive(Debug, Clone, Copy)]
pub struct Server {
    addr: SocketAddr,
}

/// A request, read to its end.
#[derive(Debug)]
pub struct Asked {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// What follows `?`, as sent; empty without.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty when it broke off.
    pub body: Bytes,
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    content_type: &'static str,
    body: Bytes,
}

impl Reply {
    /// A JSON document.
    #[must_use]
    pub fn json(document: impl Into<Bytes>) -> Self {
        Self::text("application/json", document)
    }

    /// A document of any type.
    #[must_use]
    pub fn text(content_type: &'static str, document: impl Into<Bytes>) -> Self {
        Self { status: 200, content_type, body: document.into() }
    }

    /// Only a status.
    ///
    /// # Panics
    /// When a response is sent with a number that is no status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::text("text/plain", Bytes::new()) }
    }
}

impl Server {
    /// Starts it on a free port.
    pub async fn start(answer: impl Fn(Asked) -> Reply + Send + Sync + 'static) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        #[expect(clippy::disallowed_methods, reason = "lives as long as the process; there is no shutdown to wait for")]
        tokio::spawn(serve(listener, Arc::new(answer)));
        Ok(Self { addr })
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

#[expect(clippy::disallowed_methods, reason = "lives as long as the process; there is no shutdown to wait for")]
async fn serve(listener: TcpListener, answer: Arc<impl Fn(Asked) -> Reply + Send + Sync + 'static>) {
    while let Ok((stream, _)) = listener.accept().await {
        let answer = Arc::clone(&answer);
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = Arc::clone(&answer);
                async move { Ok::<_, Infallible>(sent(answer(asked(request).await))) }
            });
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn asked(request: Request<Incoming>) -> Asked {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    }
}

fn sent(reply: Reply) -> Response<Full<Bytes>> {
    Response::builder()
        .status(reply.status)
        .header(CONTENT_TYPE, reply.content_type)
        .body(Full::new(reply.body))
        .expect("tests answer with statuses and content types that exist")
}
