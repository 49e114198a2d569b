//! How fast one core runs executions: definition in, outcome and records out; with the definition compiled each time, and with the plan
//! kept. Printed as tables, beside the figures of the original engine.
//!
//! `cargo bench -p thaiyyal-engine`. The workflows are written to `testdata/bench/`, so that other programs can run the same ones.

mod runs;
mod time;
mod workflows;

use std::hint::black_box;
use std::sync::Arc;

use thaiyyal_model::Definition;

use runs::{compile_and_run, limits, plan, run};
use time::{grouped, nanoseconds};
use workflows::{Workflow, chain, items};

/// That of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    write();
    print_executions();
    print_nodes();
    print_items();
}

/// Executions per second of the original engine, in the order of the workflows, and how many times as many ours should do with the
/// definition compiled each time; with the plan kept it is thirty times.
const ORIGINAL: [(f64, u32); 5] = [(45_700.0, 5), (1_300.0, 10), (1_410.0, 10), (940.0, 10), (29.5, 10)];

/// Whole executions. The original's figures: go1.24, one core of a 2-core AMD EPYC virtual machine, compile included.
fn print_executions() {
    println!("\nExecutions per second of one core; the original compiles each time.\n");
    println!("| workflow | original | compile and run | times | aim | kept plan | times | aim | reading the JSON only |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    let limits = Arc::new(limits());
    for (Workflow { name, json }, (original, aim)) in workflows::all().into_iter().zip(ORIGINAL) {
        let plan = plan(&json, &limits);
        let compiled = 1e9 / nanoseconds(|| compile_and_run(&json, &limits));
        let kept = 1e9 / nanoseconds(|| run(&plan, &limits));
        let read = 1e9 / nanoseconds(|| Definition::from_json(black_box(json.as_bytes())).is_ok());
        println!(
            "| {name} | {} | {} | {:.1} | {aim} | {} | {:.1} | 30 | {} |",
            grouped(original),
            grouped(compiled),
            compiled / original,
            grouped(kept),
            kept / original,
            grouped(read),
        );
    }
}

/// Time per node must not grow with the number of nodes.
fn print_nodes() {
    println!("\nNanoseconds per node of a chain.\n");
    println!("| nodes | expression, compile and run | expression, kept plan | visualization, kept plan |");
    println!("|--:|--:|--:|--:|");
    let limits = Arc::new(limits());
    for nodes in [10, 100, 1_000, 10_000] {
        let expression = chain(nodes, "expression", r#"{"expression":"input + 1"}"#);
        let (kept, simple) = (plan(&expression, &limits), plan(&chain(nodes, "visualization", "{}"), &limits));
        let each = |time: f64| time / nodes as f64;
        println!(
            "| {} | {:.0} | {:.1} | {:.1} |",
            grouped(nodes as f64),
            each(nanoseconds(|| compile_and_run(&expression, &limits))),
            each(nanoseconds(|| run(&kept, &limits))),
            each(nanoseconds(|| run(&simple, &limits))),
        );
    }
}

/// Time per element must not grow with the number of elements.
fn print_items() {
    println!("\nNanoseconds per element, read from JSON, doubled, filtered and summed by a kept plan.\n");
    println!("| elements | each |");
    println!("|--:|--:|");
    let limits = Arc::new(limits());
    for count in [10, 100, 1_000, 10_000, 100_000, 1_000_000] {
        let plan = plan(&items(count), &limits);
        println!("| {} | {:.1} |", grouped(count as f64), nanoseconds(|| run(&plan, &limits)) / count as f64);
    }
}

/// Writes the workflows where other programs find them.
fn write() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/bench");
    std::fs::create_dir_all(folder).expect("the folder for workflows can be made");
    for workflow in workflows::all() {
        let path = format!("{folder}/{}.json", workflow.name);
        if std::fs::read_to_string(&path).ok().as_ref() != Some(&workflow.json) {
            std::fs::write(&path, &workflow.json).expect("the workflow can be written");
        }
    }
}
