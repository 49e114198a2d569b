//! The `http` node against local servers.

#[path = "http/server.rs"]
mod server;

use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use serde_json::json;
use server::Server;
use thaiyyal_connectors::{Call, Connectors, Outcome, Room, Settings};
use thaiyyal_model::{ExecutionId, Failure, Form, Iteration, StepId, TenantId, TenantScope, Value};
use thaiyyal_objects::Objects;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

fn connectors(settings: &Settings) -> Connectors {
    Connectors::standard(settings).expect("the settings work")
}

fn here() -> Settings {
    Settings { allow_private_network: true, ..Settings::default() }
}

#[expect(clippy::disallowed_methods, reason = "a test may act for anyone")]
fn call(settings: serde_json::Value) -> Call {
    Call {
        scope: TenantScope::assume(TenantId::from_uuid(Uuid::from_u128(1))),
        execution: ExecutionId::from_uuid(Uuid::from_u128(2)),
        step: StepId { node_id: "n".into(), iteration: Iteration::default() },
        attempt: 1,
        settings: Value::from(settings),
        inputs: vec![Value::from("ignored")],
        idempotency_key: "key-of-the-step".to_owned(),
        timeout: Duration::from_secs(20),
        room: None,
        cancelled: CancellationToken::new(),
    }
}

async fn run(settings: serde_json::Value) -> Outcome {
    connectors(&here()).call("http", call(settings)).await
}

async fn output(settings: serde_json::Value) -> Value {
    match run(settings).await {
        Outcome::Done(value) => value,
        other => panic!("{other:?}"),
    }
}

fn failure(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Fail(failure) => failure,
        other => panic!("{other:?}"),
    }
}

