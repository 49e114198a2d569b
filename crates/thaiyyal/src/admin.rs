//! `thaiyyal admin`: what an operator does from the shell.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;
use thaiyyal_commands::identity::{self, Bootstrapped, NewTenant, Passwords};
use thaiyyal_model::{LimitChanges, SystemClock};
use thaiyyal_store::directory::{Assigned, Tier};

use crate::cli::{AssignTier, Bootstrap, CreateTenant, SetTier};
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

/// Creates a tier, or gives one of this name other limits.
pub(crate) async fn set_tier(config: &Config, set: SetTier) -> anyhow::Result<ExitCode> {
    let limits = LimitChanges::new(set.limits.into_iter().collect())?;
    let tier = Tier { name: set.name, limits };
    parts::postgres(config)?.directory.set_tier(&tier).await.context("the tier cannot be written (are all migrations applied?)")?;
    say_tiers(config, &[tier])?;
    Ok(ExitCode::SUCCESS)
}

/// Prints all tiers.
pub(crate) async fn list_tiers(config: &Config) -> anyhow::Result<ExitCode> {
    let tiers = parts::postgres(config)?.directory.list_tiers().await.context("the tiers cannot be read (are all migrations applied?)")?;
    say_tiers(config, &tiers)?;
    Ok(ExitCode::SUCCESS)
}

/// Gives a tenant a tier, or none.
pub(crate) async fn assign_tier(config: &Config, assign: AssignTier) -> anyhow::Result<ExitCode> {
    let directory = parts::postgres(config)?.directory;
    match directory.assign_tier(assign.tenant, assign.tier.as_deref()).await.context("the tenant cannot be changed")? {
        Assigned::Yes => Ok(ExitCode::SUCCESS),
        Assigned::UnknownTenant => anyhow::bail!("there is no tenant {}", assign.tenant),
        Assigned::UnknownTier => {
            anyhow::bail!("there is no tier {:?}: `thaiyyal admin tier set` makes one", assign.tier.unwrap_or_default())
        }
    }
}

/// With all limits, those of the configuration included.
fn say_tiers(config: &Config, tiers: &[Tier]) -> anyhow::Result<()> {
    let tiers: Vec<_> =
        tiers.iter().map(|tier| json!({ "name": tier.name, "limits": tier.limits.over(&config.limits), "changed": tier.limits })).collect();
    say(format_args!("{:#}", json!(tiers)))
}

fn print(created: &Bootstrapped) -> anyhow::Result<()> {
    say(format_args!(
        "{:#}",
        json!({ "tenant_id": created.tenant, "user_id": created.user, "email": created.email, "password": created.password, "api_key": created.api_key })
    ))
}
