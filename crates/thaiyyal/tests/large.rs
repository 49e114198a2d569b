//! A table that is far larger than an execution may hold, through the running binary: fetched, read, filtered, summed, and downloaded again.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use thaiyyal_testkit::eventually;
use thaiyyal_testkit::http::Client;
use thaiyyal_testkit::process::{Process, run};
use thaiyyal_testkit::server::{Reply, Server};

const ROWS: usize = 100_000;

/// So little may be held that the table (5 MB) is a hundred times as large as a value and five times as large as all values together.
const LIMITS: [(&str, &str); 5] = [
    ("THAIYYAL__LIMITS__MAX_VALUE_BYTES", "50000"),
    ("THAIYYAL__LIMITS__MAX_TOTAL_BYTES", "1000000"),
    ("THAIYYAL__CONNECTORS__MAX_RESPONSE_BYTES", "50000"),
    ("THAIYYAL__CONNECTORS__ALLOW_PRIVATE_NETWORK", "true"),
    ("THAIYYAL__LOG__FILTER", "warn"),
];

fn table() -> String {
    let rows = (0..ROWS).map(|row| format!("{row:08},\"a comment, of some words and letters\",{:03}\n", row % 100));
    std::iter::once("id,comment,amount\n".to_owned()).chain(rows).collect()
}

async fn server() -> String {
    let text = table();
    let server = Server::start(move |_| Reply::text("text/csv", text.clone())).await.expect("a port is free");
    format!("{}/table.csv", server.url())
}

fn definition(url: &str) -> Value {
    let chain = [
        json!({ "id": "get", "type": "http", "data": { "url": url } }),
        json!({ "id": "rows", "type": "parse", "data": { "input_type": "CSV" } }),
        json!({ "id": "large", "type": "filter", "data": { "condition": "item.amount >= 90" } }),
        json!({ "id": "kept", "type": "expression", "data": { "expression": "input.filtered" } }),
        json!({ "id": "sum", "type": "reduce", "data": { "expression": "accumulator + item.amount" } }),
    ];
    let mut edges: Vec<Value> = chain.windows(2).map(|pair| json!({ "source": pair[0]["id"], "target": pair[1]["id"] })).collect();
    edges.push(json!({ "source": "kept", "target": "copy" }));
    let mut nodes = chain.to_vec();
    nodes.push(json!({ "id": "copy", "type": "no_op" }));
    json!({ "nodes": nodes, "edges": edges })
}

fn expected() -> usize {
    (0..ROWS).map(|row| row % 100).filter(|amount| *amount >= 90).sum()
}

async fn dev(folder: &Path) -> (Process, Client) {
    let data = folder.join("data");
    let args = ["dev", "--addr", "127.0.0.1:0", "--data-dir", data.to_str().expect("temporary folders have plain names")];
    let binary = Path::new(env!("CARGO_BIN_EXE_thaiyyal"));
    let mut process = Process::start(binary, "dev", folder, &args, &LIMITS).expect("the binary was built");
    let base = process.ready(Duration::from_secs(60)).await.expect("it starts");
    let access: Value =
        serde_json::from_slice(&std::fs::read(data.join("dev.json")).expect("dev.json is there")).expect("dev.json is JSON");
    (process, Client::new(&base, access["api_key"].as_str()))
}

#[tokio::test]
async fn a_table_larger_than_an_execution_may_hold_is_filtered_and_summed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_process, client) = dev(folder.path()).await;
    let body = json!({ "name": "Table", "definition": definition(&server().await) });
    let created = client.post("/api/v1/workflows", &body).await.expect("it answers").json().expect("JSON");
    let path = format!("/api/v1/workflows/{}/execute", created["id"].as_str().unwrap_or_else(|| panic!("{created}")));
    let ended = client.post(&path, &json!({ "mode": "async" })).await.expect("it answers").json().expect("JSON");
    let id = ended["id"].as_str().or(ended["execution_id"].as_str()).unwrap_or_else(|| panic!("{ended}")).to_owned();
    let execution = finished(&client, &id).await;
    assert_eq!(execution["status"], "succeeded", "{}", execution["error"]);
    let results = &execution["node_results"];
    assert_eq!(results["sum"]["result"], expected());
    assert_eq!((&results["large"]["input_count"], &results["large"]["output_count"]), (&json!(ROWS), &json!(ROWS / 10)));
    assert_eq!(results["large"]["filtered"], Value::Null);

    // What is not shown is told, and can be had.
    let part = &execution["large_results"]["large"][0];
    assert_eq!((&part["path"], &part["kind"], &part["items"]), (&json!("/filtered"), &json!("array"), &json!(ROWS / 10)));
    let download = client.get(part["url"].as_str().expect("an address")).await.expect("it answers");
    assert_eq!((download.status.as_u16(), download.header("content-type")), (200, Some("application/x-ndjson")));
    assert_eq!(download.body.len() as u64, part["bytes"].as_u64().expect("a length"));
    let lines: Vec<Value> = download
        .body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON lines"))
        .collect();
    assert_eq!(lines.len(), ROWS / 10);
    assert_eq!(lines[0], json!({ "id": 90, "comment": "a comment, of some words and letters", "amount": 90 }));
    let raw = &execution["large_results"]["get"][0];
    assert_eq!((&raw["path"], &raw["kind"]), (&json!(""), &json!("text")));
    let download = client.get(raw["url"].as_str().expect("an address")).await.expect("it answers");
    assert_eq!(download.body, table().as_bytes());

    let nobody = client.with_key(None).get(part["url"].as_str().expect("an address")).await.expect("it answers");
    assert_eq!(nobody.status.as_u16(), 401);
    let other = format!("/api/v1/executions/{id}/objects/{}", "0".repeat(64));
    assert_eq!(client.get(&other).await.expect("it answers").status.as_u16(), 404);
}

async fn finished(client: &Client, id: &str) -> Value {
    let path = format!("/api/v1/executions/{id}");
    eventually("the execution to end", Duration::from_secs(120), || async {
        let execution = client.get(&path).await.ok()?.json().ok()?;
        execution["finished_at"].is_string().then_some(execution)
    })
    .await
}

#[tokio::test]
async fn the_command_line_works_on_it_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("table.json");
    std::fs::write(&file, definition(&server().await).to_string()).expect("it can be written");
    let binary = Path::new(env!("CARGO_BIN_EXE_thaiyyal"));
    let args = ["run", file.to_str().expect("a plain name"), "--output", "json", "--allow-private-network"];
    let (code, out, err) = run(binary, &args, &LIMITS).await.expect("it runs");
    assert_eq!(code, Some(0), "{err}");
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["results"]["sum"]["result"], expected());
    assert!(err.contains("the value of `large` is not shown at /filtered"), "{err}");
}
