//! What is wrong is told precisely, and nothing panics.

use serde_json::{Value, json};
use thaiyyal_testkit::http::Answer;

use crate::support::{Server, Setup, adding, problem, send};

async fn post(server: &Server, path: &str, body: impl Into<bytes::Bytes>) -> Answer {
    send(&server.owner, "POST", path, &[], body).await
}

#[tokio::test]
async fn json_that_cannot_be_read_is_told_with_its_place() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    for (body, kind, line, column) in [
        ("{\"input\": 1,\n \"mode\": }", "syntax", 2, 10),
        ("{\"input\": [1, 2", "incomplete", 1, 16),
        ("{} x", "syntax", 1, 4),
        ("not json", "syntax", 1, 2),
        ("{\"input\":\n {\"a\": 1e999}}", "number_out_of_range", 2, 12),
        ("{\"input\": \"a\\u0000b\"}", "nul_character", 1, 20),
        ("{\"input\": {\"\\u0000\": 1}}", "nul_character", 1, 19),
        ("{\"input\": \"\\ud800\"}", "syntax", 1, 18),
    ] {
        let answer = post(&server, &path, body).await;
        assert_eq!(problem(&answer), (400, "invalid_json".into()), "{body}");
        let error = &answer.json().unwrap()["errors"][0];
        assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some(kind), Some(line)), "{body}: {error}");
        assert!(error["column"].as_u64().unwrap().abs_diff(column) <= 2, "{body}: {error}");
    }
    let deep = format!("{{\"input\": {}{}}}", "[".repeat(200), "]".repeat(200));
    let answer = post(&server, &path, deep).await;
    assert_eq!(problem(&answer), (400, "invalid_json".into()));
    assert_eq!(answer.json().unwrap()["errors"][0]["code"], "too_deep");
    assert_eq!(problem(&post(&server, &path, vec![b'"', 0xff, b'"']).await), (400, "invalid_json".into()));
    assert_eq!(server.owner.get("/api/v1/executions").await.unwrap().json().unwrap()["items"], json!([]), "nothing was accepted");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_told_so() {
    let server = Server::start().await;
    for body in ["[]", "null", "\"text\"", "1"] {
        let answer = post(&server, "/api/v1/workflows", body).await;
        assert_eq!(problem(&answer), (422, "invalid_field".into()), "{body}");
        assert_eq!(answer.json().unwrap()["detail"], "the body must be an object", "{body}");
    }
}