async fn code(settings: serde_json::Value) -> String {
    failure(run(settings).await).code.to_string()
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn the_output_is_the_body_as_its_content_type_says() {
    let server = Server::start(|path, _| match path {
        "/json" => answer("200 OK", "content-type: application/json; charset=utf-8\r\n", r#"{"b":1.50,"a":[null,"\u0000"]}"#),
        "/problem" => answer("200 OK", "Content-Type: Application/Problem+JSON\r\n", "[1]"),
        "/empty-json" => answer("204 No Content", "content-type: application/json\r\n", ""),
        "/plain-json" => answer("200 OK", "content-type: text/plain\r\n", "{\"a\":1}"),
        "/untyped-json" => answer("200 OK", "", "[1,2]"),
        "/untyped-text" => answer("200 OK", "", "{no json"),
        "/text" => answer("200 OK", "content-type: text/html; charset=\"UTF-8\"\r\n", "grüße"),
        "/latin" => {
            [b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=ISO-8859-1\r\ncontent-length: 4\r\n\r\ngr".to_vec(), vec![0xfc, b'n']]
                .concat()
        }
        "/utf16" => {
            [b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-16le\r\ncontent-length: 4\r\n\r\n".to_vec(), vec![b'h', 0, b'i', 0]]
                .concat()
        }
        _ => [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n".to_vec(), vec![0xff, b'x']].concat(),
    })
    .await;
    for (path, expected) in [
        ("/json", json!({"a": [null, "\0"], "b": 1.5})),
        ("/problem", json!([1])),
        ("/empty-json", json!(null)),
        ("/plain-json", json!("{\"a\":1}")),
        ("/untyped-json", json!([1, 2])),
        ("/untyped-text", json!("{no json")),
        ("/text", json!("grüße")),
        ("/latin", json!("grün")),
        ("/utf16", json!("hi")),
        ("/bytes", json!("\u{fffd}x")),
    ] {
        assert_eq!(output(json!({"url": server.url(path)})).await, Value::from(expected), "{path}");
    }
}

#[tokio::test]
async fn json_that_does_not_read_is_a_failure() {
    let server = Server::start(|_, _| answer("200 OK", "content-type: application/json\r\n", "{\"a\":")).await;
    assert_eq!(code(json!({"url": server.url("/")})).await, "http_invalid_json");
}

#[tokio::test]
async fn the_request_is_what_the_settings_say() {
    let server = Server::start(|_, _| answer("200 OK", "", "ok")).await;
    output(json!({"url": server.url("/a?x=1"), "query": {"q": "a b&c", "list": [1, true], "none": null}})).await;
    let request = server.last();
    assert!(request.starts_with("GET /a?x=1&list=1&list=true&q=a+b%26c HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("user-agent: thaiyyal/") && !request.contains("idempotency-key") && !request.contains("content-type"),
        "{request}"
    );

    output(json!({"url": server.url("/"), "method": "post", "body": {"b": [1, "x"], "a": null}, "headers": {"X-One": 1, "Authorization": "Bearer t"}})).await;
    let request = server.last();
    assert!(request.starts_with("POST / ") && request.ends_with("\r\n\r\n{\"a\":null,\"b\":[1,\"x\"]}"), "{request}");
    for header in ["content-type: application/json", "x-one: 1", "authorization: Bearer t", "idempotency-key: key-of-the-step"] {
        assert!(request.contains(&format!("{header}\r\n")), "{header} in {request}");
    }

    output(json!({"url": server.url("/"), "method": "PUT", "body": "a,b", "headers": {"content-type": "text/csv"}, "idempotency_key": "order-7"})).await;
    let request = server.last();
    assert!(request.starts_with("PUT / ") && request.ends_with("\r\n\r\na,b"), "{request}");
    assert!(request.contains("content-type: text/csv\r\n") && request.contains("idempotency-key: order-7\r\n"), "{request}");

    output(json!({"url": server.url("/"), "method": "DELETE", "idempotency_key": false})).await;
    let request = server.last();
    assert!(request.starts_with("DELETE / ") && !request.contains("idempotency-key"), "{request}");
}

#[tokio::test]
async fn a_full_response_has_status_and_headers_too() {
    let headers = "content-type: application/json\r\nx-two: a\r\nx-two: b\r\nset-cookie: a=1, b\r\nset-cookie: c=2\r\n";
    let server = Server::start(move |_, _| answer("201 Created", headers, "{}")).await;
    let expected = json!({
        "status": 201,
        "headers": {"content-type": "application/json", "x-two": "a, b", "set-cookie": ["a=1, b", "c=2"], "content-length": "2"},
        "body": {}
    });
    assert_eq!(output(json!({"url": server.url("/"), "full_response": true})).await, Value::from(expected));
}

#[tokio::test]
async fn expected_statuses_decide_what_a_success_is() {
    let server = Server::start(|path, _| answer(&format!("{} X", &path[1..]), "content-type: text/plain\r\n", "body")).await;
    for (status, expect, good) in [
        (204, json!(null), true),
        (304, json!(null), false),
        (404, json!(404), true),
        (200, json!(404), false),
        (302, json!("3xx"), true),
        (500, json!([200, "5xx"]), true),
        (404, json!([200, "5xx"]), false),
        (204, json!("204"), true),
    ] {
        let outcome = run(json!({"url": server.url(&format!("/{status}")), "expect_status": expect, "follow_redirects": false})).await;
        assert_eq!(matches!(outcome, Outcome::Done(_)), good, "{status} with {expect}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_unexpected_status_tells_itself_and_the_body() {
    let server = Server::start(|_, _| answer("404 Not Found", "content-type: application/json\r\n", "{\"why\":\"gone\"}")).await;
    let failure = failure(run(json!({"url": server.url("/path?token=s3cret")})).await);
    assert_eq!((failure.code.as_str(), failure.message.as_str()), ("http_status", "the server answered 404 Not Found"));
    assert_eq!(failure.details, Some(Value::from(json!({"status": 404, "body": "{\"why\":\"gone\"}"}))));
}

#[tokio::test]
async fn what_may_pass_is_to_be_tried_again_when_that_does_no_harm() {
    let server = Server::start(|path, _| {
        let retry_after = if path == "/429" { "retry-after: 7\r\n" } else { "" };
        answer(&format!("{} X", &path[1..]), retry_after, "")
    })
    .await;
    for status in [408, 429, 502, 503, 504] {
        let url = server.url(&format!("/{status}"));
        let after = (status == 429).then_some(Duration::from_secs(7));
        for settings in
            [json!({"url": url}), json!({"url": url, "method": "POST"}), json!({"url": url, "method": "PUT", "idempotency_key": false})]
        {
            let outcome = run(settings.clone()).await;
            assert!(
                matches!(&outcome, Outcome::Retry { after: told, failure } if *told == after && failure.code == "http_status"),
                "{settings}: {outcome:?}"
            );
        }
        assert_eq!(code(json!({"url": url, "method": "POST", "idempotency_key": false})).await, "http_status");
    }
    for status in [400, 401, 404, 500, 501] {
        assert_eq!(code(json!({"url": server.url(&format!("/{status}"))})).await, "http_status");
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreached = run(json!({"url": format!("http://{nobody}/"), "method": "POST", "idempotency_key": false})).await;
    assert!(matches!(&unreached, Outcome::Retry { failure, .. } if failure.code == "http_connect"), "{unreached:?}");
}

#[tokio::test]
async fn a_call_that_broke_or_took_too_long_is_tried_again_only_when_that_does_no_harm() {
    let server =
        Server::start(|path, _| if path == "/cut" { Vec::new() } else { b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".to_vec() }).await;
    let connectors = connectors(&here());
    for (path, code) in [("/cut", "http_broken"), ("/slow", "http_timeout")] {
        let ask = async |method: &str, key: bool| {
            let settings = json!({"url": server.url(path), "method": method, "idempotency_key": key, "timeout": "200ms"});
            connectors.call("http", Call { timeout: Duration::from_millis(200), ..call(settings) }).await
        };
        for (method, key) in [("GET", false), ("POST", true), ("PUT", false)] {
            let outcome = ask(method, key).await;
            assert!(matches!(&outcome, Outcome::Retry { failure, .. } if failure.code == code), "{method}: {outcome:?}");
        }
        assert_eq!(failure(ask("PATCH", false).await).code, code);
    }
}

#[tokio::test]
async fn what_the_settings_may_not_ask_for_fails_at_once() {
    let server = Server::start(|path, _| match path {
        "/loop" => b"HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\n\r\n".to_vec(),
        "/zipped" => answer("200 OK", "content-encoding: br\r\n", "x"),
        _ => answer("200 OK", "", &"x".repeat(20_000)),
    })
    .await;
    let url = server.url("/");
    for (expected, settings) in [
        ("invalid_url", json!({"url": ""})),
        ("invalid_url", json!({"url": "http://user:s3cret@example.com/"})),
        ("invalid_url", json!({"url": "gopher://example.com/"})),
        ("invalid_setting", json!({"url": url, "method": "BREW"})),
        ("invalid_setting", json!({"url": url, "headers": ["x"]})),
        ("invalid_setting", json!({"url": url, "headers": {"a b": "x"}})),
        ("invalid_setting", json!({"url": url, "headers": {"x": "s3cret\r\nhost: evil"}})),
        ("invalid_setting", json!({"url": url, "headers": {"Host": "evil"}})),
        ("invalid_setting", json!({"url": url, "headers": {"Transfer-Encoding": "chunked"}})),
        ("invalid_setting", json!({"url": url, "query": "a=b"})),
        ("invalid_setting", json!({"url": url, "expect_status": "ok"})),
        ("invalid_setting", json!({"url": url, "expect_status": [99]})),
        ("invalid_setting", json!({"url": url, "method": "POST", "idempotency_key": "s3cret\n"})),
        ("unknown_http_client", json!({"url": url, "http_client_uid": "mine"})),
        ("too_many_redirects", json!({"url": server.url("/loop")})),
        ("unsupported_encoding", json!({"url": server.url("/zipped")})),
        ("address_refused", json!({"url": "http://169.254.169.254/latest/meta-data/"})),
    ] {
        let failure = failure(run(settings.clone()).await);
        assert_eq!(failure.code, expected, "{settings}: {failure:?}");
        assert!(!format!("{failure:?}").contains("s3cret"), "{failure:?}");
    }
    let strict = connectors(&Settings { max_response_bytes: 10_000, ..here() });
    assert_eq!(failure(strict.call("http", call(json!({"url": url}))).await).code, "response_too_large");
    let closed = connectors(&Settings { enabled: false, ..here() });
    assert_eq!(failure(closed.call("http", call(json!({"url": url}))).await).code, "http_disabled");
    let guarded = connectors(&Settings::default());
    assert_eq!(failure(guarded.call("http", call(json!({"url": url}))).await).code, "address_refused");
    assert_eq!(failure(guarded.call("fax", call(json!({}))).await).code, "unknown_connector");
    assert!(matches!(run(json!({"url": url, "http_client_uid": ""})).await, Outcome::Done(_)));
}

#[tokio::test]
async fn a_cancelled_call_ends_at_once() {
    let server = Server::start(|_, _| b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".to_vec()).await;
    let call = call(json!({"url": server.url("/")}));
    let cancelled = call.cancelled.clone();
    let connectors = connectors(&here());
    let (outcome, ()) = tokio::join!(connectors.call("http", call), async {
        server.asked().await;
        cancelled.cancel();
    });
    assert_eq!(failure(outcome).code, "cancelled");
}

#[test]
fn every_connector_describes_itself_and_its_example_fits() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let descriptions = connectors(&Settings::default()).descriptions();
    assert_eq!(descriptions.iter().map(|description| description.node_type).collect::<Vec<_>>(), ["http"]);
    for description in descriptions {
        let properties = description.schema["properties"].as_object().unwrap();
        for (name, property) in properties {
            assert!(property["title"].is_string() && property["x-ui"]["order"].is_number(), "{name}");
        }
        let example = description.example.as_object().unwrap();
        assert!(example.keys().all(|name| properties.contains_key(name)));
        for required in description.schema["required"].as_array().unwrap() {
            assert!(example.contains_key(required.as_str().unwrap()));
        }
    }
}

/// A connector that holds 1,000 bytes of an answer in memory, and a call with so much room for more.
fn narrow(settings: serde_json::Value, objects: &Objects, bytes: u64) -> (Connectors, Call) {
    let own = Settings { allow_private_network: true, max_response_bytes: 1_000, ..Settings::default() };
    let call = call(settings);
    let room = Some(Room { shelf: objects.of(&call.scope, call.execution), bytes });
    (Connectors::standard(&own).expect("the settings are fine"), Call { room, ..call })
}

fn lines(count: usize) -> String {
    (0..count).map(|line| format!("{line},é\r\n")).collect()
}

#[tokio::test]
async fn a_text_that_does_not_fit_into_memory_goes_to_the_object_store() {
    let text = lines(300_000);
    let body = text.clone();
    let server = Server::start(move |_, _| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/csv; charset=utf-8\r\ncontent-length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body.as_bytes()].concat()
    })
    .await;
    let objects = Objects::memory();
    let (connectors, call) = narrow(json!({"url": server.url("/"), "full_response": true}), &objects, 100 << 20);
    let shelf = objects.of(&call.scope, call.execution);
    let Outcome::Done(answer) = connectors.call("http", call).await else { panic!("it is read") };
    assert_eq!(answer.get("status"), Some(&Value::from(200)));
    let (path, large) = answer.larges().remove(0);
    assert_eq!((path.as_str(), large.form(), large.bytes()), ("/body", Form::Text, text.len() as u64));
    assert!(large.chunks().len() > 2 && large.chunks().iter().all(|chunk| chunk.bytes < 2 << 20));
    let parts: Vec<Bytes> = shelf.read(large).try_collect().await.expect("it is all there");
    assert!(parts.iter().all(|part| std::str::from_utf8(part).is_ok()), "no chunk ends inside a character");
    assert_eq!(parts.concat(), text.as_bytes());
}

#[tokio::test]
async fn a_character_set_is_read_across_chunks() {
    let server = Server::start(move |_, _| {
        let body: Vec<u8> = (0..600_000).flat_map(|_| [0x82, 0xa0]).collect();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=shift_jis\r\ncontent-length: {}\r\n\r\n", body.len());
        [head.into_bytes(), body].concat()
    })
    .await;
    let objects = Objects::memory();
    let (connectors, call) = narrow(json!({"url": server.url("/")}), &objects, 100 << 20);
    let shelf = objects.of(&call.scope, call.execution);
    let Outcome::Done(Value::Large(large)) = connectors.call("http", call).await else { panic!("it is read") };
    let parts: Vec<Bytes> = shelf.read(large).try_collect().await.expect("it is all there");
    assert_eq!(String::from_utf8(parts.concat()).expect("it is UTF-8"), "あ".repeat(600_000));
}

#[tokio::test]
async fn what_cannot_go_to_the_object_store_is_refused_as_ever() {
    let server = Server::start(move |path, _| {
        let (status, kind) = match path {
            "/json" => ("200 OK", "content-type: application/json\r\n"),
            "/error" => ("500 x", "content-type: text/plain\r\n"),
            _ => ("200 OK", "content-type: text/plain\r\n"),
        };
        let body = lines(500);
        format!("HTTP/1.1 {status}\r\n{kind}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes()
    })
    .await;
    let objects = Objects::memory();
    for (path, room) in [("/json", 1 << 20), ("/error", 1 << 20), ("/text", 2_000)] {
        let (connectors, call) = narrow(json!({"url": server.url(path)}), &objects, room);
        let outcome = connectors.call("http", call).await;
        assert!(matches!(&outcome, Outcome::Fail(failure) if failure.code == "response_too_large"), "{path}: {outcome:?}");
    }
    let (connectors, call) = narrow(json!({"url": server.url("/text")}), &objects, 1 << 20);
    let outcome = connectors.call("http", Call { room: None, ..call }).await;
    assert!(matches!(&outcome, Outcome::Fail(failure) if failure.code == "response_too_large"), "{outcome:?}");
}
