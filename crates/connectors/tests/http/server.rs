use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A server that answers each request with the bytes a test gives for its path and text, and remembers what it was asked. It closes the
/// connection after an answer of no bytes.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    count: watch::Receiver<usize>,
    _accepting: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (requests, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let (counter, count) = watch::channel(0);
        let mut accepting = JoinSet::new();
        accepting.spawn({
            let requests = requests.clone();
            async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(serve(stream, requests.clone(), counter.clone(), answer.clone()));
                }
            }
        });
        Self { address, requests, count, _accepting: accepting }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The latest request: head and body.
    pub(crate) fn last(&self) -> String {
        self.requests.lock().expect("no holder of this lock panics").last().expect("there was a request").clone()
    }

    /// Waits for the first request.
    pub(crate) async fn asked(&self) {
        self.count.clone().wait_for(|count| *count > 0).await.expect("the server runs");
    }
}

async fn serve(
    mut stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
    counter: watch::Sender<usize>,
    answer: Arc<impl Fn(&str, &str) -> Vec<u8>>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        let bytes = answer(request.split([' ', '?']).nth(1).unwrap_or_default(), &request);
        requests.lock().expect("no holder of this lock panics").push(request);
        counter.send_modify(|count| *count += 1);
        if bytes.is_empty() || stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        let text = String::from_utf8_lossy(buffer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                buffer.clear();
                return Some(text);
            }
        }
        if !matches!(stream.read_buf(buffer).await, Ok(1..)) {
            return None;
        }
    }
}