#[tokio::test]
async fn fields_are_known_of_the_right_kind_and_in_range() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    for (body, code, pointer) in [
        (json!({"inptu": 1}), "unknown_field", "/inptu"),
        (json!({"mode": "later"}), "invalid_field", "/mode"),
        (json!({"mode": 1}), "invalid_field", "/mode"),
        (json!({"timeout_ms": "soon"}), "invalid_field", "/timeout_ms"),
        (json!({"timeout_ms": 0, "mode": "sync"}), "invalid_field", "/timeout_ms"),
        (json!({"timeout_ms": 120_001, "mode": "sync"}), "invalid_field", "/timeout_ms"),
        (json!({"timeout_ms": -1}), "invalid_field", "/timeout_ms"),
        (json!({"priority": "urgent"}), "invalid_field", "/priority"),
        (json!({"version": 0}), "invalid_field", "/version"),
        (json!({"version": 1.5}), "invalid_field", "/version"),
        (json!({"version": "latest"}), "invalid_field", "/version"),
        (json!({"delay_ms": 366_u64 * 24 * 3600 * 1000 + 1}), "invalid_field", "/delay_ms"),
        (json!({"concurrency_key": ""}), "invalid_field", "/concurrency_key"),
        (json!({"concurrency_key": "customer 7"}), "invalid_field", "/concurrency_key"),
        (json!({"concurrency_key": 7}), "invalid_field", "/concurrency_key"),
        (json!({"labels": {"a": 1}}), "invalid_field", "/labels/a"),
        (json!({"labels": {"": "x"}}), "invalid_field", "/labels"),
        (json!({"labels": {"a": "x".repeat(257)}}), "invalid_field", "/labels/a"),
        (json!([]), "invalid_field", ""),
        (json!("text"), "invalid_field", ""),
        (json!(null), "invalid_field", ""),
    ] {
        let answer = post(&server, &path, body.to_string()).await;
        assert_eq!(problem(&answer), (422, code.into()), "{body}");
        assert_eq!(answer.json().unwrap()["errors"][0]["pointer"], pointer, "{body}");
    }
    for (body, pointer) in [
        (json!({"definition": adding()}), ""),
        (json!({"name": "", "definition": adding()}), "/name"),
        (json!({"name": " ", "definition": adding()}), "/name"),
        (json!({"name": "x".repeat(201), "definition": adding()}), "/name"),
        (json!({"name": "a\u{0}b", "definition": adding()}), "/name"),
        (json!({"name": "x"}), ""),
        (json!({"name": 5, "definition": adding()}), "/name"),
        (json!({"name": "x", "tags": "y", "definition": adding()}), "/tags"),
        (json!({"name": "x", "tags": ["y", ""], "definition": adding()}), "/tags/1"),
        (json!({"name": "x", "publish": "yes", "definition": adding()}), "/publish"),
    ] {
        let answer = post(&server, "/api/v1/workflows", body.to_string()).await;
        assert_eq!(problem(&answer), (422, "invalid_field".into()), "{body}");
        assert_eq!(answer.json().unwrap()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[tokio::test]
async fn definitions_are_refused_with_every_problem_and_its_place() {
    let server = Server::start().await;
    let number = |id: &str| json!({"id": id, "type": "number", "data": {"value": 1}});
    for (name, definition, node) in [
        ("not an object", json!([1, 2]), None),
        ("a number", json!(5), None),
        ("null", json!(null), None),
        ("nodes are no list", json!({"nodes": {}}), None),
        ("a node is no object", json!({"nodes": [7]}), None),
        ("no id", json!({"nodes": [{"type": "number", "data": {"value": 1}}]}), None),
        ("an id of the wrong kind", json!({"nodes": [{"id": 5, "type": "number", "data": {"value": 1}}]}), None),
        ("an unknown type", json!({"nodes": [{"id": "a", "type": "nmber", "data": {"value": 1}}]}), Some("a")),
        ("a missing setting", json!({"nodes": [{"id": "a", "type": "number", "data": {}}]}), Some("a")),
        ("a setting of the wrong kind", json!({"nodes": [{"id": "a", "type": "number", "data": {"value": "1"}}]}), Some("a")),
        ("data is no object", json!({"nodes": [{"id": "a", "type": "number", "data": 1}]}), Some("a")),
        ("a doubled id", json!({"nodes": [number("a"), number("a")]}), Some("a")),
        ("an edge to nowhere", json!({"nodes": [number("a")], "edges": [{"source": "a", "target": "b"}]}), None),
        ("an edge without a target", json!({"nodes": [number("a")], "edges": [{"source": "a"}]}), None),
        ("a bad expression", json!({"nodes": [{"id": "e", "type": "expression", "data": {"expression": "(1 + "}}]}), Some("e")),
        (
            "a cycle",
            json!({
                "nodes": [{"id": "a", "type": "expression", "data": {"expression": "1"}}, {"id": "b", "type": "expression", "data": {"expression": "1"}}],
                "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "a"}]
            }),
            None,
        ),
    ] {
        let saved = post(&server, "/api/v1/workflows", json!({"name": "x", "definition": definition}).to_string()).await;
        let bare = post(&server, "/api/v1/workflow/execute", definition.to_string()).await;
        let wrapped = post(&server, "/api/v1/workflow/execute", json!({"definition": definition}).to_string()).await;
        for answer in [saved, bare, wrapped] {
            assert_eq!(problem(&answer), (422, "invalid_definition".into()), "{name}");
            let body = answer.json().unwrap();
            assert!(matches!(body["stage"].as_str(), Some("parse" | "graph")), "{name}: {body}");
            let error = &body["errors"][0];
            assert!(!error["detail"].as_str().unwrap().is_empty() && error["pointer"].is_string(), "{name}: {body}");
            if let Some(node) = node {
                assert_eq!(error["node_id"], node, "{name}: {body}");
            }
        }
        let verdict = post(&server, "/api/v1/workflow/validate", definition.to_string()).await;
        assert_eq!(verdict.status, 200, "{name}");
        let verdict = verdict.json().unwrap();
        assert_eq!(verdict["valid"], false, "{name}");
        assert!(!verdict["errors"].as_array().unwrap().is_empty(), "{name}");
    }
    assert_eq!(server.owner.get("/api/v1/workflows").await.unwrap().json().unwrap()["items"], json!([]), "nothing was stored");
    assert_eq!(server.owner.get("/api/v1/executions").await.unwrap().json().unwrap()["items"], json!([]), "nothing was accepted");
}

#[tokio::test]
async fn a_problem_of_a_definition_points_into_the_body_that_was_sent() {
    let server = Server::start().await;
    let id = server.workflow(&adding()).await;
    let wrong = json!({"nodes": [{"id": "a", "type": "nonsense"}, {"id": "e", "type": "expression", "data": {"expression": "1 +\n* 2"}}]});
    let named = json!({"name": "x", "definition": wrong});
    let wrapped = json!({"definition": wrong});
    for (method, path, body, prefix) in [
        ("POST", "/api/v1/workflows", &named, "/definition"),
        ("PUT", &*format!("/api/v1/workflows/{id}"), &named, "/definition"),
        ("POST", "/api/v1/workflow/execute", &wrapped, "/definition"),
        ("POST", "/api/v1/workflow/validate", &wrapped, "/definition"),
        ("POST", "/api/v1/workflow/execute", &wrong, ""),
        ("POST", "/api/v1/workflow/validate", &wrong, ""),
    ] {
        let answer = send(&server.owner, method, path, &[], body.to_string()).await.json().unwrap();
        let pointers: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, [format!("{prefix}/nodes/0/type"), format!("{prefix}/nodes/1/data/expression")], "{method} {path}");
        for pointer in pointers {
            assert!(body.pointer(pointer).is_some(), "{method} {path}: {pointer}");
        }
        // A place in an expression stays one in the expression, which the pointer leads to.
        assert_eq!((&answer["errors"][1]["line"], &answer["errors"][1]["column"]), (&json!(2), &json!(1)), "{answer}");
    }
}

#[tokio::test]
async fn warnings_point_into_the_body_that_was_sent() {
    let server = Server::start().await;
    let unsettled = json!({"nodes": [{"id": "a", "type": "expression", "data": {"expression": ""}}]});
    let bare = post(&server, "/api/v1/workflow/validate", unsettled.to_string()).await.json().unwrap();
    let wrapped = post(&server, "/api/v1/workflow/validate", json!({"definition": unsettled}).to_string()).await.json().unwrap();
    let saved = post(&server, "/api/v1/workflows", json!({"name": "x", "definition": unsettled}).to_string()).await.json().unwrap();
    let pointer = bare["warnings"][0]["pointer"].as_str().unwrap();
    assert!(pointer.starts_with("/nodes/0"), "{bare}");
    assert_eq!(wrapped["warnings"][0]["pointer"], format!("/definition{pointer}"), "{wrapped}");
    assert_eq!(saved["warnings"][0]["pointer"], format!("/definition{pointer}"), "{saved}");
}

#[tokio::test]
async fn a_definition_with_text_nobody_can_store_is_refused() {
    let server = Server::start().await;
    let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    for (value, kind, column) in [
        ("\"a\\u0000b\"", "nul_character", 10),
        ("1e999", "number_out_of_range", 5),
        ("\"\\ud800\"", "syntax", 8),
        (deep.as_str(), "too_deep", 600),
    ] {
        let start = "{\"nodes\": [{\"id\": \"a\", \"type\": \"text_input\", \"data\": {\"text\": ";
        let definition = format!("{start}{value}}}}}]}}");
        let around = "{\n \"name\": \"x\",\n \"definition\": ";
        let named = format!("{around}{definition}}}");
        let wrapped = format!("{{\n \"definition\": {definition}}}");
        let inside = " \"definition\": ".len();
        for (path, body, line, before, pointer) in [
            ("/api/v1/workflow/execute", &definition, 1, 0, ""),
            ("/api/v1/workflow/validate", &definition, 1, 0, ""),
            ("/api/v1/workflow/execute", &wrapped, 2, inside, "/definition"),
            ("/api/v1/workflow/validate", &wrapped, 2, inside, "/definition"),
            ("/api/v1/workflows", &named, 3, inside, "/definition"),
        ] {
            let answer = post(&server, path, body.clone()).await;
            assert_eq!(problem(&answer), (400, "invalid_json".into()), "{path} {value}: {:?}", answer.json());
            let answer = answer.json().unwrap();
            let error = &answer["errors"][0];
            assert_eq!((error["code"].as_str(), error["line"].as_u64()), (Some(kind), Some(line)), "{path} {value}: {error}");
            assert_eq!(error["pointer"], pointer, "{path} {value}");
            let told = error["column"].as_u64().unwrap();
            let expected = (before + start.len() + column) as u64;
            assert!(told.abs_diff(expected) <= if kind == "too_deep" { 60 } else { 3 }, "{path} {value}: {error}, expected {expected}");
            assert!(answer["detail"].as_str().unwrap().ends_with(&format!("(line {line}, column {told})")), "{path} {value}: {answer}");
        }
    }
    assert_eq!(server.owner.get("/api/v1/workflows").await.unwrap().json().unwrap()["items"], json!([]), "nothing was stored");
    for broken in ["{\"nodes\": [", "nonsense", "{\"nodes\": []} x"] {
        assert_eq!(problem(&post(&server, "/api/v1/workflow/execute", broken).await), (400, "invalid_json".into()), "{broken}");
        assert_eq!(problem(&post(&server, "/api/v1/workflow/validate", broken).await), (400, "invalid_json".into()), "{broken}");
    }
    let unknown = post(&server, "/api/v1/workflow/execute", json!({"definition": adding(), "inptu": 1}).to_string()).await;
    assert_eq!(problem(&unknown), (422, "unknown_field".into()));
}

#[tokio::test]
async fn too_large_and_not_json_are_told_apart() {
    let mut setup = Setup::default();
    setup.settings.max_input_bytes = 1_000;
    setup.settings.max_definition_bytes = 2_000;
    let server = setup.start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    let fits = json!({"input": "x".repeat(900)}).to_string();
    assert_eq!(post(&server, &path, fits.clone()).await.status, 202);
    for length in [1_000, 20_000, 5_000_000] {
        let answer = post(&server, &path, json!({"input": "x".repeat(length)}).to_string()).await;
        assert_eq!(problem(&answer), (413, "payload_too_large".into()), "{length}");
    }
    let mut large = adding();
    large["comment"] = json!("x".repeat(3_000));
    let answer = post(&server, "/api/v1/workflows", json!({"name": "x", "definition": large}).to_string()).await;
    assert_eq!(problem(&answer), (413, "payload_too_large".into()));

    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let answer = send(&server.owner, "POST", &path, &[("content-type", media_type)], fits.clone()).await;
        assert_eq!(problem(&answer), (415, "unsupported_media_type".into()), "{media_type}");
    }
    for media_type in ["application/json; charset=utf-8", "Application/JSON", "application/cloudevents+json"] {
        let answer = send(&server.owner, "POST", &path, &[("content-type", media_type)], fits.clone()).await;
        assert_eq!(answer.status, 202, "{media_type}");
    }
    let packed = send(&server.owner, "POST", &path, &[("content-encoding", "gzip")], fits).await;
    assert_eq!(problem(&packed), (415, "unsupported_media_type".into()));
}

