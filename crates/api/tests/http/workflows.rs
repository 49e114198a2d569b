use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Server, adding, problem, redacted, send};

#[tokio::test]
async fn a_created_workflow_is_published_and_reads_back_as_it_was_posted() {
    let server = Server::start().await;
    let mut definition = adding();
    definition["nodes"][0]["position"] = json!({"x": 1.5, "y": -2});
    definition["viewport"] = json!({"zoom": 2});
    let posted = json!({"name": "Adding", "description": "Adds.", "tags": ["math"], "definition": definition});
    let made = server.owner.post("/api/v1/workflows", &posted).await.unwrap();
    assert_eq!(made.status, 201);
    let body = made.json().unwrap();
    let path = format!("/api/v1/workflows/{}", body["id"].as_str().unwrap());
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));
    insta::assert_json_snapshot!("created", redacted(body.clone()));

    let read = server.owner.get(&path).await.unwrap();
    assert_eq!((read.status.as_u16(), read.header("etag")), (200, Some("\"1\"")));
    assert_eq!(read.json().unwrap(), body);
    assert_eq!(read.json().unwrap()["definition"], definition);
}

#[tokio::test]
async fn a_draft_is_saved_without_a_version_and_published_later() {
    let server = Server::start().await;
    let made = server.owner.post("/api/v1/workflows", &json!({"name": "Draft", "definition": adding(), "publish": false})).await.unwrap();
    let made = made.json().unwrap();
    assert_eq!((&made["version"], &made["unpublished_changes"]), (&Value::Null, &json!(true)));
    let path = format!("/api/v1/workflows/{}", made["id"].as_str().unwrap());
    let run = server.owner.post(&format!("{path}/execute"), &json!({})).await.unwrap();
    assert_eq!(problem(&run), (409, "not_published".into()));
    let draft = server.owner.post(&format!("{path}/execute"), &json!({"version": "draft"})).await.unwrap();
    assert_eq!(draft.status, 202);

    let published = server.owner.post(&format!("{path}/publish"), &json!({})).await.unwrap();
    assert_eq!(published.status, 200);
    assert_eq!(published.json().unwrap()["version"], 1);
    let again = server.owner.post(&format!("{path}/publish"), &json!({})).await.unwrap();
    assert_eq!(again.json().unwrap()["version"], 1, "an unchanged draft makes no new version");
    let run = server.owner.post(&format!("{path}/execute"), &json!({})).await.unwrap();
    assert_eq!((run.status.as_u16(), run.json().unwrap()["version"].clone()), (202, json!(1)));
}

#[tokio::test]
async fn a_change_from_an_old_revision_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}", server.workflow(&adding()).await);
    let put = async |tag: &str, name: &str| {
        let body = json!({"name": name, "definition": adding()}).to_string();
        send(&server.owner, "PUT", &path, &[("if-match", tag)], body).await
    };
    let first = put("\"1\"", "One").await;
    assert_eq!((first.status.as_u16(), first.header("etag")), (200, Some("\"2\"")));
    assert_eq!(problem(&put("\"1\"", "Two").await), (412, "revision_mismatch".into()));
    assert_eq!(problem(&put("nonsense", "Two").await), (400, "invalid_header".into()));
    assert_eq!(server.owner.get(&path).await.unwrap().json().unwrap()["name"], "One");
    assert_eq!(put("*", "Three").await.status, 200);
    let deleted = send(&server.owner, "DELETE", &path, &[("if-match", "\"1\"")], "").await;
    assert_eq!(problem(&deleted), (412, "revision_mismatch".into()));
}

