//! Every conformance vector, through the inline route.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use thaiyyal_testkit::conformance::{Actual, Report, Vector, vectors};
use thaiyyal_testkit::http::Answer;

use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn every_vector_passes_over_http() {
    // Vectors with limits of their own need a server of their own.
    let mut by_config: BTreeMap<String, Vec<Vector>> = BTreeMap::new();
    for vector in vectors() {
        by_config.entry(vector.config.clone().unwrap_or(Value::Null).to_string()).or_default().push(vector);
    }
    let mut report = Report::default();
    for vectors in by_config.into_values() {
        let server = Setup { worker: true, limits: vectors[0].limits(), ..Setup::default() }.start().await;
        for vector in vectors {
            let answer = server.owner.post("/api/v1/workflow/execute", &vector.workflow).await.unwrap();
            report.judge(&vector, &actual(&answer));
        }
    }
    report.finish();
}

fn actual(answer: &Answer) -> Actual {
    let body = answer.json().unwrap();
    match (answer.status.as_u16(), &body["success"]) {
        (200, Value::Bool(true)) => Actual::Succeeded { node_results: body["results"].clone(), final_output: body["final_output"].clone() },
        (200, Value::Bool(false)) if body["error"]["stage"] == json!("node") => Actual::NodeFailed {
            node: body["error"]["node_id"].as_str().unwrap_or_default().to_owned(),
            completed: body["results"].clone(),
        },
        (422, _) if body["code"] == json!("invalid_definition") => {
            Actual::Refused { stage: body["stage"].as_str().unwrap_or_default().to_owned() }
        }
        (status, _) => Actual::Other(format!("{status} {body}")),
    }
}
