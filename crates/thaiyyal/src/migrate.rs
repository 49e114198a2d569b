//! `thaiyyal migrate`.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::cli::Migrate;
use crate::config::Config;
use crate::parts;
use crate::say::say;

/// Exit code that says migrations are missing.
const MISSING: u8 = 3;

/// Applies what is missing, or tells what is.
pub(crate) async fn migrate(config: &Config, migrate: &Migrate) -> anyhow::Result<ExitCode> {
    let storage = parts::postgres(config)?;
    let names = if migrate.check {
        storage.admin.missing_migrations().await.context("the migrations cannot be checked")?
    } else {
        storage.admin.migrate().await.context("the migrations cannot be applied")?
    };
    if migrate.json {
        say(json!({ if migrate.check { "missing" } else { "applied" }: names }))?;
    } else if names.is_empty() {
        say("The schema is up to date.")?;
    } else {
        say(if migrate.check { "Missing:" } else { "Applied:" })?;
        names.iter().try_for_each(|name| say(format_args!("  {name}")))?;
    }
    Ok(if migrate.check && !names.is_empty() { ExitCode::from(MISSING) } else { ExitCode::SUCCESS })
}
