//! How often an execution allocates. Printed as a table; `cargo bench -p thaiyyal-engine`.

mod runs;
mod workflows;

use std::hint::black_box;
use std::sync::Arc;

use runs::{compile_and_run, limits, plan, run};
use workflows::{Workflow, items};

fn main() {
    println!("\nAllocations per execution.\n");
    println!("| workflow | compile and run | kept plan |");
    println!("|---|--:|--:|");
    let limits = Arc::new(limits());
    for Workflow { name, json } in workflows::all() {
        let plan = plan(&json, &limits);
        println!("| {name} | {} | {} |", allocations(|| compile_and_run(&json, &limits)), allocations(|| run(&plan, &limits)));
    }
    for count in [1_000, 1_000_000] {
        let plan = plan(&items(count), &limits);
        println!("| {count} elements | | {} |", allocations(|| run(&plan, &limits)));
    }
}

fn allocations<T>(work: impl FnOnce() -> T) -> u64 {
    allocation_counter::measure(|| {
        black_box(work());
    })
    .count_total
}