#[tokio::test]
async fn query_parameters_are_known_and_in_range() {
    let server = Server::start().await;
    for (path, code) in [
        ("/api/v1/workflows?limit=0", "invalid_parameter"),
        ("/api/v1/workflows?limit=201", "invalid_parameter"),
        ("/api/v1/workflows?limit=many", "invalid_parameter"),
        ("/api/v1/workflows?lmit=5", "invalid_parameter"),
        ("/api/v1/workflows?cursor=nonsense", "invalid_cursor"),
        ("/api/v1/executions?status=done", "invalid_parameter"),
        ("/api/v1/executions?trigger=magic", "invalid_parameter"),
        ("/api/v1/executions?since=yesterday", "invalid_parameter"),
        ("/api/v1/executions?workflow_id=5", "invalid_parameter"),
        ("/api/v1/executions?q=a%00b", "invalid_parameter"),
        ("/api/v1/executions?q=%0A", "invalid_parameter"),
        ("/api/v1/executions?cursor=AAAA", "invalid_cursor"),
        ("/api/v1/api-keys?limit=0", "invalid_parameter"),
        ("/api/v1/api-keys?cursor=AAAA", "invalid_cursor"),
        ("/api/v1/api-keys?name=x", "invalid_parameter"),
    ] {
        let answer = server.owner.get(path).await.unwrap();
        assert_eq!(problem(&answer), (400, code.into()), "{path}");
        let answer = answer.json().unwrap();
        let name = path.split(['?', '=']).nth(1).unwrap();
        assert_eq!(answer["errors"][0]["pointer"], name, "{answer}");
        assert!(!answer.to_string().contains("deserialize"), "{answer}");
    }
    let unknown = server.owner.get("/api/v1/workflows?lmit=5").await.unwrap().json().unwrap();
    assert_eq!(unknown["detail"], "lmit: there is no such parameter, expected one of `limit`, `cursor`, `q`, `tag`");
    let doubled = server.owner.get("/api/v1/workflows?limit=5&limit=6").await.unwrap().json().unwrap();
    assert_eq!(doubled["detail"], "limit: must not be given twice");
}

