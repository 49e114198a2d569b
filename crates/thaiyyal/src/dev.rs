//! `thaiyyal dev`: the whole product in one process.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use thaiyyal_commands::api_keys;
use thaiyyal_commands::identity::{self, NewTenant, Passwords};
use thaiyyal_model::TenantScope;
use thaiyyal_store::directory::Login;

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
    /// Not known when this was written anew for a database that was there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    api_key: String,
}

/// The account of every data folder.
const OWNER: &str = "owner@localhost";

/// Starts everything; on the first start creates a tenant, its owner, an API key and the examples.
pub(crate) async fn dev(config: Config, dev: Dev) -> anyhow::Result<ExitCode> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dev.data_dir)
        .with_context(|| format!("{} cannot be created", dev.data_dir.display()))?;
    let _alone = lock(&dev.data_dir)?;
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

/// Keeps others from the folder for as long as the file is open; the kernel gives it up when the process ends, however it ends.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("dev.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be opened", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!(
                "another `thaiyyal dev` runs on {}: use that one, stop it, or name another folder with --data-dir",
                folder.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{} cannot be locked", path.display())),
    }
}

/// The account of this data folder, created on the first start.
async fn access(config: &Config, parts: &Parts, folder: &Path, url: &str) -> anyhow::Result<Access> {
    let file = folder.join("dev.json");
    let write = |access: &Access| {
        let content = serde_json::to_vec_pretty(access)?;
        write_private(&file, &content).with_context(|| format!("{} cannot be written", file.display()))
    };
    let url = url.to_owned();
    if let Some(owner) = parts.storage.directory.find_login(OWNER).await? {
        let access = match read(&file)? {
            Some(known) => Access { url, ..known },
            None => Access { url, email: owner.email.clone(), password: None, api_key: another_key(parts, &owner).await? },
        };
        write(&access)?;
        return Ok(access);
    }
    let first = NewTenant { tenant_name: "My workspace".to_owned(), email: OWNER.to_owned(), name: "Owner".to_owned(), password: None };
    let created = identity::bootstrap(&*parts.storage.directory, &Passwords::new(1), first, &*parts.clock)
        .await?
        .with_context(|| format!("the database in {} has accounts, but none of {OWNER}", folder.display()))?;
    let access = Access { url, email: created.email, password: Some(created.password), api_key: created.api_key };
    write(&access)?;
    // The owner was created a moment ago by this process, which therefore may act for the tenant.
    #[expect(clippy::disallowed_methods, reason = "the tenant was created here")]
    let scope = TenantScope::assume(created.tenant);
    examples::create(parts, &config.limits, &scope, created.user).await?;
    Ok(access)
}

/// What an earlier start wrote, if it is still there.
fn read(file: &Path) -> anyhow::Result<Option<Access>> {
    match std::fs::read(file) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .with_context(|| format!("{} is damaged: delete it, and the next start writes it anew with another API key", file.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

/// An API key for an account whose first one is lost. Whoever can read the database file may have it.
async fn another_key(parts: &Parts, owner: &Login) -> anyhow::Result<String> {
    #[expect(clippy::disallowed_methods, reason = "the tenant of the account that the folder belongs to")]
    let scope = TenantScope::assume(owner.tenant);
    let key = api_keys::Create { user: owner.user, name: "dev.json".to_owned(), permissions: vec!["*".to_owned()], expires_at: None };
    let mut tx = parts.storage.store.begin(&scope).await?;
    let created = api_keys::create(&mut *tx, key, &*parts.clock).await?;
    tx.commit().await?;
    Ok(created.key)
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
