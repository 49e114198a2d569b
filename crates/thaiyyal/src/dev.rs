//! `thaiyyal dev`: the whole product in one process.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use thaiyyal_commands::identity::{self, NewTenant, Passwords};
use thaiyyal_model::TenantScope;

use crate::cli::{Dev, Role};
use crate::config::Config;
use crate::parts::{self, Parts};
use crate::say::say;
use crate::{examples, serve};

/// How long the printed link works.
const LINK_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What the first start writes for programs and for people who lost the link.
#[derive(Debug, Serialize, Deserialize)]
struct Access {
    url: String,
    email: String,
    password: String,
    api_key: String,
}

/// Starts everything; on the first start creates a tenant, its owner, an API key and the examples.
pub(crate) async fn dev(config: Config, dev: Dev) -> anyhow::Result<ExitCode> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dev.data_dir)
        .with_context(|| format!("{} cannot be created", dev.data_dir.display()))?;
    let parts = parts::embedded(&config, &dev.data_dir)?;
    parts.storage.admin.migrate().await.context("the database cannot be set up")?;
    let (listener, addr) = serve::bind(dev.addr)?;
    let url = format!("http://{addr}");
    let access = access(&config, &parts, &dev.data_dir, &url).await?;
    let link = sign_in_link(&parts, &access).await?;
    say(format_args!(
        "\n  Thaiyyal is running at {url}\n\n  Sign in:  {link}\n  (the link works once; e-mail, password and API key are in {})\n",
        dev.data_dir.join("dev.json").display()
    ))?;
    serve::serve(&config, parts, &[Role::Api, Role::Worker, Role::Scheduler], listener, None).await
}

/// The account of this data folder, created on the first start.
async fn access(config: &Config, parts: &Parts, folder: &Path, url: &str) -> anyhow::Result<Access> {
    let file = folder.join("dev.json");
    let first =
        NewTenant { tenant_name: "My workspace".to_owned(), email: "owner@localhost".to_owned(), name: "Owner".to_owned(), password: None };
    let created = identity::bootstrap(&*parts.storage.directory, &Passwords::new(1), first, &*parts.clock).await?;
    let access = match created {
        Some(created) => {
            // The owner was created a moment ago by this process, which therefore may act for the tenant.
            #[expect(clippy::disallowed_methods, reason = "the tenant was created here")]
            let scope = TenantScope::assume(created.tenant);
            examples::create(parts, &config.limits, &scope, created.user).await?;
            Access { url: url.to_owned(), email: created.email, password: created.password, api_key: created.api_key }
        }
        None => {
            let text = std::fs::read(&file)
                .with_context(|| format!("{} cannot be read; it holds the access to the database beside it", file.display()))?;
            let known: Access = serde_json::from_slice(&text).with_context(|| format!("{} is damaged", file.display()))?;
            Access { url: url.to_owned(), ..known }
        }
    };
    write_private(&file, &serde_json::to_vec_pretty(&access)?).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(access)
}

async fn sign_in_link(parts: &Parts, access: &Access) -> anyhow::Result<String> {
    let login =
        parts.storage.directory.find_login(&access.email).await?.with_context(|| format!("the account {} is gone", access.email))?;
    let token = identity::create_link(&*parts.storage.directory, login.user, login.tenant, LINK_LIFETIME, &*parts.clock).await?;
    Ok(format!("{}/sign-in?token={}", access.url, token.reveal()))
}

/// Replaces a file that only its owner may read, as a whole or not at all.
fn write_private(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = file.with_extension("json.new");
    let _ = std::fs::remove_file(&draft);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    out.write_all(content)?;
    out.sync_all()?;
    std::fs::rename(draft, file)
}