#[tokio::test]
async fn a_cursor_of_one_list_is_refused_by_another() {
    let server = Server::start().await;
    let mut workflows = Vec::new();
    for _ in 0..2 {
        let path = format!("/api/v1/workflows/{}", server.workflow(&adding()).await);
        for number in 0..2 {
            let definition = json!({"nodes": [{"id": "a", "type": "number", "data": {"value": number}}]});
            let body = json!({"name": "x", "definition": definition}).to_string();
            assert_eq!(send(&server.owner, "PUT", &path, &[], body).await.status, 200);
            assert_eq!(server.owner.post(&format!("{path}/execute"), &json!({})).await.unwrap().status, 202);
        }
        server.limited(&["workflows:read"]).await;
        workflows.push(path);
    }
    let mut lists = vec!["/api/v1/workflows".to_owned(), "/api/v1/executions".to_owned(), "/api/v1/api-keys".to_owned()];
    for workflow in &workflows {
        lists.extend([format!("{workflow}/versions"), format!("{workflow}/executions")]);
    }
    for list in &lists {
        let page = server.owner.get(&format!("{list}?limit=1")).await.unwrap().json().unwrap();
        let cursor = page["next_cursor"].as_str().unwrap_or_else(|| panic!("{list} has one page: {page}"));
        for other in &lists {
            let answer = server.owner.get(&format!("{other}?cursor={cursor}")).await.unwrap();
            if other == list {
                assert_eq!(answer.status, 200, "{list}");
            } else {
                assert_eq!(problem(&answer), (400, "invalid_cursor".into()), "{list} {other}");
            }
        }
    }
}

