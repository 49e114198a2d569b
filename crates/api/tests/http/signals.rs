//! Waits for signals, callbacks and decisions, through a server that runs what it accepts.

use std::time::Duration;

use hyper::StatusCode;
use serde_json::{Value, json};
use thaiyyal_testkit::http::{Answer, Client};

use crate::support::{Server, Setup, problem, send};

/// How long a test waits for something that has to come.
const PATIENCE: Duration = Duration::from_secs(60);

fn waiting(settings: &Value) -> Value {
    json!({"nodes": [{"id": "w", "type": "wait", "data": settings}], "edges": []})
}

async fn post(client: &Client, path: &str, body: &Value) -> Answer {
    client.post(path, body).await.unwrap()
}

/// Starts a workflow of its own and waits until it waits; its id.
async fn begun(server: &Server, definition: &Value) -> String {
    let workflow = server.workflow(definition).await;
    let made = post(&server.owner, &format!("/api/v1/workflows/{workflow}/execute"), &json!({})).await;
    let id = made.json().unwrap()["execution_id"].as_str().unwrap().to_owned();
    reached(server, &id, "waiting").await;
    id
}

/// Waits until an execution stands there; the execution.
async fn reached(server: &Server, id: &str, status: &str) -> Value {
    thaiyyal_testkit::eventually(&format!("execution {id} to become {status}"), PATIENCE, || async {
        let found = server.owner.get(&format!("/api/v1/executions/{id}")).await.unwrap().json().unwrap();
        (found["status"] == status).then_some(found)
    })
    .await
}

#[tokio::test]
async fn a_signal_goes_to_the_execution_that_waits_for_it() {
    let server = Server::working().await;
    let id = begun(&server, &waiting(&json!({"for": "signal", "name": "paid"}))).await;
    assert_eq!(reached(&server, &id, "waiting").await["reason"], "signal");
    let path = format!("/api/v1/executions/{id}/signals/paid");
    let sent = post(&server.owner, &path, &json!({"amount": 12})).await;
    assert_eq!((sent.status, sent.json().unwrap()), (StatusCode::ACCEPTED, json!({"execution_id": id, "signal": "paid"})));
    assert_eq!(reached(&server, &id, "succeeded").await["output"]["payload"], json!({"amount": 12}));
    assert_eq!(problem(&post(&server.owner, &path, &json!(1)).await), (409, "execution_ended".into()));
}

