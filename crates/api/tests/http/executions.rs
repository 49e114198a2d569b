//! Executions that nobody runs; those that run are in the tests beside.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use thaiyyal_testkit::http::Answer;

use crate::support::{Server, adding, problem, redacted, send};

async fn execute(server: &Server, workflow: &str, body: serde_json::Value) -> Answer {
    server.owner.post(&format!("/api/v1/workflows/{workflow}/execute"), &body).await.unwrap()
}

#[tokio::test]
async fn an_accepted_execution_can_be_read_at_once() {
    let server = Server::start().await;
    let workflow = server.workflow(&adding()).await;
    let body = json!({"input": {"b": [1, 2.5], "a": null}, "priority": "high", "labels": {"team": "x"}});
    let accepted = execute(&server, &workflow, body).await;
    assert_eq!(accepted.status, 202);
    let answer = accepted.json().unwrap();
    let path = format!("/api/v1/executions/{}", answer["execution_id"].as_str().unwrap());
    assert_eq!(accepted.header("location"), Some(path.as_str()));
    assert_eq!(answer["workflow_id"], workflow);
    insta::assert_json_snapshot!("accepted", redacted(answer));
    let read = server.owner.get(&path).await.unwrap().json().unwrap();
    insta::assert_json_snapshot!("queued", redacted(read.clone()));
    let same = server.owner.get(&format!("/api/v1/workflows/{workflow}{}", path.strip_prefix("/api/v1").unwrap())).await.unwrap();
    assert_eq!(same.json().unwrap(), read);
    let steps = server.owner.get(&format!("{path}/steps")).await.unwrap().json().unwrap();
    assert_eq!(steps, json!({"items": [], "next_cursor": null}));
    let other = server.workflow(&adding()).await;
    let wrong = server.owner.get(&format!("/api/v1/workflows/{other}{}", path.strip_prefix("/api/v1").unwrap())).await.unwrap();
    assert_eq!(problem(&wrong), (404, "not_found".into()));
}

#[tokio::test]
async fn an_empty_body_executes_without_input() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let accepted = server.owner.send(Method::POST, &path, &[], None).await.unwrap();
    assert_eq!(accepted.status, 202);
    let read = server.owner.get(accepted.header("location").unwrap()).await.unwrap().json().unwrap();
    assert_eq!((&read["input"], &read["priority"], &read["trigger"]), (&json!(null), &json!("normal"), &json!("api")));
}

#[tokio::test]
async fn a_version_can_be_chosen() {
    let server = Server::start().await;
    let workflow = server.workflow(&adding()).await;
    for (version, status, shown) in [(json!(1), 202, json!(1)), (json!("draft"), 202, json!(null)), (json!(null), 202, json!(1))] {
        let answer = execute(&server, &workflow, json!({"version": version})).await;
        assert_eq!((answer.status.as_u16(), &answer.json().unwrap()["version"]), (status, &shown), "{version}");
    }
    assert_eq!(problem(&execute(&server, &workflow, json!({"version": 2})).await), (404, "not_found".into()));
}

#[tokio::test]
async fn a_repeated_request_starts_one_execution() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let key = [("idempotency-key", "run 1")];
    let first = send(&server.owner, "POST", &path, &key, "{\"input\": 1}").await;
    let again = send(&server.owner, "POST", &path, &key, "{\"input\": 1}").await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (202, None));
    assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (202, Some("true")));
    assert_eq!(first.body, again.body);
    let other = send(&server.owner, "POST", &path, &key, "{\"input\": 2}").await;
    assert_eq!(problem(&other), (422, "idempotency_mismatch".into()));
    let list = server.owner.get("/api/v1/executions").await.unwrap().json().unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn many_requests_at_the_same_time_are_all_accepted() {
    let server = Server::start().await;
    let workflow = server.workflow(&adding()).await;
    let path = format!("/api/v1/workflows/{workflow}/execute");
    let bodies: Vec<_> = (0..200).map(|number| json!({"input": number})).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| server.owner.post(&path, body))).await;
    let ids: std::collections::HashSet<_> =
        answers.into_iter().map(|answer| answer.unwrap().json().unwrap()["execution_id"].to_string()).collect();
    assert_eq!(ids.len(), 200);
    let mut seen = 0;
    let mut path = "/api/v1/executions?limit=150".to_owned();
    while !path.is_empty() {
        let page = server.owner.get(&path).await.unwrap().json().unwrap();
        seen += page["items"].as_array().unwrap().iter().filter(|item| ids.contains(&item["id"].to_string())).count();
        path = page["next_cursor"].as_str().map_or_else(String::new, |next| format!("/api/v1/executions?limit=150&cursor={next}"));
    }
    assert_eq!(seen, 200);
}