#[tokio::test]
async fn a_mode_that_is_none_says_which_there_are() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    for mode in [json!(null), json!(1), json!("later"), json!(["sync"]), json!({"sync": null})] {
        let answer = post(&server, &path, json!({"mode": mode}).to_string()).await;
        assert_eq!(problem(&answer), (422, "invalid_field".into()), "{mode}");
        let error = &answer.json().unwrap()["errors"][0];
        assert_eq!(error["pointer"], "/mode", "{mode}");
        assert!(error["detail"].as_str().unwrap().ends_with("expected `async` or `sync`"), "{error}");
    }
}

#[tokio::test]
async fn wrong_methods_and_addresses_are_problems_too() {
    let server = Server::start().await;
    let wrong = send(&server.owner, "PATCH", "/api/v1/workflows", &[], "{}").await;
    assert_eq!(problem(&wrong), (405, "method_not_allowed".into()));
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, POST"));
    let wrong = send(&server.owner, "DELETE", "/api/v1/auth/me", &[], "").await;
    assert_eq!((problem(&wrong), wrong.header("allow")), ((405, "method_not_allowed".into()), Some("GET, HEAD")));
    for path in ["/api/v1/nothing", "/api/v2/workflows", "/api", "/api/", "/health/nothing"] {
        assert_eq!(problem(&server.owner.get(path).await.unwrap()), (404, "not_found".into()), "{path}");
    }
    assert_eq!(problem(&send(&server.owner, "POST", "/somewhere", &[], "{}").await), (405, "method_not_allowed".into()));
    for id in ["5", "nonsense", "01980000-0000-7000-8000-00000000000", "01980000-0000-7000-8000-000000000000", "%00"] {
        assert_eq!(problem(&server.owner.get(&format!("/api/v1/workflows/{id}")).await.unwrap()), (404, "not_found".into()), "{id}");
        assert_eq!(problem(&server.owner.get(&format!("/api/v1/executions/{id}")).await.unwrap()), (404, "not_found".into()), "{id}");
        let run = post(&server, &format!("/api/v1/workflows/{id}/execute"), "{}").await;
        assert_eq!(problem(&run), (404, "not_found".into()), "{id}");
    }
}

