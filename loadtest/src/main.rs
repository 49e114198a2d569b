//! Load scenarios over the public interface, and what the machine itself could do at most.
//!
//! Owns: the scenarios, the processes they start, the figures they print. Must not know: how the product works inside.
//! Every command is bounded in count and time, talks to this machine only, and prints one JSON object.

mod accept;
mod backlog;
mod figures;
mod limits;
mod neighbours;
mod steady;
mod sync;
mod table;
mod target;
mod workflows;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::limits::Limits;
use crate::target::Target;

/// Measures Thaiyyal under load.
#[derive(Debug, Parser)]
#[command(name = "thaiyyal-load", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What PostgreSQL, RabbitMQ and the disk of this machine can do
    Limits,
    /// Asynchronous accepts: rate and latency
    Accept {
        #[command(flatten)]
        on: On,
        /// How many requests
        #[arg(long, default_value_t = 30_000)]
        requests: u64,
        /// How many connections send them
        #[arg(long, default_value_t = 64)]
        connections: usize,
    },
    /// A backlog, drained: executions per second from the first claim to the last recorded result
    Backlog {
        #[command(flatten)]
        on: On,
        /// How many executions
        #[arg(long, default_value_t = 20_000)]
        executions: u64,
    },
    /// A steady rate: latency from accept to recorded end
    Steady {
        #[command(flatten)]
        on: On,
        /// Executions per second
        #[arg(long, default_value_t = 50)]
        rate: u32,
        /// For how long
        #[arg(long, default_value_t = 15)]
        seconds: u32,
    },
    /// Synchronous calls: request to result
    Sync {
        #[command(flatten)]
        on: On,
        /// How many requests
        #[arg(long, default_value_t = 2_000)]
        requests: u64,
        /// How many connections send them
        #[arg(long, default_value_t = 1)]
        connections: usize,
    },
    /// A steady rate, alone and beside executions that use up what one may; fails when one of them does not end as it has to, or a process
    /// needs too much memory
    Neighbours {
        #[command(flatten)]
        on: On,
        /// Ordinary executions per second
        #[arg(long, default_value_t = 50)]
        rate: u32,
        /// For how long, alone and beside
        #[arg(long, default_value_t = 15)]
        seconds: u32,
        /// How many greedy executions at a time
        #[arg(long, default_value_t = 32)]
        greedy: usize,
        /// How much memory any process may need
        #[arg(long, default_value_t = 1024)]
        most_mib: u64,
    },
    /// One execution over a table that is larger than memory may be; fails when the sum is wrong or a process needs too much
    Table {
        #[command(flatten)]
        on: On,
        /// How large the table is, in millions of bytes
        #[arg(long, default_value_t = 200)]
        megabytes: u64,
        /// How much memory any process may need
        #[arg(long, default_value_t = 300)]
        most_mib: u64,
    },
}

/// Where and what.
#[derive(Debug, Args)]
struct On {
    /// One process, or one per role over real servers
    #[arg(long, value_enum, default_value = "embedded")]
    on: Place,
    /// What each execution does
    #[arg(long, value_enum, default_value = "pure")]
    workflow: Kind,
    /// How many api processes
    #[arg(long, default_value_t = 1)]
    apis: usize,
    /// How many worker processes
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// The binary to measure
    #[arg(long, default_value = "target/release/thaiyyal")]
    binary: PathBuf,
    /// Leave out the limits of the machine
    #[arg(long)]
    no_limits: bool,
}

/// Where the product runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// `thaiyyal dev`.
    Embedded,
    /// `thaiyyal api`, `worker` and `scheduler`.
    Cluster,
}

/// What each execution does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Five nodes that only compute.
    Pure,
    /// Five HTTP calls in a row, journalled around each.
    Effects,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let report = match Cli::parse().command {
        Command::Limits => json!({ "scenario": "limits", "machine": figures::machine(), "limits": limits::measure(Place::Cluster).await? }),
        Command::Accept { on, requests, connections } => {
            scenario("accept", &on, async |target| accept::measure(target, requests, connections).await).await?
        }
        Command::Backlog { on, executions } => scenario("backlog", &on, async |target| backlog::measure(target, executions).await).await?,
        Command::Steady { on, rate, seconds } => {
            scenario("steady", &on, async |target| steady::measure(target, rate, seconds).await).await?
        }
        Command::Sync { on, requests, connections } => {
            scenario("sync", &on, async |target| sync::measure(target, requests, connections).await).await?
        }
        Command::Neighbours { on, rate, seconds, greedy, most_mib } => {
            scenario("neighbours", &on, async |target| neighbours::measure(target, rate, seconds, greedy, most_mib).await).await?
        }
        Command::Table { on, megabytes, most_mib } => {
            scenario("table", &on, async |target| table::measure(target, megabytes, most_mib).await).await?
        }
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// Starts the product, runs one scenario against it, measures the limits in the same run, and puts the report together.
async fn scenario(name: &str, on: &On, measure: impl AsyncFnOnce(&Target) -> anyhow::Result<Value>) -> anyhow::Result<Value> {
    let target = Target::start(on).await?;
    let figures = measure(&target).await?;
    let (processes, stages) = (target.processes(), target.stages().await?);
    target.stop().await?;
    let limits = if on.no_limits { None } else { Some(limits::measure(on.on).await?) };
    Ok(json!({
        "scenario": name,
        "on": on.on,
        "workflow": on.workflow,
        "machine": figures::machine(),
        "processes": processes,
        "figures": figures,
        "stages": stages,
        "ratios": limits.as_ref().and_then(|limits: &Limits| limits.ratios(&figures)),
        "limits": limits,
    }))
}
