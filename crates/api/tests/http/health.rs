use serde_json::json;

use crate::support::{Server, Setup};

#[tokio::test]
async fn a_server_that_can_work_says_so() {
    let server = Server::start().await;
    let nobody = server.owner.with_key(None);
    for path in ["/health/live", "/health/ready", "/ready"] {
        let answer = nobody.get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.json().unwrap()), (200, json!({"status": "ok"})), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let report = nobody.get("/health").await.unwrap().json().unwrap();
    assert_eq!(report["status"], "ok");
    for check in ["database", "queue", "cache"] {
        assert_eq!(report["checks"][check]["status"], "ok", "{report}");
    }
    let metrics = nobody.get("/metrics").await.unwrap();
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(&metrics.body[..], b"thaiyyal_up 1\n");
}

#[tokio::test]
async fn a_server_that_is_about_to_stop_is_not_ready_and_still_serves() {
    let mut setup = Setup::default();
    setup.settings.drain_ms = 3_600_000;
    let server = setup.start().await;
    server.stop.cancel();
    let ready = server.owner.get("/health/ready").await.unwrap();
    assert_eq!((ready.status.as_u16(), ready.json().unwrap()), (503, json!({"status": "stopping"})));
    assert_eq!(server.owner.get("/api/v1/workflows").await.unwrap().status, 200);
    assert!(!server.served.is_finished());
}
