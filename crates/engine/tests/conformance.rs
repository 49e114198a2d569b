//! Runs the conformance vectors through the engine alone.

use std::sync::Arc;

use serde_json::{Map, Value};
use thaiyyal_engine::{Answer, Catalog, EffectKind, LIMITER, Machine, Plan, Progress, Start};
use thaiyyal_model::{Definition, ExecutionId, ExecutionStatus, Failure, Timestamp, Trigger};
use thaiyyal_testkit::conformance::{Actual, Report, Vector, vectors};

#[test]
fn every_vector_passes() {
    let catalog = Catalog::new([http()]);
    let mut report = Report::default();
    for vector in vectors() {
        report.judge(&vector, &run(&vector, &catalog));
    }
    report.finish();
}

/// The vectors name HTTP nodes but never call one: what they reach is a failure.
fn http() -> thaiyyal_model::NodeDescription {
    thaiyyal_model::NodeDescription {
        node_type: "http",
        title: "HTTP request",
        category: thaiyyal_model::Category::Connect,
        icon: "globe",
        summary: "Asks a server.",
        schema: serde_json::json!({"type": "object", "required": ["url"], "properties": {"url": {"type": "string", "title": "Address"}}}),
        ports: thaiyyal_model::Ports::default(),
        purity: thaiyyal_model::Purity::Effect,
        example: serde_json::json!({"url": "https://example.com"}),
    }
}

fn run(vector: &Vector, catalog: &Catalog) -> Actual {
    let limits = vector.limits();
    let Ok(definition) = Definition::from_json(vector.workflow.to_string().as_bytes()) else {
        return Actual::Refused { stage: "parse".to_owned() };
    };
    let plan = match Plan::compile(&definition, catalog, &limits) {
        Ok(compiled) => Arc::new(compiled.plan),
        Err(invalid) => return Actual::Refused { stage: invalid.stage.as_str().to_owned() },
    };
    let start = Start {
        execution: ExecutionId::from_uuid(uuid::Uuid::nil()),
        workflow: None,
        version: None,
        trigger: Trigger::Api,
        parent: None,
        depth: 0,
        input: thaiyyal_model::Value::Null,
        started_at: Timestamp::UNIX_EPOCH,
    };
    let mut machine = Machine::start(plan, start, Arc::new(limits));
    let mut now = Timestamp::UNIX_EPOCH;
    let outcome = loop {
        match machine.advance(now) {
            Progress::Ended(outcome) => break outcome,
            Progress::More => {}
            Progress::Objects(_) => return Actual::Other("a vector is too small for the object store".to_owned()),
            Progress::Effects(effects) => {
                if effects.is_empty() {
                    return Actual::Other("it waits for nothing".to_owned());
                }
                for effect in effects {
                    let answer = match effect.kind {
                        EffectKind::Wait { until, .. } => {
                            now = now.max(until.unwrap_or(now));
                            Answer::Woken
                        }
                        EffectKind::Cancel { .. } => continue,
                        EffectKind::Call { .. } if effect.node_type == LIMITER => Answer::Done(thaiyyal_model::Value::Null),
                        EffectKind::Call { .. } | EffectKind::Child(_) => {
                            Answer::Failed(Failure::new("unreachable", "there is no network"))
                        }
                    };
                    machine.complete(&effect.step, answer, now);
                }
            }
        }
    };
    let results: Map<String, Value> = machine.results().map(|(id, value)| (id.to_owned(), Value::from(value))).collect();
    match (outcome.status, outcome.error.and_then(|failure| failure.node_id)) {
        (ExecutionStatus::Succeeded, _) => Actual::Succeeded { node_results: results.into(), final_output: Value::from(&outcome.output) },
        (_, Some(node)) => Actual::NodeFailed { node: node.to_string(), completed: results.into() },
        (status, None) => Actual::Other(format!("it ended as {status}")),
    }
}