#[tokio::test]
async fn an_expression_with_a_mistake_is_told_with_its_place() {
    let server = Server::start().await;
    let evaluate = async |body: Value| post(&server, "/api/v1/expressions/evaluate", body.to_string()).await;
    let answer = evaluate(json!({"expression": "1 + * 2"})).await;
    assert_eq!(problem(&answer), (422, "invalid_expression".into()));
    let body = answer.json().unwrap();
    assert_eq!((&body["errors"][0]["line"], &body["errors"][0]["column"]), (&json!(1), &json!(5)), "{body}");
    assert_eq!(problem(&evaluate(json!({"expression": "1 / 0"})).await), (422, "invalid_expression".into()));
    assert_eq!(problem(&evaluate(json!({"expression": "1", "template": "x"})).await), (422, "invalid_field".into()));
    assert_eq!(problem(&evaluate(json!({})).await), (422, "invalid_field".into()));

    let sample = json!({"expression": "input.a + variables.b + node.n.c + context.d", "input": {"a": 1}, "variables": {"b": 2}, "nodes": {"n": {"c": 3}}, "context": {"d": 4}});
    assert_eq!(evaluate(sample).await.json().unwrap()["value"], 10);
    let template = json!({"template": "Hello {{ input.name }}", "input": {"name": "you"}});
    assert_eq!(evaluate(template).await.json().unwrap()["value"], "Hello you");
}
