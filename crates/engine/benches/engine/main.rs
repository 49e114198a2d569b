//! Executions per second of one core: definition in, outcome out; with the definition compiled each time, and with the plan kept.
//!
//! `cargo bench -p thaiyyal-engine`. The workflows are written to `testdata/bench/`, so that other programs can run the same ones.

mod workflows;

use std::hint::black_box;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use thaiyyal_engine::{Catalog, Machine, Outcome, Plan, Progress, Start};
use thaiyyal_model::{Definition, ExecutionId, Limits, Timestamp, Trigger, Value};

use workflows::{Workflow, chain, items};

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    workflows::write();
    divan::main();
}

/// What a service that keeps no plans does: read, compile, run, collect results.
#[divan::bench(args = workflows::all())]
fn compile_and_run(bencher: Bencher<'_, '_>, workflow: &Workflow) {
    let catalog = Catalog::new([]);
    let limits = Arc::new(limits());
    bencher.bench_local(|| {
        let definition = Definition::from_json(black_box(workflow.json.as_bytes())).expect("the workflow is well-formed");
        let plan = Plan::compile(&definition, &catalog, &limits).expect("the workflow is valid").plan;
        run(&Arc::new(plan), &limits)
    });
}

/// What our workers do: the plan is in their cache.
#[divan::bench(args = workflows::all())]
fn run_cached(bencher: Bencher<'_, '_>, workflow: &Workflow) {
    let limits = Arc::new(limits());
    let plan = plan(&workflow.json, &limits);
    bencher.bench_local(|| run(black_box(&plan), &limits));
}

/// Reading JSON only, to see what is left to gain.
#[divan::bench(args = workflows::all())]
fn read_only(bencher: Bencher<'_, '_>, workflow: &Workflow) {
    bencher.bench_local(|| Definition::from_json(black_box(workflow.json.as_bytes())));
}

/// Time per node must not grow with the number of nodes.
#[divan::bench(args = [10, 100, 1_000, 10_000])]
fn compile_and_run_by_nodes(bencher: Bencher<'_, '_>, nodes: usize) {
    let catalog = Catalog::new([]);
    let limits = Arc::new(limits());
    let json = chain(nodes, "expression", r#"{"expression":"input + 1"}"#);
    bencher.counter(ItemsCount::new(nodes)).bench_local(|| {
        let definition = Definition::from_json(black_box(json.as_bytes())).expect("the workflow is well-formed");
        let plan = Plan::compile(&definition, &catalog, &limits).expect("the workflow is valid").plan;
        run(&Arc::new(plan), &limits)
    });
}

/// Time per node of a kept plan.
#[divan::bench(args = [10, 100, 1_000, 10_000])]
fn run_by_nodes(bencher: Bencher<'_, '_>, nodes: usize) {
    let limits = Arc::new(limits());
    let plan = plan(&chain(nodes, "visualization", "{}"), &limits);
    bencher.counter(ItemsCount::new(nodes)).bench_local(|| run(black_box(&plan), &limits));
}

/// Time per element must not grow with the number of elements.
#[divan::bench(args = [10, 1_000, 100_000, 1_000_000])]
fn run_by_items(bencher: Bencher<'_, '_>, count: usize) {
    let limits = Arc::new(limits());
    let plan = plan(&items(count), &limits);
    bencher.counter(ItemsCount::new(count)).bench_local(|| run(black_box(&plan), &limits));
}

fn plan(json: &str, limits: &Limits) -> Arc<Plan> {
    let definition = Definition::from_json(json.as_bytes()).expect("the workflow is well-formed");
    Arc::new(Plan::compile(&definition, &Catalog::new([]), limits).expect("the workflow is valid").plan)
}

fn run(plan: &Arc<Plan>, limits: &Arc<Limits>) -> Outcome {
    let mut machine = Machine::start(Arc::clone(plan), start(), Arc::clone(limits));
    let outcome = loop {
        match machine.advance(Timestamp::UNIX_EPOCH) {
            Progress::Ended(outcome) => break outcome,
            Progress::More => {}
            progress @ (Progress::Effects(_) | Progress::Objects(_)) => panic!("nothing here waits for the world: {progress:?}"),
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
        input: Value::Null,
        started_at: Timestamp::UNIX_EPOCH,
    }
}

/// The sizes measured here are beyond what a tenant may use by default.
fn limits() -> Limits {
    Limits {
        max_nodes: 100_000,
        max_edges: 100_000,
        max_node_executions: None,
        max_value_bytes: 1 << 34,
        max_total_bytes: 1 << 36,
        ..Limits::default()
    }
}