#[tokio::test]
async fn a_step_that_waits_says_for_what_and_to_some_where_to_send_it() {
    let server = Server::working().await;
    let step = async |client: &Client, id: &str| -> Value {
        client.get(&format!("/api/v1/executions/{id}/steps")).await.unwrap().json().unwrap()["items"][0].clone()
    };
    let id = begun(&server, &waiting(&json!({"for": "signal", "name": "paid"}))).await;
    let shown = step(&server.owner, &id).await;
    assert_eq!((&shown["reason"], &shown["signal"], &shown["callback_url"]), (&json!("signal"), &json!("paid"), &Value::Null));

    let id = begun(&server, &waiting(&json!({"for": "callback", "name": "bank"}))).await;
    let reader = server.limited(&["executions:read"]).await;
    let shown = step(&reader, &id).await;
    assert_eq!((&shown["signal"], &shown["callback_url"]), (&json!("callback:bank"), &Value::Null));
    let shown = step(&server.owner, &id).await;
    let url = shown["callback_url"].as_str().unwrap();
    let path = &url[url.find("/api/").unwrap()..];
    assert_eq!(post(&reader, path, &json!("paid")).await.status, StatusCode::ACCEPTED);
    assert_eq!(reached(&server, &id, "succeeded").await["output"]["payload"], "paid");
    let ended = step(&server.owner, &id).await;
    assert_eq!((&ended["signal"], &ended["callback_url"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_step_that_waited_when_its_execution_was_cancelled_does_not_wait_any_more() {
    let server = Server::working().await;
    let id = begun(&server, &waiting(&json!({"for": "signal"}))).await;
    post(&server.owner, &format!("/api/v1/executions/{id}/cancel"), &json!({})).await;
    let ended = reached(&server, &id, "cancelled").await;
    let steps = server.owner.get(&format!("/api/v1/executions/{id}/steps")).await.unwrap().json().unwrap();
    let step = &steps["items"][0];
    assert_eq!((&step["status"], &step["reason"], &step["finished_at"]), (&json!("cancelled"), &Value::Null, &ended["finished_at"]));
}

#[tokio::test]
async fn a_repeated_signal_is_sent_once() {
    let server = Server::start().await;
    let workflow = server.workflow(&waiting(&json!({"for": "signal"}))).await;
    let made = post(&server.owner, &format!("/api/v1/workflows/{workflow}/execute"), &json!({})).await.json().unwrap();
    let path = format!("/api/v1/executions/{}/signals/signal", made["execution_id"].as_str().unwrap());
    let key = [("idempotency-key", "k")];
    let first = send(&server.owner, "POST", &path, &key, "[1]").await;
    let again = send(&server.owner, "POST", &path, &key, "[1]").await;
    assert_eq!((first.status.as_u16(), again.status.as_u16(), again.header("idempotency-replayed")), (202, 202, Some("true")));
    assert_eq!(problem(&send(&server.owner, "POST", &path, &key, "[2]").await), (422, "idempotency_mismatch".into()));
}

#[tokio::test]
async fn signals_have_limits_that_say_so() {
    let mut setup = Setup::default();
    (setup.settings.max_pending_signals, setup.settings.max_signal_bytes) = (2, 1_000);
    let server = setup.start().await;
    let workflow = server.workflow(&waiting(&json!({"for": "signal"}))).await;
    let made = post(&server.owner, &format!("/api/v1/workflows/{workflow}/execute"), &json!({})).await.json().unwrap();
    let at = |name: &str| format!("/api/v1/executions/{}/signals/{name}", made["execution_id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(post(&server.owner, &at("any"), &json!(null)).await.status, StatusCode::ACCEPTED);
    }
    assert_eq!(problem(&post(&server.owner, &at("any"), &json!(null)).await), (429, "too_many_signals".into()));
    assert_eq!(problem(&post(&server.owner, &at("any"), &json!("x".repeat(1_000))).await), (413, "payload_too_large".into()));
    assert_eq!(problem(&post(&server.owner, &at("child:1"), &json!(null)).await), (400, "invalid_parameter".into()));
    assert_eq!(problem(&send(&server.owner, "POST", &at("any"), &[], "{").await), (400, "invalid_json".into()));
}

#[tokio::test]
async fn whoever_has_the_address_may_call_back_and_nobody_else() {
    let server = Server::working().await;
    let definition = json!({
        "nodes": [
            {"id": "n", "type": "number", "data": {"value": 1}},
            {"id": "url", "type": "expression", "data": {"expression": "execution.callback_url"}},
            {"id": "plain", "type": "wait", "data": {"for": "callback"}},
            {"id": "named", "type": "wait", "data": {"for": "callback", "name": "second"}}
        ],
        "edges": [{"source": "n", "target": "url"}, {"source": "url", "target": "plain"}, {"source": "plain", "target": "named"}]
    });
    let id = begun(&server, &definition).await;
    let url = server.owner.get(&format!("/api/v1/executions/{id}/steps")).await.unwrap().json().unwrap()["items"][1]["output"].clone();
    let path = url.as_str().and_then(|url| url.find("/api/v1/callbacks/").map(|at| url[at..].to_owned())).unwrap();
    let nobody = server.owner.with_key(None);

    // A signal of this name is not a callback of this name.
    let signal = post(&server.owner, &format!("/api/v1/executions/{id}/signals/second"), &json!("forged")).await;
    assert_eq!(signal.status, StatusCode::ACCEPTED);
    let forged = format!("{}{}", &path[..path.len() - 1], if path.ends_with('A') { "B" } else { "A" });
    for wrong in ["/api/v1/callbacks/x", &forged[..path.len() - 2], &format!("{path}AAAA")] {
        assert_eq!(problem(&post(&nobody, wrong, &json!(1)).await), (404, "not_found".into()), "{wrong}");
    }
    // Early: it is kept for the second wait.
    assert_eq!(post(&nobody, &format!("{path}/second"), &json!({"n": 2})).await.status, StatusCode::ACCEPTED);
    assert_eq!(post(&nobody, &path, &json!({"n": 1})).await.json().unwrap(), json!({"accepted": true}));
    let ended = reached(&server, &id, "succeeded").await;
    assert_eq!((&ended["output"]["payload"], &ended["output"]["value"]["payload"]), (&json!({"n": 2}), &json!({"n": 1})));
    assert_eq!(problem(&post(&nobody, &path, &json!(3)).await), (409, "execution_ended".into()));
}

#[tokio::test]
async fn an_address_takes_so_many_calls_a_minute() {
    let mut setup = Setup { worker: true, ..Setup::default() };
    setup.settings.callbacks_per_minute = 2;
    let server = setup.start().await;
    let definition = json!({"nodes": [
        {"id": "n", "type": "number", "data": {"value": 1}},
        {"id": "url", "type": "expression", "data": {"expression": "execution.callback_url"}},
        {"id": "w", "type": "wait", "data": {"for": "callback", "name": "never"}}
    ], "edges": [{"source": "n", "target": "url"}, {"source": "url", "target": "w"}]});
    let id = begun(&server, &definition).await;
    let steps = server.owner.get(&format!("/api/v1/executions/{id}/steps")).await.unwrap().json().unwrap();
    let url = steps["items"][1]["output"].as_str().unwrap().to_owned();
    let path = &url[url.find("/api/").unwrap()..];
    let nobody = server.owner.with_key(None);
    for _ in 0..2 {
        assert_eq!(post(&nobody, path, &json!(1)).await.status, StatusCode::ACCEPTED);
    }
    let refused = post(&nobody, path, &json!(1)).await;
    assert_eq!(problem(&refused), (429, "rate_limited".into()));
    assert!(refused.header("retry-after").is_some());
}

fn approval(settings: &Value) -> Value {
    json!({
        "nodes": [
            {"id": "ask", "type": "approval", "data": settings},
            {"id": "yes", "type": "expression", "data": {"expression": "input.data.amount"}},
            {"id": "no", "type": "expression", "data": {"expression": "input.comment"}}
        ],
        "edges": [
            {"source": "ask", "target": "yes", "sourceHandle": "approved"}, {"source": "ask", "target": "no", "sourceHandle": "rejected"}
        ]
    })
}

async fn questions(client: &Client, query: &str) -> Vec<Value> {
    let found = client.get(&format!("/api/v1/approvals{query}")).await.unwrap();
    assert_eq!(found.status, StatusCode::OK, "{found:?}");
    found.json().unwrap()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn people_see_what_is_asked_and_decide_it_once() {
    let server = Server::working().await;
    let form = json!({"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number", "minimum": 1}}});
    let id = begun(&server, &approval(&json!({"title": "Pay?", "message": "To whom", "form": form, "timeout": "1h"}))).await;
    assert_eq!(reached(&server, &id, "waiting").await["reason"], "approval");
    let asked = questions(&server.owner, "").await;
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((&asked["title"], &asked["status"], &asked["can_decide"]), (&json!("Pay?"), &json!("open"), &json!(true)));
    assert_eq!((&asked["form"], &asked["step"], &asked["execution_id"]), (&form, &json!("ask"), &json!(id)));
    assert!(asked["expires_at"].is_string());

    let path = format!("/api/v1/approvals/{}/decide", asked["id"].as_str().unwrap());
    let wrong = post(&server.owner, &path, &json!({"decision": "approved", "data": {"amount": 0}})).await;
    assert_eq!(problem(&wrong), (422, "invalid_field".into()));
    assert_eq!(wrong.json().unwrap()["errors"][0]["pointer"], "/data/amount");
    let missing = post(&server.owner, &path, &json!({"decision": "approved"})).await;
    assert_eq!(problem(&missing), (422, "invalid_field".into()));

    let decide = json!({"decision": "approved", "data": {"amount": 7}, "comment": "fine"});
    let (one, other) = tokio::join!(post(&server.owner, &path, &decide), post(&server.owner, &path, &decide));
    let (first, second) = if one.status == StatusCode::OK { (one, other) } else { (other, one) };
    let decided = first.json().unwrap();
    assert_eq!((&decided["status"], &decided["decision"]["by"]["email"]), (&json!("decided"), &json!("owner@first.test")));
    assert_eq!(problem(&second), (409, "approval_decided".into()));
    assert_eq!(reached(&server, &id, "succeeded").await["output"], 7);
    assert!(questions(&server.owner, "").await.is_empty());
    assert_eq!(questions(&server.owner, &format!("?status=all&execution_id={id}")).await[0]["decision"]["comment"], "fine");
}

#[tokio::test]
async fn a_rejection_needs_no_form_and_goes_its_own_way() {
    let server = Server::working().await;
    let id = begun(&server, &approval(&json!({"title": "Pay?", "form": {"type": "object", "required": ["amount"]}}))).await;
    let asked = questions(&server.owner, "").await;
    let path = format!("/api/v1/approvals/{}/decide", asked[0]["id"].as_str().unwrap());
    let decided = post(&server.owner, &path, &json!({"decision": "rejected", "comment": "too much"})).await;
    assert_eq!(decided.status, StatusCode::OK, "{decided:?}");
    assert_eq!(reached(&server, &id, "succeeded").await["output"], "too much");
}

#[tokio::test]
async fn what_is_asked_of_others_only_an_administrator_decides() {
    let server = Server::working().await;
    begun(&server, &approval(&json!({"title": "Pay?", "assignees": "boss@first.test, Other@first.test"}))).await;
    let limited = server.limited(&["approvals:read", "approvals:decide"]).await;
    let asked = questions(&limited, "").await;
    assert_eq!(asked[0]["can_decide"], false);
    assert_eq!(asked[0]["assignees"], json!(["boss@first.test", "Other@first.test"]));
    let path = format!("/api/v1/approvals/{}/decide", asked[0]["id"].as_str().unwrap());
    assert_eq!(problem(&post(&limited, &path, &json!({"decision": "rejected"})).await), (403, "forbidden".into()));
    assert_eq!(post(&server.owner, &path, &json!({"decision": "rejected"})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_can_ask_for_what_names_them() {
    let server = Server::working().await;
    begun(&server, &approval(&json!({"title": "Anybody?"}))).await;
    begun(&server, &approval(&json!({"title": "The boss?", "assignees": "boss@first.test"}))).await;
    begun(&server, &approval(&json!({"title": "You?", "assignees": ["boss@first.test", "Owner@First.test"]}))).await;
    let mine = questions(&server.owner, "?assignee=me").await;
    assert_eq!(mine.iter().map(|asked| &asked["title"]).collect::<Vec<_>>(), [&json!("You?")]);
    assert_eq!(questions(&server.owner, "").await.len(), 3);
    let other = server.owner.get("/api/v1/approvals?assignee=boss@first.test").await.unwrap();
    assert_eq!(problem(&other), (400, "invalid_parameter".into()));
}

#[tokio::test]
async fn a_question_of_a_cancelled_execution_is_over() {
    let server = Server::working().await;
    let id = begun(&server, &approval(&json!({"title": "Pay?"}))).await;
    let asked = questions(&server.owner, "").await;
    post(&server.owner, &format!("/api/v1/executions/{id}/cancel"), &json!({})).await;
    reached(&server, &id, "cancelled").await;
    assert!(questions(&server.owner, "").await.is_empty());
    let path = format!("/api/v1/approvals/{}", asked[0]["id"].as_str().unwrap());
    assert_eq!(server.owner.get(&path).await.unwrap().json().unwrap()["status"], "over");
    let late = post(&server.owner, &format!("{path}/decide"), &json!({"decision": "approved"})).await;
    assert_eq!(problem(&late), (409, "approval_over".into()));
}
