//! Executions that use up what one may, and what others of the same process notice of them.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use thaiyyal_testkit::eventually;
use thaiyyal_testkit::http::Client;
use thaiyyal_testkit::process::Process;

async fn dev(folder: &Path, env: &[(&str, &str)]) -> (Process, Client) {
    let data = folder.join("data");
    let args = ["dev", "--addr", "127.0.0.1:0", "--data-dir", data.to_str().expect("temporary folders have plain names")];
    let mut process = Process::start(Path::new(env!("CARGO_BIN_EXE_thaiyyal")), "dev", folder, &args, env).expect("the binary was built");
    let base = process.ready(Duration::from_secs(60)).await.expect("it starts");
    let access: Value =
        serde_json::from_slice(&std::fs::read(data.join("dev.json")).expect("dev.json is there")).expect("dev.json is JSON");
    (process, Client::new(&base, access["api_key"].as_str()))
}

async fn workflow(client: &Client, definition: &Value) -> String {
    let created = client.post("/api/v1/workflows", &json!({ "name": "A workflow", "definition": definition })).await.expect("it answers");
    let created = created.json().expect("JSON");
    created["id"].as_str().unwrap_or_else(|| panic!("{created}")).to_owned()
}

async fn begin(client: &Client, workflow: &str) -> String {
    let accepted = client.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({ "mode": "async" })).await.expect("it answers");
    accepted.json().expect("JSON")["execution_id"].as_str().expect("an accepted execution has an id").to_owned()
}

/// Status and error code of the executions of a workflow, from their list: nothing large is in it.
async fn ends(client: &Client, workflow: &str) -> Vec<(String, String)> {
    let listed =
        client.get(&format!("/api/v1/executions?workflow_id={workflow}&limit=200")).await.expect("it answers").json().expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    listed["items"].as_array().expect("a list has items").iter().map(|one| (text(&one["status"]), text(&one["error"]["code"]))).collect()
}

/// Numbers, and what is done with each of them.
fn over_numbers(expression: &str) -> Value {
    json!({
        "nodes": [
            { "id": "range", "type": "range", "data": { "start": 1, "end": 9000 } },
            { "id": "map", "type": "map", "data": { "expression": expression } }
        ],
        "edges": [{ "source": "range", "target": "map" }]
    })
}

#[tokio::test]
async fn long_computations_hold_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    // For a test they compute for ever.
    let (_process, client) = dev(folder.path(), &[("THAIYYAL__LIMITS__MAX_STEPS", "1000000000000000")]).await;
    let greedy = workflow(&client, &over_numbers("sum(map(range(1, 9000), item * 2))")).await;
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(begin(&client, &greedy).await);
    }
    eventually("some of them to be put off", Duration::from_secs(120), || async {
        let ends = ends(&client, &greedy).await;
        let put_off = ends.iter().filter(|(status, _)| status == "waiting").count();
        (put_off > 10).then_some(())
    })
    .await;

    let ordinary = workflow(&client, &json!({ "nodes": [{ "id": "one", "type": "number", "data": { "value": 1 } }], "edges": [] })).await;
    for _ in 0..20 {
        let body = json!({ "mode": "sync", "timeout_ms": 120_000 });
        let ended = client.post(&format!("/api/v1/workflows/{ordinary}/execute"), &body).await.unwrap();
        assert_eq!(ended.json().unwrap()["status"], "succeeded");
    }
    let unfinished = ends(&client, &greedy).await.iter().filter(|(status, _)| status == "running" || status == "waiting").count();
    assert_eq!(unfinished, 40, "all ordinary ones passed all greedy ones");

    for id in &ids {
        assert_eq!(client.post(&format!("/api/v1/executions/{id}/cancel"), &json!({})).await.unwrap().status.as_u16() / 100, 2);
    }
    eventually("the end of all", Duration::from_secs(120), || async {
        ends(&client, &greedy).await.iter().all(|(status, _)| status == "cancelled").then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_would_exhaust_the_process_ends_with_its_own_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = [
        ("THAIYYAL__LIMITS__MAX_STEPS", "5000000"),
        ("THAIYYAL__LIMITS__MAX_TOTAL_BYTES", "4000000"),
        ("THAIYYAL__LIMITS__MAX_NODE_EXECUTIONS", "500"),
    ];
    let (process, client) = dev(folder.path(), &limits).await;
    let body = |block: Value, inner: Value| {
        json!({
            "nodes": [{ "id": "range", "type": "range", "data": { "start": 1, "end": 900 } }, block, inner],
            "edges": [{ "source": "range", "target": "block" }, { "source": "block", "sourceHandle": "body", "target": "inner" }]
        })
    };
    let inner = json!({ "id": "inner", "type": "expression", "data": { "expression": "1" } });
    for (definition, code) in [
        (over_numbers("sum(map(range(1, 9000), item * 2))"), "too_many_steps"),
        (
            json!({ "nodes": [{ "id": "n", "type": "number", "data": { "value": 1 } },
                { "id": "e", "type": "expression", "data": { "expression": "sum(map(range(1, 9000), sum(map(range(1, 9000), item))))" } }],
                "edges": [{ "source": "n", "target": "e" }] }),
            "expression_too_many_steps",
        ),
        (over_numbers("range(item, item + 50)"), "too_many_bytes"),
        (
            json!({ "nodes": [{ "id": "t", "type": "text_input", "data": { "text": "x" } },
                { "id": "r", "type": "text_operation", "data": { "text_op": "repeat", "repeat_n": 2_000_000_000 } }],
                "edges": [{ "source": "t", "target": "r" }] }),
            "text_too_long",
        ),
        (body(json!({ "id": "block", "type": "for_each" }), inner.clone()), "too_many_node_executions"),
        (
            body(json!({ "id": "block", "type": "while_loop", "data": { "condition": "true", "max_iterations": 100 } }), inner),
            "too_many_iterations",
        ),
    ] {
        let id = workflow(&client, &definition).await;
        begin(&client, &id).await;
        let ended = eventually(&format!("the end as {code}"), Duration::from_secs(120), || async {
            ends(&client, &id).await.into_iter().next().filter(|(status, _)| status != "queued" && status != "running")
        })
        .await;
        assert_eq!(ended, ("failed".to_owned(), code.to_owned()), "{definition}");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid().expect("it runs"))).expect("Linux tells it");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it").trim().trim_end_matches(" kB");
    assert!(peak.trim().parse::<u64>().expect("a number") < 500_000, "{peak} kB were needed");
}