#[tokio::test]
async fn lists_are_filtered() {
    let server = Server::start().await;
    let (one, other) = (server.workflow(&adding()).await, server.workflow(&adding()).await);
    for workflow in [&one, &one, &other] {
        execute(&server, workflow, json!({})).await;
    }
    let delayed = execute(&server, &other, json!({"delay_ms": 3_600_000})).await.json().unwrap();
    let count = async |query: &str| {
        let page = server.owner.get(&format!("/api/v1/executions?{query}")).await.unwrap().json().unwrap();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 4);
    assert_eq!(count(&format!("workflow_id={one}")).await, 2);
    assert_eq!(count("status=queued").await, 3);
    assert_eq!(count("status=waiting").await, 1);
    assert_eq!(count("status=succeeded").await, 0);
    assert_eq!(count("trigger=api").await, 4);
    assert_eq!(count("trigger=webhook").await, 0);
    assert_eq!(count("q=").await, 4);
    assert_eq!(count("q=no%20such%20name").await, 0);
    assert_eq!(count("since=2999-01-01T00:00:00Z").await, 0);
    assert_eq!(count("until=2999-01-01T00:00:00Z").await, 4);
    let of_one = server.owner.get(&format!("/api/v1/workflows/{one}/executions?status=queued")).await.unwrap().json().unwrap();
    assert_eq!(of_one["items"].as_array().unwrap().len(), 2);
    let waiting = server.owner.get(&format!("/api/v1/executions/{}", delayed["execution_id"].as_str().unwrap())).await.unwrap();
    let waiting = waiting.json().unwrap();
    assert_eq!((&waiting["status"], &waiting["reason"]), (&json!("waiting"), &json!("timer")));
    assert!(waiting["wake_at"].is_string());
}

#[tokio::test]
async fn a_queued_execution_is_cancelled_at_once_and_whoever_waits_is_told() {
    let server = Server::start().await;
    let workflow = server.workflow(&adding()).await;
    let path = format!("/api/v1/workflows/{workflow}/execute");
    let body = json!({"mode": "sync", "timeout_ms": 60_000});
    let waiting = async { server.owner.post(&path, &body).await.unwrap() };
    let cancelling = async {
        let id = thaiyyal_testkit::eventually("the execution", Duration::from_secs(20), async || {
            let list = server.owner.get("/api/v1/executions").await.unwrap().json().unwrap();
            list["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
        let path = format!("/api/v1/executions/{id}/cancel");
        let done = server.owner.post(&path, &json!({})).await.unwrap();
        let again = server.owner.send(Method::POST, &path, &[], None).await.unwrap();
        (done, again)
    };
    let (waited, (done, again)) = tokio::join!(waiting, cancelling);
    for answer in [done, again] {
        assert_eq!((answer.status.as_u16(), &answer.json().unwrap()["status"]), (200, &json!("cancelled")));
    }
    assert_eq!((waited.status.as_u16(), &waited.json().unwrap()["status"]), (200, &json!("cancelled")));
}

#[tokio::test]
async fn waiting_ends_when_the_time_is_over_and_the_execution_goes_on() {
    let server = Server::start().await;
    let workflow = server.workflow(&adding()).await;
    let answer = execute(&server, &workflow, json!({"mode": "sync", "timeout_ms": 1})).await;
    assert_eq!((answer.status.as_u16(), &answer.json().unwrap()["status"]), (202, &json!("queued")));
    let read = server.owner.get(answer.header("location").unwrap()).await.unwrap();
    assert_eq!(read.json().unwrap()["status"], "queued");
}

#[tokio::test]
async fn the_events_of_an_execution_end_with_its_end() {
    let server = Server::start().await;
    let workflow = server.workflow(&adding()).await;
    let id = execute(&server, &workflow, json!({})).await.json().unwrap()["execution_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/executions/{id}");
    let events_path = format!("{path}/events");
    let stream = server.owner.get(&events_path);
    let cancel_path = format!("{path}/cancel");
    let nothing = json!({});
    let (events, _) = tokio::join!(stream, server.owner.post(&cancel_path, &nothing));
    let events = events.unwrap();
    assert_eq!((events.status.as_u16(), events.header("content-type")), (200, Some("text/event-stream")));
    let text = String::from_utf8(events.body.to_vec()).unwrap();
    let last = text.trim_end().rsplit("\n\n").next().unwrap().to_owned();
    assert!(last.starts_with("id: 1\nevent: execution_finished\ndata: {"), "{text}");
    assert!(last.contains("\"status\":\"cancelled\""), "{text}");

    let seen = [("last-event-id", "1")];
    let again = server.owner.send(Method::GET, &format!("{path}/events"), &seen, None).await.unwrap();
    assert_eq!((again.status.as_u16(), again.body.len()), (204, 0), "a client that saw the end is told not to come back");
    let wrong = server.owner.send(Method::GET, &format!("{path}/events"), &[("last-event-id", "x")], None).await.unwrap();
    assert_eq!(problem(&wrong), (400, "invalid_header".into()));
    let gone = server.owner.get("/api/v1/executions/01980000-0000-7000-8000-000000000000/events").await.unwrap();
    assert_eq!(problem(&gone), (404, "not_found".into()));
}

#[tokio::test]
async fn a_server_that_stops_sends_waiting_callers_on_their_way() {
    let server = Server::start().await;
    let workflow = server.workflow(&adding()).await;
    let id = execute(&server, &workflow, json!({})).await.json().unwrap()["execution_id"].as_str().unwrap().to_owned();
    let (path, events) = (format!("/api/v1/workflows/{workflow}/execute"), format!("/api/v1/executions/{id}/events"));
    let body = json!({"mode": "sync"});
    let stopping = async {
        thaiyyal_testkit::eventually("the second execution", Duration::from_secs(20), async || {
            let list = server.owner.get("/api/v1/executions").await.unwrap().json().unwrap();
            (list["items"].as_array().unwrap().len() == 2).then_some(())
        })
        .await;
        server.stop.cancel();
    };
    let (waited, streamed, ()) = tokio::join!(server.owner.post(&path, &body), server.owner.get(&events), stopping);
    assert_eq!(waited.unwrap().status, 202, "it goes on without the server");
    assert!(String::from_utf8_lossy(&streamed.unwrap().body).ends_with("retry: 1000\n\n"));
    server.served.await.unwrap().unwrap();
}