#[tokio::test]
async fn a_condition_of_many_weak_or_strange_tags_is_judged_as_the_standard_says() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}", server.workflow(&adding()).await);
    let body = json!({"name": "Changed", "definition": adding()}).to_string();
    for tags in ["W/\"1\"", "\"nonsense\"", "\"7\", \"8\"", "W/\"1\", \"7\"", "\"1,2\"", "\"\""] {
        for (method, path, body) in [("PUT", &path, body.as_str()), ("DELETE", &path, ""), ("POST", &format!("{path}/publish"), "{}")] {
            let answer = send(&server.owner, method, path, &[("if-match", tags)], body.to_owned()).await;
            assert_eq!(problem(&answer), (412, "revision_mismatch".into()), "{method} {tags}");
        }
    }
    for wrong in ["1", "\"1", "\"1\" \"2\"", "", "w/\"1\""] {
        let answer = send(&server.owner, "PUT", &path, &[("if-match", wrong)], body.clone()).await;
        assert_eq!(problem(&answer), (400, "invalid_header".into()), "{wrong}");
        assert_eq!(answer.json().unwrap()["errors"][0]["pointer"], "If-Match");
    }
    let listed = send(&server.owner, "PUT", &path, &[("if-match", "\"7\", \"1\", W/\"x\"")], body.clone()).await;
    assert_eq!((listed.status.as_u16(), listed.header("etag")), (200, Some("\"2\"")));
    let gone = "/api/v1/workflows/01980000-0000-7000-8000-000000000000";
    for tags in ["W/\"1\"", "\"1\", \"2\""] {
        assert_eq!(problem(&send(&server.owner, "PUT", gone, &[("if-match", tags)], body.clone()).await), (404, "not_found".into()));
    }
}

#[tokio::test]
async fn whoever_has_it_already_is_told_so() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}", server.workflow(&adding()).await);
    for path in [path.clone(), format!("{path}/versions/1")] {
        let etag = server.owner.get(&path).await.unwrap().header("etag").unwrap().to_owned();
        let asked = async |tags: &str| server.owner.send(Method::GET, &path, &[("if-none-match", tags)], None).await.unwrap();
        for tags in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let answer = asked(&tags).await;
            assert_eq!((answer.status.as_u16(), answer.body.len(), answer.header("etag")), (304, 0, Some(etag.as_str())), "{path} {tags}");
        }
        for tags in ["\"other\"", "nonsense", ""] {
            let answer = asked(tags).await;
            assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, Some(etag.as_str())), "{path} {tags}");
            assert!(answer.json().unwrap()["definition"].is_object());
        }
    }
    let known = [("if-none-match", "\"1\"")];
    let changed = json!({"name": "Changed", "definition": adding()}).to_string();
    assert_eq!(send(&server.owner, "PUT", &path, &[], changed).await.status, 200);
    assert_eq!(server.owner.send(Method::GET, &path, &known, None).await.unwrap().status, 200);
    let gone = "/api/v1/workflows/01980000-0000-7000-8000-000000000000";
    assert_eq!(server.owner.send(Method::GET, gone, &[("if-none-match", "*")], None).await.unwrap().status, 404);
}

#[tokio::test]
async fn a_deleted_workflow_is_gone_and_its_executions_stay() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}", server.workflow(&adding()).await);
    let run = server.owner.post(&format!("{path}/execute"), &json!({})).await.unwrap().json().unwrap();
    assert_eq!(send(&server.owner, "DELETE", &path, &[], "").await.status, 204);
    assert_eq!(problem(&send(&server.owner, "DELETE", &path, &[], "").await), (404, "not_found".into()));
    assert_eq!(problem(&server.owner.get(&path).await.unwrap()), (404, "not_found".into()));
    assert_eq!(problem(&server.owner.post(&format!("{path}/execute"), &json!({})).await.unwrap()), (404, "not_found".into()));
    let execution = server.owner.get(&format!("/api/v1/executions/{}", run["execution_id"].as_str().unwrap())).await.unwrap();
    assert_eq!(execution.status, 200);
}

