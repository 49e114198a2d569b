//! Answers are compressed for those who ask, where that gives nothing away.

use std::io::Read;

use hyper::Method;
use serde_json::{Value, json};
use thaiyyal_testkit::http::{Answer, Client};

use crate::support::{Server, adding, problem};

async fn asked(client: &Client, path: &str, encodings: &str) -> Answer {
    client.send(Method::GET, path, &[("accept-encoding", encodings)], None).await.unwrap()
}

fn unpacked(answer: &Answer) -> Value {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*answer.body).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn json_is_compressed_when_asked_for() {
    let server = Server::start().await;
    let mut large = adding();
    large["note"] = json!("words ".repeat(50_000));
    let small = format!("/api/v1/workflows/{}", server.workflow(&adding()).await);
    let large = format!("/api/v1/workflows/{}", server.workflow(&large).await);
    for path in ["/api/v1/node-types", "/api/openapi.json", large.as_str()] {
        let plain = server.owner.get(path).await.unwrap();
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("accept-encoding")), "{path}");
        for encodings in ["gzip", "br, gzip;q=0.5"] {
            let packed = asked(&server.owner, path, encodings).await;
            assert_eq!((packed.header("content-encoding"), packed.header("vary")), (Some("gzip"), Some("accept-encoding")), "{path}");
            assert_eq!(
                (packed.header("content-type"), packed.header("etag")),
                (plain.header("content-type"), plain.header("etag")),
                "{path}"
            );
            assert!(packed.body.len() < plain.body.len() / 2, "{path}: {} of {}", packed.body.len(), plain.body.len());
            assert_eq!(unpacked(&packed), plain.json().unwrap(), "{path}");
        }
        for encodings in ["br", "gzip;q=0", "identity", ""] {
            let answer = asked(&server.owner, path, encodings).await;
            assert_eq!((answer.header("content-encoding"), &answer.body), (None, &plain.body), "{path} {encodings}");
        }
    }
    let little = asked(&server.owner, &small, "gzip").await;
    assert_eq!((little.header("content-encoding"), little.body.len() < 1_024), (None, true));
}

#[tokio::test]
async fn problems_are_compressed_too() {
    let server = Server::start().await;
    let nodes: Vec<_> = (0..50).map(|number| json!({"id": number.to_string(), "type": "nonsense"})).collect();
    let body = json!({"nodes": nodes}).to_string();
    let answer =
        server.owner.send(Method::POST, "/api/v1/workflow/execute", &[("accept-encoding", "gzip")], Some(body.into())).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (422, Some("gzip")));
    assert_eq!(unpacked(&answer)["errors"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn what_holds_secrets_or_is_a_stream_is_not_compressed() {
    let server = Server::working().await;
    for _ in 0..10 {
        server.limited(&["workflows:read", "workflows:write", "executions:read"]).await;
    }
    let keys = asked(&server.owner, "/api/v1/api-keys", "gzip").await;
    assert!(keys.body.len() > 2_000 && keys.header("content-encoding").is_none());
    let body = json!({"name": "x".repeat(200), "permissions": vec!["workflows:read"; 100]}).to_string();
    let made = server.owner.send(Method::POST, "/api/v1/api-keys", &[("accept-encoding", "gzip")], Some(body.into())).await.unwrap();
    assert_eq!((made.status.as_u16(), made.header("content-encoding"), made.body.len() > 1_024), (201, None, true));

    let workflow = server.workflow(&adding()).await;
    let run = json!({"mode": "sync", "input": "x".repeat(5_000)});
    let ran = server.owner.post(&format!("/api/v1/workflows/{workflow}/execute"), &run).await.unwrap();
    let execution = ran.json().unwrap()["id"].as_str().unwrap().to_owned();
    let events = asked(&server.owner, &format!("/api/v1/executions/{execution}/events"), "gzip").await;
    assert_eq!((events.header("content-type"), events.header("content-encoding")), (Some("text/event-stream"), None));
    let whole = asked(&server.owner, &format!("/api/v1/executions/{execution}"), "gzip").await;
    assert_eq!((whole.header("content-encoding"), &unpacked(&whole)["output"]), (Some("gzip"), &json!(15)));
    assert_eq!(problem(&asked(&server.owner, "/api/v1/nothing", "gzip").await), (404, "not_found".into()));
}
