//! Neighbours: what an ordinary tenant's executions notice of others that use up what one execution may.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use serde_json::{Value, json};

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
                let body = json!({ "definition": (kind.definition)(), "timeout_ms": 120_000 });
                let answer = client.post("/api/v1/workflow/execute", &body).await?;
                let ended = answer.json()?;
                let otherwise = if ended["success"] == true { "succeeded" } else { "?" };
                let code = ended["error"]["code"].as_str().unwrap_or(otherwise);
                anyhow::ensure!(code == kind.code, "{} and not {}: {ended}", code, kind.code);
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

fn chained(nodes: Vec<Value>) -> Value {
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
    chained(vec![range, list, json!({ "id": "compute", "type": "map", "data": { "expression": "sum(map(range(1, 4000), item * 2))" } })])
}

/// One expression that goes through a million pairs and more.
fn expand() -> Value {
    chained(vec![
        json!({ "id": "one", "type": "number", "data": { "value": 1 } }),
        json!({ "id": "expand", "type": "expression", "data": { "expression": "sum(map(range(1, 5000), sum(map(range(1, 5000), item))))" } }),
    ])
}

/// A text of ten million letters.
fn repeat() -> Value {
    chained(vec![
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
