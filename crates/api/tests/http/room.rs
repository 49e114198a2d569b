//! Large bodies share a bounded amount of memory.

use std::time::Duration;

use serde_json::json;
use thaiyyal_testkit::http::Answer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Server, Setup, adding, problem};

const LARGE: usize = 60_000;

/// A server with room for one large body, and the address that takes them.
async fn start() -> (Server, String) {
    let mut setup = Setup::default();
    setup.settings.max_body_bytes_in_flight = 100_000;
    let server = setup.start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    (server, path)
}

async fn post(server: &Server, path: &str, bytes: usize) -> Answer {
    server.owner.post(path, &json!({"input": "x".repeat(bytes)})).await.unwrap()
}

/// Begins a request and sends the first half of its body.
async fn begin(server: &Server, path: &str, framing: &str, half: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.owner.base().strip_prefix("http://").unwrap()).await.unwrap();
    let key = &server.tenant.key;
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(half.as_bytes()).await.unwrap();
    stream
}

/// Begins a request and comes back once the server has given it room, with the answer to another large body that found none.
async fn hold(server: &Server, path: &str, framing: &str, half: &str) -> (TcpStream, Answer) {
    let holding = async {
        'again: loop {
            let stream = begin(server, path, framing, half).await;
            loop {
                let other = post(server, path, LARGE).await;
                // The other may have come first; then this one is refused.
                if stream.try_read(&mut [0]).is_ok() {
                    continue 'again;
                }
                if other.status == 503 {
                    return (stream, other);
                }
                assert_eq!(other.status, 202);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), holding).await.unwrap()
}

/// Sends the rest and reads the first line of the answer.
async fn finish(mut stream: TcpStream, rest: &str) -> String {
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer.to_vec()).unwrap()
}

#[tokio::test]
async fn a_large_body_without_room_is_refused_and_small_ones_go_on() {
    let (server, path) = start().await;
    let body = json!({"input": "x".repeat(LARGE)}).to_string();
    let (first, rest) = body.split_at(body.len() / 2);
    let (under_way, refused) = hold(&server, &path, &format!("Content-Length: {}", body.len()), first).await;
    assert_eq!(problem(&refused), (503, "overloaded".into()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    for _ in 0..20 {
        assert_eq!(post(&server, &path, 10_000).await.status, 202);
    }
    assert_eq!(finish(under_way, rest).await, "HTTP/1.1 202");
    assert_eq!(post(&server, &path, LARGE).await.status, 202, "the room is free again");
    assert_eq!(post(&server, &path, 200_000).await.status, 202, "a body larger than all the room goes alone");
}

#[tokio::test]
async fn a_body_of_unknown_length_takes_room_once_it_is_large() {
    let (server, path) = start().await;
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let few = chunk("{\"input\": \"");
    let small = begin(&server, &path, "Transfer-Encoding: chunked", &few).await;
    assert_eq!(post(&server, &path, 90_000).await.status, 202);
    let many = format!("{few}{}", chunk(&"x".repeat(20_000)));
    let (under_way, refused) = hold(&server, &path, "Transfer-Encoding: chunked", &many).await;
    assert_eq!(problem(&refused), (503, "overloaded".into()));
    assert_eq!(finish(small, "2\r\n\"}\r\n0\r\n\r\n").await, "HTTP/1.1 202", "a small one goes on");
    assert_eq!(finish(under_way, "2\r\n\"}\r\n0\r\n\r\n").await, "HTTP/1.1 202");
    assert_eq!(post(&server, &path, LARGE).await.status, 202, "the room is free again");
}

#[tokio::test]
async fn a_client_that_breaks_off_gives_its_room_back() {
    let (server, path) = start().await;
    let half = format!("{{\"input\": \"{}", "x".repeat(LARGE / 2));
    for _ in 0..3 {
        let (under_way, _) = hold(&server, &path, &format!("Content-Length: {LARGE}"), &half).await;
        drop(under_way);
        let free = async { while post(&server, &path, LARGE).await.status != 202 {} };
        tokio::time::timeout(Duration::from_secs(20), free).await.unwrap();
    }
    assert_eq!(post(&server, &path, 90_000).await.status, 202, "all of it came back");
}

#[tokio::test]
async fn a_refused_body_gives_its_room_back() {
    let (server, path) = start().await;
    for _ in 0..3 {
        let broken = bytes::Bytes::from("x".repeat(LARGE));
        let answer = server.owner.send(hyper::Method::POST, &path, &[], Some(broken)).await.unwrap();
        assert_eq!(problem(&answer), (400, "invalid_json".into()));
    }
    assert_eq!(post(&server, &path, 90_000).await.status, 202);
}