#[tokio::test]
async fn versions_are_numbered_and_keep_their_definition() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}", server.workflow(&adding()).await);
    let mut changed = adding();
    changed["nodes"][0]["data"]["value"] = json!(100);
    let body = json!({"name": "A workflow", "definition": changed}).to_string();
    assert_eq!(send(&server.owner, "PUT", &path, &[], body).await.json().unwrap()["version"], 2);

    let list = server.owner.get(&format!("{path}/versions")).await.unwrap().json().unwrap();
    insta::assert_json_snapshot!("versions", redacted(list));
    let first = server.owner.get(&format!("{path}/versions/1")).await.unwrap().json().unwrap();
    assert_eq!(first["definition"], adding());
    let second = server.owner.get(&format!("{path}/versions/2")).await.unwrap().json().unwrap();
    assert_eq!(second["definition"], changed);
    for wrong in ["3", "0", "-1", "x"] {
        assert_eq!(problem(&server.owner.get(&format!("{path}/versions/{wrong}")).await.unwrap()), (404, "not_found".into()));
    }
}

/// The definition with another first number.
fn adding_from(value: i64) -> Value {
    let mut definition = adding();
    definition["nodes"][0]["data"]["value"] = json!(value);
    definition
}

#[tokio::test]
async fn an_earlier_version_comes_back_as_a_new_one() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}", server.workflow(&adding_from(1)).await);
    let body = json!({"name": "Renamed", "tags": ["kept"], "definition": adding_from(2)}).to_string();
    assert_eq!(send(&server.owner, "PUT", &path, &[], body).await.json().unwrap()["version"], 2);

    let stale = send(&server.owner, "POST", &format!("{path}/restore/1"), &[("if-match", "\"1\"")], "{}").await;
    assert_eq!(problem(&stale), (412, "revision_mismatch".into()));
    let key = [("idempotency-key", "back"), ("if-match", "\"2\"")];
    let restored = send(&server.owner, "POST", &format!("{path}/restore/1"), &key, "").await;
    let workflow = restored.json().unwrap();
    assert_eq!((restored.status.as_u16(), restored.header("etag"), &workflow["version"]), (200, Some("\"3\""), &json!(3)));
    assert_eq!((&workflow["definition"], &workflow["name"], &workflow["tags"]), (&adding_from(1), &json!("Renamed"), &json!(["kept"])));
    assert_eq!(workflow["unpublished_changes"], false);
    let again = send(&server.owner, "POST", &format!("{path}/restore/1"), &key, "").await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &restored.body));
    let numbers = server.owner.get(&format!("{path}/versions")).await.unwrap().json().unwrap();
    let numbers: Vec<_> = numbers["items"].as_array().unwrap().iter().map(|item| item["version"].clone()).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(server.owner.get(&format!("{path}/versions/2")).await.unwrap().json().unwrap()["definition"], adding_from(2));

    let equal = server.owner.post(&format!("{path}/restore/1"), &json!({})).await.unwrap().json().unwrap();
    assert_eq!(equal["version"], 3, "the latest one equals it");
    for wrong in ["4", "0", "x"] {
        assert_eq!(problem(&server.owner.post(&format!("{path}/restore/{wrong}"), &json!({})).await.unwrap()), (404, "not_found".into()));
    }
    let field = server.owner.post(&format!("{path}/restore/1"), &json!({"publish": false})).await.unwrap();
    assert_eq!(problem(&field), (422, "unknown_field".into()));
}

