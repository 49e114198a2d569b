use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// One bucket in memory behind the part of the S3 protocol that the client uses. Requests that are not signed are refused.
pub(crate) struct Service {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<String>>>,
    _accepting: JoinSet<()>,
}

type Bucket = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

struct Request {
    method: String,
    path: String,
    query: String,
    is_signed: bool,
    body: Vec<u8>,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (bucket, seen) = (Bucket::default(), Arc::new(Mutex::new(Vec::new())));
        let mut accepting = JoinSet::new();
        accepting.spawn({
            let seen = Arc::clone(&seen);
            async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(serve(stream, Arc::clone(&bucket), Arc::clone(&seen)));
                }
            }
        });
        Self { address, seen, _accepting: accepting }
    }

    /// The paths of objects that were asked for.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen.lock().expect("no holder of this lock panics").clone()
    }
}

async fn serve(mut stream: TcpStream, bucket: Bucket, seen: Arc<Mutex<Vec<String>>>) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        if request.query.is_empty() {
            seen.lock().expect("no holder of this lock panics").push(request.path.clone());
        }
        let (status, body) = answer(&request, &bucket);
        let kind = if body.starts_with(b"<?xml") { "application/xml" } else { "application/octet-stream" };
        let length = body.len();
        let mut bytes = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\netag: \"e\"\r\nlast-modified: Sat, 21 Nov 2026 03:00:00 GMT\r\n\r\n"
        )
        .into_bytes();
        if request.method != "HEAD" {
            bytes.extend(body);
        }
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

fn answer(request: &Request, bucket: &Bucket) -> (u16, Vec<u8>) {
    let mut bucket = bucket.lock().expect("no holder of this lock panics");
    if !request.is_signed {
        return (403, Vec::new());
    }
    let key = request.path.strip_prefix("/bucket").unwrap_or_default().trim_start_matches('/').to_owned();
    match (request.method.as_str(), request.query.as_str()) {
        ("PUT", "") => {
            bucket.insert(key, request.body.clone());
            (200, Vec::new())
        }
        ("GET" | "HEAD", "") => bucket.get(&key).map_or((404, Vec::new()), |content| (200, content.clone())),
        ("GET", query) => {
            let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default().replace("%2F", "/");
            let found = bucket.iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(key, content)| {
                let length = content.len();
                format!("<Contents><Key>{key}</Key><Size>{length}</Size><LastModified>2026-11-21T03:00:00.000Z</LastModified><ETag>e</ETag></Contents>")
            });
            let found: String = found.collect();
            (
                200,
                format!("<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>").into_bytes(),
            )
        }
        ("POST", "delete") => {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let keys = body.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>")).map(|(key, _)| key);
            let deleted: String =
                keys.filter(|key| bucket.remove(*key).is_some()).map(|key| format!("<Deleted><Key>{key}</Key></Deleted>")).collect();
            (200, format!("<?xml version=\"1.0\"?><DeleteResult>{deleted}</DeleteResult>").into_bytes())
        }
        _ => (400, Vec::new()),
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Request> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let header = |name: &str| {
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix(name).map(|value| value.trim().to_owned()))
            };
            let length = header("content-length:").and_then(|length| length.parse().ok()).unwrap_or(0);
            if buffer.len() >= end + 4 + length {
                let body = buffer[end + 4..end + 4 + length].to_vec();
                buffer.drain(..end + 4 + length);
                let mut line = head.split(' ');
                let (method, target) = (line.next()?.to_owned(), line.next()?);
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let is_signed = header("authorization:").is_some_and(|value| value.starts_with("aws4-hmac-sha256 credential=key/"));
                return Some(Request { method, path: path.to_owned(), query: query.trim_end_matches('=').to_owned(), is_signed, body });
            }
        }
        if !matches!(stream.read_buf(buffer).await, Ok(1..)) {
            return None;
        }
    }
}
