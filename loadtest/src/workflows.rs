//! The two workflows that are measured.

use serde_json::{Value, json};

use crate::Kind;

/// The definition of a kind; `sink` is where side effects go.
pub(crate) fn definition(kind: Kind, sink: &str) -> Value {
    match kind {
        Kind::Pure => json!({
            "workflow_id": "load-pure",
            "nodes": [
                { "id": "a", "type": "number", "data": { "value": 10 } },
                { "id": "b", "type": "number", "data": { "value": 5 } },
                { "id": "sum", "type": "operation", "data": { "op": "add" } },
                { "id": "scaled", "type": "expression", "data": { "expression": "input * 3 + 1" } },
                { "id": "check", "type": "condition", "data": { "condition": "> 40" } }
            ],
            "edges": [
                { "source": "a", "target": "sum" },
                { "source": "b", "target": "sum" },
                { "source": "sum", "target": "scaled" },
                { "source": "scaled", "target": "check" }
            ]
        }),
        Kind::Effects => {
            let nodes: Vec<Value> =
                (1..=5).map(|number| json!({ "id": format!("call{number}"), "type": "http", "data": { "url": format!("{sink}/step/{number}"), "method": "POST", "body": { "step": number } } })).collect();
            let edges: Vec<Value> =
                (1..5).map(|number| json!({ "source": format!("call{number}"), "target": format!("call{}", number + 1) })).collect();
            json!({ "workflow_id": "load-effects", "nodes": nodes, "edges": edges })
        }
    }
}
