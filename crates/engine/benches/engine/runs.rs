use std::hint::black_box;
use std::sync::{Arc, LazyLock};

use thaiyyal_engine::{Catalog, Machine, Outcome, Plan, Progress, Start};
use thaiyyal_model::{Definition, ExecutionId, Limits, Timestamp, Trigger, Value};

/// Made once in a process.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::new([]));

/// What a service that keeps no plans does: read, compile, run, collect results.
pub(crate) fn compile_and_run(json: &str, limits: &Arc<Limits>) -> Outcome {
    run(&plan(black_box(json), limits), limits)
}

pub(crate) fn plan(json: &str, limits: &Limits) -> Arc<Plan> {
    let definition = Definition::from_json(json.as_bytes()).expect("the workflow is well-formed");
    Arc::new(Plan::compile(&definition, &CATALOG, limits).expect("the workflow is valid").plan)
}

/// What our workers do: the plan is in their cache.
pub(crate) fn run(plan: &Arc<Plan>, limits: &Arc<Limits>) -> Outcome {
    let mut machine = Machine::start(Arc::clone(plan), start(), Arc::clone(limits));
    let outcome = loop {
        match machine.advance(Timestamp::UNIX_EPOCH) {
            Progress::Ended(outcome) => break outcome,
            Progress::More => {}
            Progress::Effects(effects) => panic!("nothing here waits for the world: {effects:?}"),
        }
    };
    black_box(machine.take_records());
    assert!(outcome.error.is_none(), "{outcome:?}");
    outcome
}

fn start() -> Start {
    Start {
        execution: ExecutionId::from_uuid(uuid::Uuid::nil()),
        workflow: None,
        version: None,
        trigger: Trigger::Api,
        parent: None,
        depth: 0,
        input: Value::Null,
        started_at: Timestamp::UNIX_EPOCH,
    }
}

/// The sizes measured here are beyond what a tenant may use by default.
pub(crate) fn limits() -> Limits {
    Limits {
        max_nodes: 100_000,
        max_edges: 100_000,
        max_node_executions: None,
        max_value_bytes: 1 << 34,
        max_total_bytes: 1 << 36,
        ..Limits::default()
    }
}