#[tokio::test]
async fn a_version_is_made_of_the_draft() {
    let server = Server::start().await;
    let made = json!({"name": "Draft", "definition": adding_from(1), "publish": false});
    let made = server.owner.post("/api/v1/workflows", &made).await.unwrap().json().unwrap();
    let path = format!("/api/v1/workflows/{}", made["id"].as_str().unwrap());
    let first = server.owner.post(&format!("{path}/versions"), &json!({})).await.unwrap();
    let location = format!("{path}/versions/1");
    assert_eq!((first.status.as_u16(), first.header("location")), (201, Some(location.as_str())));
    let read = server.owner.get(&location).await.unwrap();
    assert_eq!((first.json().unwrap(), first.header("etag")), (read.json().unwrap(), read.header("etag")));
    let same = server.owner.post(&format!("{path}/versions"), &json!({})).await.unwrap();
    assert_eq!((same.status.as_u16(), same.body), (200, first.body));

    let draft = json!({"name": "Draft", "definition": adding_from(2), "publish": false}).to_string();
    assert_eq!(send(&server.owner, "PUT", &path, &[], draft).await.status, 200);
    let stale = send(&server.owner, "POST", &format!("{path}/versions"), &[("if-match", "\"1\"")], "{}").await;
    assert_eq!(problem(&stale), (412, "revision_mismatch".into()));
    let second = server.owner.post(&format!("{path}/versions"), &json!({})).await.unwrap();
    assert_eq!((second.status.as_u16(), &second.json().unwrap()["version"]), (201, &json!(2)));
}

#[tokio::test]
async fn two_versions_are_compared() {
    let server = Server::start().await;
    let path = format!("/api/v1/workflows/{}", server.workflow(&adding_from(1)).await);
    let mut changed = adding_from(2);
    changed["nodes"].as_array_mut().unwrap().push(json!({"id": "4", "type": "number", "data": {"value": 4}}));
    changed["edges"].as_array_mut().unwrap().push(json!({"source": "4", "target": "3"}));
    let body = json!({"name": "A workflow", "definition": changed}).to_string();
    assert_eq!(send(&server.owner, "PUT", &path, &[], body).await.status, 200);
    let diff = async |from: &str, to: &str| server.owner.get(&format!("{path}/versions/{from}/diff/{to}")).await.unwrap();
    let there = diff("1", "2").await.json().unwrap();
    assert_eq!(
        there,
        json!({
            "from": 1, "to": 2, "document": [],
            "nodes": {
                "added": [changed["nodes"][3]], "removed": [], "reordered": false,
                "changed": [{"id": "1", "changes": [{"pointer": "/data/value", "before": 1, "after": 2}]}]
            },
            "edges": {"added": [{"source": "4", "target": "3"}], "removed": [], "reordered": false}
        })
    );
    let back = diff("2", "1").await.json().unwrap();
    assert_eq!((&back["nodes"]["removed"], &back["edges"]["removed"]), (&there["nodes"]["added"], &there["edges"]["added"]));
    assert_eq!(diff("1", "1").await.json().unwrap()["nodes"]["changed"], json!([]));
    for (from, to) in [("1", "3"), ("3", "1"), ("0", "1"), ("x", "1")] {
        assert_eq!(problem(&diff(from, to).await), (404, "not_found".into()));
    }
}

