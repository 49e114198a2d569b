//! Every conformance vector, through `thaiyyal run`.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use thaiyyal_testkit::conformance::{Actual, Report, Vector, vectors};
use thaiyyal_testkit::process::run;
use tokio::task::JoinSet;

/// How many run at once.
const LANES: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_vector_passes_on_the_command_line() {
    let mut lanes: Vec<Vec<Vector>> = vec![Vec::new(); LANES];
    for (at, vector) in vectors().into_iter().enumerate() {
        lanes[at % LANES].push(vector);
    }
    let mut running = JoinSet::new();
    for lane in lanes {
        running.spawn(async move {
            let mut judged = Vec::with_capacity(lane.len());
            for vector in lane {
                let actual = outcome(&vector).await.unwrap();
                judged.push((vector, actual));
            }
            judged
        });
    }
    let mut report = Report::default();
    while let Some(judged) = running.join_next().await {
        for (vector, actual) in judged.unwrap() {
            report.judge(&vector, &actual);
        }
    }
    report.finish();
}

/// What came out.
async fn outcome(vector: &Vector) -> anyhow::Result<Actual> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("workflow.json");
    std::fs::write(&path, vector.workflow.to_string())?;
    let limits = settings(vector);
    let env: Vec<(&str, &str)> = limits.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let binary = Path::new(env!("CARGO_BIN_EXE_thaiyyal"));
    let (code, out, err) = run(binary, &["run", &path.display().to_string()], &env).await?;
    let answer: Value = serde_json::from_str(&out).with_context(|| format!("{}: {out}{err}", vector.name))?;
    Ok(match code {
        Some(0) => Actual::Succeeded { node_results: answer["results"].clone(), final_output: answer["final_output"].clone() },
        Some(1) if answer["error"]["stage"] == json!("node") => Actual::NodeFailed {
            node: answer["error"]["node_id"].as_str().unwrap_or_default().to_owned(),
            completed: answer["results"].clone(),
        },
        Some(2) => Actual::Refused { stage: answer["stage"].as_str().unwrap_or_default().to_owned() },
        code => Actual::Other(format!("exit code {code:?}: {answer}")),
    })
}

/// The limits that a vector changes, as settings in the environment.
fn settings(vector: &Vector) -> Vec<(String, String)> {
    let limits = vector.config.as_ref().and_then(Value::as_object).into_iter().flatten();
    limits.map(|(name, limit)| (format!("THAIYYAL__LIMITS__{}", name.to_uppercase()), limit.to_string())).collect()
}
