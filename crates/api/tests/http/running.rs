//! Executions that run.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use thaiyyal_testkit::http::Answer;

use crate::support::{Server, adding, problem, redacted, send};

async fn execute(server: &Server, definition: &Value, body: Value) -> Answer {
    let workflow = server.workflow(definition).await;
    server.owner.post(&format!("/api/v1/workflows/{workflow}/execute"), &body).await.unwrap()
}

fn probe(act: &str, with: &Value) -> Value {
    json!({
        "nodes": [
            {"id": "in", "type": "number", "data": {"value": 3}},
            {"id": "call", "type": "probe", "data": {"act": act, "with": with}}
        ],
        "edges": [{"source": "in", "target": "call"}]
    })
}

/// The events of a stream: name and data.
fn events(answer: &Answer) -> Vec<(String, Value)> {
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let event = |block: &str| {
        let line = |start: &str| block.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
        let data: Value = serde_json::from_str(&line("data: ")?).unwrap();
        assert_eq!(line("id: ").unwrap(), data["seq"].to_string());
        Some((line("event: ").unwrap(), data))
    };
    text.split("\n\n").filter_map(event).collect()
}

#[tokio::test]
async fn a_synchronous_call_answers_with_the_execution() {
    let server = Server::working().await;
    let answer = execute(&server, &adding(), json!({"mode": "sync", "input": {"a": 1}})).await;
    assert_eq!(answer.status, 200);
    let body = answer.json().unwrap();
    assert_eq!(body["output"], 15);
    insta::assert_json_snapshot!("succeeded", redacted(body.clone()));
    let read = server.owner.get(&format!("/api/v1/executions/{}", body["id"].as_str().unwrap())).await.unwrap();
    assert_eq!(read.json().unwrap(), body);
}

#[tokio::test]
async fn a_failed_execution_is_an_answer_too() {
    let server = Server::working().await;
    let answer = execute(&server, &probe("fail", &json!({"why": "x"})), json!({"mode": "sync", "input": 5})).await;
    assert_eq!(answer.status, 200);
    insta::assert_json_snapshot!("failed", redacted(answer.json().unwrap()));
}

#[tokio::test]
async fn a_repeated_synchronous_call_gets_the_same_execution() {
    let server = Server::working().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let key = [("idempotency-key", "k")];
    let first = send(&server.owner, "POST", &path, &key, "{\"mode\": \"sync\"}").await;
    let again = send(&server.owner, "POST", &path, &key, "{\"mode\": \"sync\"}").await;
    assert_eq!((first.status.as_u16(), again.status.as_u16(), again.header("idempotency-replayed")), (200, 200, Some("true")));
    assert_eq!(first.json().unwrap(), again.json().unwrap());
}

#[tokio::test]
async fn many_wait_at_the_same_time() {
    let server = Server::working().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let body = json!({"mode": "sync"});
    let answers = futures_util::future::join_all((0..100).map(|_| server.owner.post(&path, &body))).await;
    for answer in answers {
        assert_eq!(answer.unwrap().json().unwrap()["output"], 15);
    }
}

#[tokio::test]
async fn an_inline_definition_runs_bare_or_with_an_input() {
    let server = Server::working().await;
    let mut bare = adding();
    bare["workflow_id"] = json!("my adding");
    let answer = server.owner.post("/api/v1/workflow/execute", &bare).await.unwrap();
    assert_eq!(answer.status, 200);
    insta::assert_json_snapshot!("inline", redacted(answer.json().unwrap()));

    let with_input = json!({"definition": probe("answer", &json!("{{ trigger.input.name }}")), "input": {"name": "you"}});
    let answer = server.owner.post("/api/v1/workflow/execute", &with_input).await.unwrap().json().unwrap();
    assert_eq!((&answer["success"], &answer["final_output"]), (&json!(true), &json!("you")), "{answer}");

    let failed = server.owner.post("/api/v1/workflow/execute", &probe("fail", &json!(null))).await.unwrap();
    assert_eq!(failed.status, 200);
    insta::assert_json_snapshot!("inline_failed", redacted(failed.json().unwrap()));
    let recorded = server.owner.get("/api/v1/executions?status=failed").await.unwrap().json().unwrap();
    assert_eq!(recorded["items"].as_array().unwrap().len(), 1, "it is recorded like any other");
}

#[tokio::test]
async fn an_empty_definition_runs_and_gives_nothing() {
    let server = Server::working().await;
    for definition in [json!({}), json!({"nodes": [], "edges": []})] {
        let answer = server.owner.post("/api/v1/workflow/execute", &definition).await.unwrap().json().unwrap();
        assert_eq!((&answer["success"], &answer["results"], &answer["final_output"]), (&json!(true), &json!({}), &json!(null)), "{answer}");
    }
}

