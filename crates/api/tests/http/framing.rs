//! Requests as no decent client would send them.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Server, Setup, adding};

/// Sends bytes and reads until the server closes, or has nothing more to say for a while.
async fn raw(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.owner.base().strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(Ok(length)) = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut chunk)).await {
        if length == 0 {
            break;
        }
        answer.extend_from_slice(&chunk[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn ambiguous_framing_is_refused() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n", server.tenant.key);
    for (name, rest) in [
        ("two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        ("length and chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        ("a length that is none", "Content-Length: two\r\n\r\n{}"),
        ("an unknown encoding", "Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    ] {
        let answer = raw(&server, &format!("{head}{rest}")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{name}: {answer}");
    }
    assert!(raw(&server, "nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let mut setup = Setup::default();
    setup.settings.body_timeout_ms = 50;
    let server = setup.start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let key = &server.tenant.key;
    let half = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    let answer = raw(&server, &half).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"code\":\"request_timeout\""), "{answer}");
}

#[tokio::test]
async fn headers_that_are_too_long_are_refused() {
    let server = Server::start().await;
    let answer = raw(&server, &format!("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20))).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(server.owner.get("/health/live").await.unwrap().status, 200);
}

#[tokio::test]
async fn whatever_can_be_read_can_be_asked_after() {
    let server = Setup { worker: true, ..Setup::default() }.start().await;
    let workflow = server.workflow(&adding()).await;
    let ran = server.owner.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({"mode": "sync"})).await.unwrap();
    let execution = ran.json().unwrap()["id"].as_str().unwrap().to_owned();
    for path in ["/health/live", "/health", "/api/openapi.json", "/api/v1/workflows", &format!("/api/v1/workflows/{workflow}"), "/"] {
        let whole = server.owner.get(path).await.unwrap();
        let head = server.owner.send(Method::HEAD, path, &[], None).await.unwrap();
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
        for header in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(header).is_some(), whole.header(header).is_some(), "{header} of {path}");
        }
    }
    let events = format!("/api/v1/executions/{execution}/events");
    let head = server.owner.send(Method::HEAD, &events, &[], None).await.unwrap();
    assert_eq!((head.status.as_u16(), head.header("content-type")), (200, Some("text/event-stream")));
    let nobody = server.owner.with_key(None);
    assert_eq!(nobody.send(Method::HEAD, "/api/v1/workflows", &[], None).await.unwrap().status, 401);
    assert_eq!(server.owner.send(Method::HEAD, "/api/v1/workflow/execute", &[], None).await.unwrap().status, 405);

    // The next answer on the connection begins right after the head of the first.
    let answers = raw(&server, "HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!((answers.matches("HTTP/1.1 200").count(), answers.matches("{\"status\":\"ok\"}").count()), (2, 1), "{answers}");
}
