//! `thaiyyal admin`: what an operator does from the shell.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;
use thaiyyal_commands::identity::{self, Bootstrapped, NewTenant, Passwords};
use thaiyyal_model::SystemClock;

use crate::cli::{Bootstrap, CreateTenant};
use crate::config::Config;
use crate::parts;
use crate::say::say;

/// Creates the first tenant, its owner and an API key, and prints them once.
pub(crate) async fn bootstrap(config: &Config, bootstrap: Bootstrap) -> anyhow::Result<ExitCode> {
    let storage = parts::postgres(config)?;
    let first = NewTenant { tenant_name: bootstrap.tenant, email: bootstrap.email, name: bootstrap.name, password: None };
    let created = identity::bootstrap(&*storage.directory, &Passwords::new(1), first, &SystemClock)
        .await
        .context("the first tenant cannot be created (are all migrations applied?)")?;
    let Some(created) = created else {
        anyhow::bail!("there is a tenant already: bootstrap is for an empty database");
    };
    print(&created)?;
    Ok(ExitCode::SUCCESS)
}

/// Creates one more tenant, its owner and an API key, and prints them once.
pub(crate) async fn create_tenant(config: &Config, create: CreateTenant) -> anyhow::Result<ExitCode> {
    let storage = parts::postgres(config)?;
    let new = NewTenant { tenant_name: create.name, email: create.email, name: create.owner, password: None };
    let created = identity::create_tenant(&*storage.directory, &Passwords::new(1), new, &SystemClock)
        .await
        .context("the tenant cannot be created (does its owner have an account already?)")?;
    print(&created)?;
    Ok(ExitCode::SUCCESS)
}

fn print(created: &Bootstrapped) -> anyhow::Result<()> {
    say(format_args!(
        "{:#}",
        json!({ "tenant_id": created.tenant, "user_id": created.user, "email": created.email, "password": created.password, "api_key": created.api_key })
    ))
}