#[tokio::test]
async fn the_steps_tell_what_was_asked_and_answered() {
    let server = Server::working().await;
    let answer = execute(&server, &probe("answer", &json!({"n": 7})), json!({"mode": "sync", "input": "x"})).await;
    let path = format!("/api/v1/executions/{}/steps", answer.json().unwrap()["id"].as_str().unwrap());
    let steps = server.owner.get(&path).await.unwrap().json().unwrap();
    insta::assert_json_snapshot!("steps", redacted(steps.clone()));
    let first = server.owner.get(&format!("{path}?limit=1")).await.unwrap().json().unwrap();
    assert_eq!(first["items"], json!([steps["items"][0]]));
    let second =
        server.owner.get(&format!("{path}?limit=1&cursor={}", first["next_cursor"].as_str().unwrap())).await.unwrap().json().unwrap();
    assert_eq!((&second["items"], &second["next_cursor"]), (&json!([steps["items"][1]]), &Value::Null));
}

#[tokio::test]
async fn events_come_while_it_runs_and_go_on_where_a_client_left_off() {
    let server = Server::working().await;
    let accepted = execute(&server, &probe("hold", &json!(1)), json!({})).await.json().unwrap();
    let path = format!("/api/v1/executions/{}", accepted["execution_id"].as_str().unwrap());
    server.probe.began.notified().await;
    assert_eq!(server.owner.get(&path).await.unwrap().json().unwrap()["status"], "running");
    let events_path = format!("{path}/events");
    // Two listen from the beginning; the call ends once both are served.
    let (one, other, ()) = tokio::join!(server.owner.get(&events_path), server.owner.get(&events_path), async {
        tokio::task::yield_now().await;
        server.probe.go.add_permits(1);
    });
    let one = events(&one.unwrap());
    assert_eq!(one, events(&other.unwrap()));
    let names: Vec<_> = one.iter().map(|(name, data)| (name.as_str(), data["node_id"].as_str().unwrap_or(""))).collect();
    assert_eq!(
        names,
        [
            ("execution_started", ""),
            ("step_succeeded", "in"),
            ("step_started", "call"),
            ("step_succeeded", "call"),
            ("execution_finished", "")
        ]
    );
    let numbers: Vec<_> = one.iter().map(|(_, data)| data["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
    assert_eq!((&one[4].1["status"], &one[4].1["output"]), (&json!("succeeded"), &json!(1)));

    for (seen, left) in [("0", 4), ("1", 3), ("2", 2), ("3", 1)] {
        let rest = server.owner.send(Method::GET, &events_path, &[("last-event-id", seen)], None).await.unwrap();
        assert_eq!(events(&rest), one[5 - left..], "after {seen}");
    }
    assert_eq!(server.owner.send(Method::GET, &events_path, &[("last-event-id", "4")], None).await.unwrap().status, 204);
}

#[tokio::test]
async fn a_running_execution_is_told_to_end() {
    let server = Server::working().await;
    let accepted = execute(&server, &probe("hold", &json!(1)), json!({})).await.json().unwrap();
    let path = format!("/api/v1/executions/{}", accepted["execution_id"].as_str().unwrap());
    server.probe.began.notified().await;
    let answer = server.owner.post(&format!("{path}/cancel"), &json!({})).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.json().unwrap()["status"]), (202, &json!("running")));
    let stream = events(&server.owner.get(&format!("{path}/events")).await.unwrap());
    assert_eq!(stream.last().unwrap().1["status"], "cancelled");
    let read = server.owner.get(&path).await.unwrap().json().unwrap();
    assert_eq!((&read["status"], &read["output"]), (&json!("cancelled"), &Value::Null));
}

#[tokio::test]
async fn a_delayed_execution_runs_when_its_time_has_come() {
    let server = Server::working().await;
    let answer = execute(&server, &adding(), json!({"mode": "sync", "delay_ms": 200})).await;
    let body = answer.json().unwrap();
    assert_eq!((answer.status.as_u16(), &body["output"]), (200, &json!(15)), "{body}");
}

#[tokio::test]
async fn data_of_any_kind_goes_through_as_it_is() {
    let server = Server::working().await;
    let input = json!({"text": "日本 🎌 \u{7f} \"\\ \u{2028}", "numbers": [0, -0.5, 1e300, 9_007_199_254_740_991_i64], "nested": [[[{}]]], "null": null, "": true});
    let definition = json!({
        "nodes": [{"id": "n", "type": "number", "data": {"value": 1}}, {"id": "a", "type": "expression", "data": {"expression": "trigger.input"}}],
        "edges": [{"source": "n", "target": "a"}]
    });
    let body = execute(&server, &definition, json!({"mode": "sync", "input": input})).await.json().unwrap();
    assert_eq!((&body["input"], &body["output"], &body["node_results"]["a"]), (&input, &input, &input));
}

