//! Values in the object store: shown as far as they fit, told and downloaded where they do not, out of reach for others.

use serde_json::{Value, json};
use thaiyyal_model::Limits;

use crate::support::{Server, Setup};

/// A text of so many bytes, and a list that is larger than a value may be in memory.
fn definition() -> Value {
    let text = "ab".repeat(50_000);
    json!({
        "nodes": [
            {"id": "text", "type": "text_input", "data": {"text": text}},
            {"id": "range", "type": "range", "data": {"start": 1, "end": 3000}},
            {"id": "list", "type": "map", "data": {"expression": "'element number ' + item + ' of many'"}},
            {"id": "out", "type": "expression", "data": {"expression": "input.results"}}
        ],
        "edges": [{"source": "text", "target": "range"}, {"source": "range", "target": "list"}, {"source": "list", "target": "out"}]
    })
}

async fn executed() -> (Server, Value) {
    let limits = Limits { max_value_bytes: 120_000, ..Limits::default() };
    let server = Setup { limits, worker: true, ..Setup::default() }.start().await;
    let workflow = server.workflow(&definition()).await;
    let path = format!("/api/v1/workflows/{workflow}/execute");
    let ended = server.owner.post(&path, &json!({"mode": "sync"})).await.unwrap().json().unwrap();
    let id = ended["id"].as_str().or(ended["execution_id"].as_str()).unwrap_or_else(|| panic!("{ended}")).to_owned();
    let shown = server.owner.get(&format!("/api/v1/executions/{id}")).await.unwrap().json().unwrap();
    assert_eq!(shown["status"], "succeeded", "{}", shown["error"]);
    (server, shown)
}

#[tokio::test]
async fn what_left_the_journal_is_shown_and_what_left_memory_is_told() {
    let (server, shown) = executed().await;
    let results = &shown["node_results"];
    assert_eq!(results["text"].as_str().map(str::len), Some(100_000), "it is brought back");
    assert_eq!((&results["list"]["output_count"], &results["list"]["results"]), (&json!(3000), &Value::Null));
    assert_eq!((&shown["output"], &shown["omitted_results"]), (&Value::Null, &json!(["out"])));
    for part in [&shown["large_output"][0], &shown["large_results"]["out"][0], &shown["large_results"]["list"][0]] {
        assert_eq!((&part["kind"], &part["items"]), (&json!("array"), &json!(3000)), "{part}");
        let download = server.owner.get(part["url"].as_str().unwrap()).await.unwrap();
        assert_eq!(download.header("content-type"), Some("application/x-ndjson"));
        let text = String::from_utf8(download.body.to_vec()).unwrap();
        assert_eq!(text.lines().nth(2999), Some("\"element number 3000 of many\""));
        assert_eq!((text.lines().count(), text.len() as u64), (3000, part["bytes"].as_u64().unwrap()));
    }
    assert_eq!(shown["large_results"]["list"][0]["path"], "/results");

    let steps = server.owner.get(&format!("/api/v1/executions/{}/steps", shown["id"].as_str().unwrap())).await.unwrap().json().unwrap();
    let step = |id: &str| steps["items"].as_array().unwrap().iter().find(|step| step["node_id"] == id).cloned().unwrap();
    assert_eq!(step("text")["output"].as_str().map(str::len), Some(100_000));
    assert_eq!((&step("out")["omitted"], &step("list")["output"]["output_count"]), (&json!(["output"]), &json!(3000)));
    assert_eq!(step("list")["large"]["output"][0]["sha256"], shown["large_output"][0]["sha256"]);
}

#[tokio::test]
async fn a_value_that_is_too_large_for_a_list_of_steps_can_be_downloaded() {
    let server = Server::working().await;
    let text = "ab".repeat(150_000);
    let workflow = server.workflow(&json!({"nodes": [{"id": "text", "type": "text_input", "data": {"text": text}}], "edges": []})).await;
    let ended = server.owner.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({"mode": "sync"})).await.unwrap();
    let id = ended.json().unwrap()["id"].as_str().unwrap().to_owned();
    let steps = server.owner.get(&format!("/api/v1/executions/{id}/steps")).await.unwrap().json().unwrap();
    let step = &steps["items"][0];
    assert_eq!((&step["output"], &step["omitted"]), (&Value::Null, &json!(["output"])));
    let part = &step["large"]["output"][0];
    assert_eq!((&part["path"], &part["kind"], &part["bytes"]), (&json!(""), &json!("json"), &json!(300_002)));
    let download = server.owner.get(part["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(serde_json::from_slice::<String>(&download.body).unwrap(), text);
    let shown = server.owner.get(&format!("/api/v1/executions/{id}")).await.unwrap().json().unwrap();
    assert_eq!(shown["output"].as_str().map(str::len), Some(300_000), "the execution itself shows it");
}

#[tokio::test]
async fn values_of_others_and_names_of_nothing_are_not_found() {
    let (server, shown) = executed().await;
    let url = shown["large_output"][0]["url"].as_str().unwrap().to_owned();
    let other = server.another_tenant().await;
    assert_eq!(other.get(&url).await.unwrap().status, 404);
    // Not even with an execution of their own and the right name.
    let (_, name) = url.rsplit_once('/').unwrap();
    let made = other.post("/api/v1/workflow/execute", &crate::support::adding()).await.unwrap().json().unwrap();
    let own = format!("/api/v1/executions/{}/objects/{name}", made["execution_id"].as_str().unwrap());
    assert_eq!(other.get(&own).await.unwrap().status, 404);
    assert_eq!(server.limited(&["workflows:read"]).await.get(&url).await.unwrap().status, 403);
    for name in ["", "x", &"0".repeat(64), "..%2f..%2fsecret"] {
        let path = format!("/api/v1/executions/{}/objects/{name}", shown["id"].as_str().unwrap());
        assert_eq!(server.owner.get(&path).await.unwrap().status, 404, "{name}");
    }
}

#[tokio::test]
async fn an_execution_whose_objects_are_gone_is_still_shown() {
    let (server, shown) = executed().await;
    #[expect(clippy::disallowed_methods, reason = "the test stands in for whoever empties the bucket")]
    let scope = thaiyyal_model::TenantScope::assume(server.tenant.id);
    let id = shown["id"].as_str().unwrap();
    assert!(server.objects.of(&scope, id.parse().unwrap()).delete_all().await.unwrap() > 0);
    let again = server.owner.get(&format!("/api/v1/executions/{id}")).await.unwrap().json().unwrap();
    assert_eq!((&again["status"], &again["large_results"]["text"][0]["kind"]), (&json!("succeeded"), &json!("json")));
    assert_eq!(again["omitted_results"], json!(["text", "range", "out"]));
}
