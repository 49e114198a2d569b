use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A server that answers each request with the bytes a test gives, and remembers what it was asked.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Seen>,
    _accepting: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

/// What to do after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Wait for the next request on the connection.
    Stay,
    /// Close the connection.
    Close,
    /// Keep the connection open and say nothing more.
    Hang,
}

impl Server {
    /// Answers by the text of the request's head.
    pub(super) async fn start(answer: impl Fn(&str) -> (Vec<u8>, Then) + Send + Sync + 'static) -> Self {
        Self::on([127, 0, 0, 1].into(), 0, answer).await
    }

    pub(super) async fn on(address: IpAddr, port: u16, answer: impl Fn(&str) -> (Vec<u8>, Then) + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::serving(address, port, move |stream, seen| serve(stream, seen, answer.clone())).await
    }

    /// As [`Server::start`], behind TLS.
    pub(super) async fn with_tls(tls: rustls::ServerConfig, answer: impl Fn(&str) -> (Vec<u8>, Then) + Send + Sync + 'static) -> Self {
        let (tls, answer) = (tokio_rustls::TlsAcceptor::from(Arc::new(tls)), Arc::new(answer));
        let serving = move |stream, seen| {
            let (tls, answer) = (tls.clone(), answer.clone());
            async move {
                if let Ok(stream) = tls.accept(stream).await {
                    serve(stream, seen, answer).await;
                }
            }
        };
        Self::serving([127, 0, 0, 1].into(), 0, serving).await
    }

    async fn serving<F: Future<Output = ()> + Send + 'static>(
        address: IpAddr,
        port: u16,
        serve: impl Fn(tokio::net::TcpStream, Arc<Seen>) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((address, port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let mut accepting = JoinSet::new();
        accepting.spawn({
            let seen = seen.clone();
            async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    seen.connections.fetch_add(1, Ordering::SeqCst);
                    connections.spawn(serve(stream, seen.clone()));
                }
            }
        });
        Self { address, seen, _accepting: accepting }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Heads and bodies, in the order they came.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: Arc<Seen>, answer: Arc<impl Fn(&str) -> (Vec<u8>, Then)>) {
    let mut buffer = Vec::new();
    loop {
        let Some(request) = read_request(&mut stream, &mut buffer).await else { return };
        seen.requests.lock().unwrap().push(request.clone());
        let (bytes, then) = answer(&request);
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() || then == Then::Close {
            // Said in full before the connection closes.
            let _ = stream.shutdown().await;
            return;
        }
        if then == Then::Hang {
            std::future::pending::<()>().await;
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end + 4].to_vec()).unwrap();
            let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            let total = end + 4 + length.unwrap_or(0);
            if buffer.len() >= total {
                return Some(String::from_utf8(buffer.drain(..total).collect()).unwrap());
            }
        }
        if !matches!(stream.read_buf(buffer).await, Ok(1..)) {
            return None;
        }
    }
}
