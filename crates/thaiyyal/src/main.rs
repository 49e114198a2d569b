//! The `thaiyyal` binary: command line, configuration, wiring.
//!
//! Owns: which back ends a process uses, and how its parts are put together. Must not know: how any of them works.

mod admin;
mod cli;
mod config;
mod dev;
mod doctor;
mod examples;
mod file;
mod library;
mod local;
mod migrate;
mod parts;
mod run;
mod say;
mod serve;
mod telemetry;
mod validate;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use crate::cli::{Admin, Cli, Command, Role, Tenant, Tier};
use crate::config::Config;
use crate::say::remark;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the operating system gives us threads");
    let outcome = runtime.block_on(tokio::task::LocalSet::new().run_until(run_command(cli)));
    runtime.shutdown_background();
    outcome.unwrap_or_else(|error| {
        remark(format_args!("thaiyyal: {error:#}"));
        ExitCode::FAILURE
    })
}

async fn run_command(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::load(cli.global.config.as_deref())?;
    let role = match &cli.command {
        Command::Dev(_) => "dev",
        Command::Api(_) => "api",
        Command::Worker(_) => "worker",
        Command::Scheduler(_) => "scheduler",
        Command::Migrate(_) | Command::Run(_) | Command::Validate(_) | Command::Admin(_) | Command::Doctor(_) => "cli",
    };
    let guard = telemetry::start(&config.log, cli.global.log_format, role).context("logging cannot be set up")?;
    let outcome = match cli.command {
        Command::Dev(dev) => dev::dev(config, dev).await,
        Command::Api(serve) => serve::cluster(config, Role::Api, serve).await,
        Command::Worker(serve) => serve::cluster(config, Role::Worker, serve).await,
        Command::Scheduler(serve) => serve::cluster(config, Role::Scheduler, serve).await,
        Command::Migrate(migrate) => migrate::migrate(&config, &migrate).await,
        Command::Run(run) => run::run(&config, &run).await,
        Command::Validate(validate) => validate::validate(&config, &validate),
        Command::Admin(Admin::Bootstrap(bootstrap)) => admin::bootstrap(&config, bootstrap).await,
        Command::Admin(Admin::Tenant(Tenant::Create(create))) => admin::create_tenant(&config, create).await,
        Command::Admin(Admin::Tenant(Tenant::Limit(assign))) => admin::assign_tier(&config, assign).await,
        Command::Admin(Admin::Tier(Tier::Set(set))) => admin::set_tier(&config, set).await,
        Command::Admin(Admin::Tier(Tier::List)) => admin::list_tiers(&config).await,
        Command::Doctor(doctor) => doctor::doctor(&config, &doctor).await,
    };
    guard.flush().await;
    outcome
}