#[tokio::test]
async fn a_workflow_without_permission_to_read_can_still_be_executed() {
    let server = Server::working().await;
    let workflow = server.workflow(&adding()).await;
    let runner = server.limited(&["workflows:execute"]).await;
    let answer = runner.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({"mode": "sync"})).await.unwrap();
    assert_eq!(answer.json().unwrap()["output"], 15);
    assert_eq!(problem(&runner.get("/api/v1/executions").await.unwrap()), (403, "forbidden".into()));
}

/// Creates and publishes a workflow of this name.
async fn named(server: &Server, name: &str, definition: &Value) {
    let body = json!({"name": name, "definition": definition, "publish": true});
    assert_eq!(server.owner.post("/api/v1/workflows", &body).await.unwrap().status, 201);
}

#[tokio::test]
async fn an_execution_shows_its_parent_and_a_list_its_children() {
    let server = Server::working().await;
    named(&server, "Sum", &adding()).await;
    let calls = json!({
        "nodes": [
            {"id": "r", "type": "range", "data": {"start": 1, "end": 3}},
            {"id": "e", "type": "for_each", "data": {}},
            {"id": "call", "type": "sub_workflow", "data": {"workflow": "Sum"}}
        ],
        "edges": [{"source": "r", "target": "e"}, {"source": "e", "target": "call", "sourceHandle": "body"}]
    });
    let parent = execute(&server, &calls, json!({"mode": "sync"})).await.json().unwrap();
    assert_eq!((&parent["status"], &parent["output"]["results"]), (&json!("succeeded"), &json!([15, 15, 15])), "{parent}");
    let id = parent["id"].as_str().unwrap();
    let list = server.owner.get(&format!("/api/v1/executions?parent_id={id}&status=succeeded")).await.unwrap().json().unwrap();
    let steps: Vec<_> = list["items"].as_array().unwrap().iter().rev().map(|child| child["parent_step"].clone()).collect();
    assert_eq!(steps, [json!("call[0]"), json!("call[1]"), json!("call[2]")]);
    let child = &list["items"][0];
    assert_eq!((&child["parent_id"], &child["trigger"]), (&json!(id), &json!("parent")));
    let read = server.owner.get(&format!("/api/v1/executions/{}", child["id"].as_str().unwrap())).await.unwrap().json().unwrap();
    assert_eq!((&read["parent_id"], &read["parent_step"], &read["input"]), (&json!(id), &json!("call[2]"), &json!(3)));
    let started = server.owner.get(&format!("/api/v1/executions/{id}/steps")).await.unwrap().json().unwrap();
    let inputs: Vec<_> = started["items"].as_array().unwrap().iter().filter(|step| step["node_id"] == "call").collect();
    assert!(inputs.iter().any(|step| step["input"]["execution_id"] == child["id"]), "{started}");
    let wrong = server.owner.get("/api/v1/executions?parent_id=x").await.unwrap();
    assert_eq!(problem(&wrong), (400, "invalid_parameter".into()));
}

#[tokio::test]
async fn a_rate_is_limited_over_all_executions_of_a_workflow() {
    let server = Server::working().await;
    for node in [
        json!({"id": "r", "type": "rate_limiter", "data": {"max_requests": 1, "per_duration": "1h"}}),
        json!({"id": "r", "type": "rate_limiter", "data": {"max_requests": 1, "per_duration": "1h", "strategy": "token_bucket"}}),
        json!({"id": "r", "type": "throttle", "data": {"requests_per_second": 0.0003}}),
    ] {
        let definition =
            json!({"nodes": [{"id": "n", "type": "number", "data": {"value": 7}}, node], "edges": [{"source": "n", "target": "r"}]});
        let path = format!("/api/v1/workflows/{}/execute", server.workflow(&definition).await);
        let first = server.owner.post(&path, &json!({"mode": "sync"})).await.unwrap().json().unwrap();
        assert_eq!((&first["status"], &first["output"]["value"]), (&json!("succeeded"), &json!(7)), "{first}");
        let second = server.owner.post(&path, &json!({})).await.unwrap().json().unwrap();
        let place = format!("/api/v1/executions/{}", second["execution_id"].as_str().unwrap());
        let waiting = thaiyyal_testkit::eventually("the second to wait", Duration::from_secs(20), async || {
            let read = server.owner.get(&place).await.unwrap().json().unwrap();
            (read["status"] == "waiting").then_some(read)
        });
        assert_eq!(waiting.await["reason"], "rate_limit");
        // Another workflow has a rate of its own.
        let other = execute(&server, &definition, json!({"mode": "sync"})).await.json().unwrap();
        assert_eq!(other["status"], "succeeded", "{other}");
    }
}
