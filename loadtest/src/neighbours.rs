//! Neighbours: what an ordinary tenant's executions notice of others that use up what one execution may.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use thaiyyal_testkit::http::Client;

use crate::figures::peak_mib;
use crate::steady;
use crate::target::Target;

/// A steady rate alone, then beside `greedy` executions at a time. Fails unless every greedy one ends as it has to, every ordinary one
/// succeeds, and no process needs more memory than allowed.
pub(crate) async fn measure(target: &Target, rate: u32, seconds: u32, greedy: usize, most_mib: u64) -> anyhow::Result<Value> {
    let alone = steady::measure(target, rate, seconds).await?;
    let (stop, mut greed) = (Arc::new(AtomicBool::new(false)), tokio::task::JoinSet::new());
    for number in 0..greedy {
        let (client, stop) = (target.client(number).clone(), Arc::clone(&stop));
        greed.spawn(async move {
            let mut ends: BTreeMap<&'static str, u64> = BTreeMap::new();
            for kind in KINDS.iter().cycle().skip(number) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let body = json!({ "name": format!("Greedy {number}"), "definition": (kind.definition)() });
                let workflow = id(&client.post("/api/v1/workflows", &body).await?.json()?, "id")?;
                client.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({ "mode": "async" })).await?;
                let ended = end(&client, &workflow).await?;
                let code = ended["error"]["code"].as_str().or(ended["status"].as_str()).unwrap_or("?");
                anyhow::ensure!(code == kind.code, "{code} and not {}: {ended}", kind.code);
                *ends.entry(kind.code).or_default() += 1;
            }
            anyhow::Ok(ends)
        });
    }
    let beside = steady::measure(target, rate, seconds).await?;
    stop.store(true, Ordering::Relaxed);
    let mut ends: BTreeMap<&'static str, u64> = BTreeMap::new();
    while let Some(done) = greed.join_next().await {
        for (code, count) in done?? {
            *ends.entry(code).or_default() += count;
        }
    }
    let mut peaks = BTreeMap::new();
    for (name, pid) in target.pids() {
        let peak = peak_mib(pid).with_context(|| format!("{name} is gone"))?;
        anyhow::ensure!(peak < most_mib, "{name} needed {peak} MiB, and {most_mib} are allowed");
        peaks.insert(name, peak);
    }
    Ok(
        json!({ "alone": alone, "beside": beside, "greedy_at_a_time": greedy, "greedy_ends": ends, "peak_mib": peaks, "allowed_mib": most_mib }),
    )
}

fn id(answer: &Value, name: &str) -> anyhow::Result<String> {
    Ok(answer[name].as_str().with_context(|| format!("there is an {name}: {answer}"))?.to_owned())
}

/// The only execution of a workflow, once it has ended. Asked for in a list, whose answers are short.
async fn end(client: &Client, workflow: &str) -> anyhow::Result<Value> {
    loop {
        let listed = client.get(&format!("/api/v1/executions?workflow_id={workflow}")).await?.json()?;
        let execution = &listed["items"][0];
        if execution["finished_at"].is_string() {
            return Ok(execution.clone());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// An execution that uses up something.
struct Kind {
    definition: fn() -> Value,
    /// How it has to end.
    code: &'static str,
}

const KINDS: [Kind; 6] = [
    Kind { definition: hoard, code: "too_many_bytes" },
    Kind { definition: compute, code: "succeeded" },
    Kind { definition: expand, code: "expression_too_many_steps" },
    Kind { definition: repeat, code: "text_too_long" },
    Kind { definition: circle, code: "too_many_iterations" },
    Kind { definition: multiply, code: "too_many_node_executions" },
];

/// Nine thousand numbers.
fn numbers() -> [Value; 2] {
    [
        json!({ "id": "range", "type": "range", "data": { "start": 1, "end": 9000 } }),
        json!({ "id": "list", "type": "expression", "data": { "expression": "input.range" } }),
    ]
}

fn chained(nodes: &[Value]) -> Value {
    let edges: Vec<Value> = nodes.windows(2).map(|pair| json!({ "source": pair[0]["id"], "target": pair[1]["id"] })).collect();
    json!({ "nodes": nodes, "edges": edges })
}

/// Fourteen lists of 6 to 8 MB each: more than all values of an execution may take.
fn hoard() -> Value {
    let [range, list] = numbers();
    let mut nodes = vec![range, list];
    let mut edges = vec![json!({ "source": "range", "target": "list" })];
    for number in 0..14 {
        let id = format!("hoard{number}");
        nodes.push(json!({ "id": id, "type": "map", "data": { "expression": format!("range(item, item + {number} + 40)") } }));
        edges.push(json!({ "source": "list", "target": id }));
    }
    json!({ "nodes": nodes, "edges": edges })
}

/// Some seconds of pure computing, which is allowed.
fn compute() -> Value {
    let [range, list] = numbers();
    chained(&[range, list, json!({ "id": "compute", "type": "map", "data": { "expression": "sum(map(range(1, 4000), item * 2))" } })])
}

/// One expression that goes through a million pairs and more.
fn expand() -> Value {
    chained(&[
        json!({ "id": "one", "type": "number", "data": { "value": 1 } }),
        json!({ "id": "expand", "type": "expression", "data": { "expression": "sum(map(range(1, 5000), sum(map(range(1, 5000), item))))" } }),
    ])
}

/// A text of ten million letters.
fn repeat() -> Value {
    chained(&[
        json!({ "id": "text", "type": "text_input", "data": { "text": "x" } }),
        json!({ "id": "repeat", "type": "text_operation", "data": { "text_op": "repeat", "repeat_n": 10_000_000 } }),
    ])
}

/// A loop whose condition always holds.
fn circle() -> Value {
    json!({
        "nodes": [
            { "id": "one", "type": "number", "data": { "value": 1 } },
            { "id": "circle", "type": "while_loop", "data": { "condition": "true", "max_iterations": 3000 } },
            { "id": "body", "type": "expression", "data": { "expression": "input + 1" } }
        ],
        "edges": [
            { "source": "one", "target": "circle" },
            { "source": "circle", "sourceHandle": "body", "target": "body" }
        ]
    })
}

/// Loops in loops.
fn multiply() -> Value {
    let [range, list] = numbers();
    json!({
        "nodes": [
            range, list,
            { "id": "outer", "type": "for_each", "data": { "max_iterations": 9000 } },
            { "id": "first", "type": "expression", "data": { "expression": "item" } },
            { "id": "second", "type": "expression", "data": { "expression": "input + 1" } }
        ],
        "edges": [
            { "source": "range", "target": "list" },
            { "source": "list", "target": "outer" },
            { "source": "outer", "sourceHandle": "body", "target": "first" },
            { "source": "first", "target": "second" }
        ]
    })
}