#[tokio::test]
async fn lists_come_in_pages_newest_first() {
    let server = Server::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let tags = if number % 2 == 0 { json!(["even"]) } else { json!([]) };
        let body = json!({"name": format!("Number {number}"), "tags": tags, "definition": adding()});
        ids.insert(0, server.owner.post("/api/v1/workflows", &body).await.unwrap().json().unwrap()["id"].clone());
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.owner.get(&format!("/api/v1/workflows?limit=2{cursor}")).await.unwrap().json().unwrap();
        assert!(page["items"].as_array().unwrap().len() <= 2);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        assert!(page["items"][0].get("definition").is_none());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    let tagged = server.owner.get("/api/v1/workflows?tag=even").await.unwrap().json().unwrap();
    assert_eq!(tagged["items"].as_array().unwrap().len(), 3);
    let found = server.owner.get("/api/v1/workflows?q=nUMBER%203").await.unwrap().json().unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_repeated_post_creates_one_workflow() {
    let server = Server::start().await;
    let body = json!({"name": "Once", "definition": adding()}).to_string();
    let key = [("idempotency-key", "my key 1")];
    let first = send(&server.owner, "POST", "/api/v1/workflows", &key, body.clone()).await;
    let second = send(&server.owner, "POST", "/api/v1/workflows", &key, body).await;
    assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (201, None));
    assert_eq!((second.status.as_u16(), second.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(first.body, second.body);
    assert_eq!((first.header("location"), first.header("etag")), (second.header("location"), second.header("etag")));

    let other = json!({"name": "Twice", "definition": adding()}).to_string();
    assert_eq!(problem(&send(&server.owner, "POST", "/api/v1/workflows", &key, other).await), (422, "idempotency_mismatch".into()));
    let list = server.owner.get("/api/v1/workflows").await.unwrap().json().unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_failed_may_be_repeated_with_its_key() {
    let server = Server::start().await;
    let key = [("idempotency-key", "k")];
    let path = format!("/api/v1/workflows/{}/publish", server.workflow(&adding()).await);
    let gone = send(&server.owner, "POST", "/api/v1/workflows/01980000-0000-7000-8000-000000000000/publish", &key, "{}").await;
    assert_eq!(problem(&gone), (404, "not_found".into()));
    assert_eq!(send(&server.owner, "POST", &path, &key, "{}").await.status, 200);
    assert_eq!(server.owner.send(Method::POST, &path, &[("idempotency-key", "")], None).await.unwrap().status, 400);
}

#[tokio::test]
async fn every_problem_of_a_definition_is_named_and_nothing_is_stored() {
    let server = Server::start().await;
    let definition = json!({
        "nodes": [
            {"id": "a", "type": "nonsense", "data": {}},
            {"id": "b", "type": "operation", "data": {"op": "frobnicate"}},
            {"id": "c", "type": "expression", "data": {"expression": "1 +"}}
        ],
        "edges": [{"source": "a", "target": "zzz"}]
    });
    let answer = server.owner.post("/api/v1/workflows", &json!({"name": "Wrong", "definition": definition})).await.unwrap();
    assert_eq!(problem(&answer), (422, "invalid_definition".into()));
    let body = answer.json().unwrap();
    let nodes: Vec<_> = body["errors"].as_array().unwrap().iter().filter_map(|error| error["node_id"].as_str()).collect();
    for node in ["a", "b", "c"] {
        assert!(nodes.contains(&node), "{node}: {body}");
    }
    assert!(body["errors"].as_array().unwrap().iter().all(|error| error["pointer"].as_str().unwrap().starts_with('/')), "{body}");
    assert_eq!(server.owner.get("/api/v1/workflows").await.unwrap().json().unwrap()["items"], json!([]));
}

#[tokio::test]
async fn a_workflow_that_calls_itself_is_stored_with_a_warning() {
    let server = Server::start().await;
    let calls = |workflow: &str| json!({"nodes": [{"id": "c", "type": "sub_workflow", "data": {"workflow": workflow}}], "edges": []});
    let told = |answer: &Value| {
        let warnings = answer["warnings"].as_array().cloned().unwrap_or_default();
        warnings.iter().map(|warning| (warning["code"].clone(), warning["pointer"].clone())).collect::<Vec<_>>()
    };
    let warning = [(json!("calls_itself"), json!("/definition/nodes/0/data/workflow"))];
    let made = server.owner.post("/api/v1/workflows", &json!({"name": "Me", "definition": calls("Me")})).await.unwrap();
    assert_eq!(told(&made.json().unwrap()), warning);
    let path = made.header("location").unwrap().to_owned();
    let id = made.json().unwrap()["id"].as_str().unwrap().to_owned();
    for (workflow, expected) in [(id.as_str(), &warning[..]), ("Me", &warning[..]), ("You", &[])] {
        let body = json!({"name": "Me", "definition": calls(workflow)});
        let changed = send(&server.owner, "PUT", &path, &[], body.to_string()).await;
        assert_eq!(told(&changed.json().unwrap()), expected, "{workflow}: {changed:?}");
    }
}
