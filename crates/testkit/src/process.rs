//! Processes of the `thaiyyal` binary, as a user starts them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::http::Client;

/// A running process; killed when dropped. What it writes to standard error goes to a file.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    addr_file: PathBuf,
}

impl Process {
    /// Starts `binary args…` with `env`; `name` names its files in `dir`.
    pub fn start(binary: &Path, name: &str, dir: &Path, args: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let log = dir.join(format!("{name}.log"));
        let addr_file = dir.join(format!("{name}.addr"));
        let _ = std::fs::remove_file(&addr_file);
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).with_context(|| log.display().to_string())?;
        let child = Command::new(binary)
            .args(args)
            .env("THAIYYAL__PROCESS__ADDR_FILE", &addr_file)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        Ok(Self { name: name.to_owned(), child, log, addr_file })
    }

    /// The name it was started under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The address it listens on, as a base URL; known from when it is ready.
    pub fn base(&self) -> anyhow::Result<String> {
        let addr = std::fs::read_to_string(&self.addr_file).with_context(|| format!("{} has not told its address", self.name))?;
        Ok(format!("http://{}", addr.trim()))
    }

    /// Waits until it listens and says it is ready; the address it listens on as a base URL.
    pub async fn ready(&mut self, within: Duration) -> anyhow::Result<String> {
        let deadline = tokio::time::Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}:\n{}", self.name, self.log());
            }
            if let Ok(addr) = std::fs::read_to_string(&self.addr_file)
                && addr.ends_with('\n')
            {
                let base = format!("http://{}", addr.trim());
                if let Ok(answer) = Client::new(&base, None).get("/health/ready").await
                    && answer.status.is_success()
                {
                    return Ok(base);
                }
            }
            if tokio::time::Instant::now() > deadline {
                bail!("{} was not ready within {within:?}:\n{}", self.name, self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL: no chance to clean up.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Sends a signal by name (`TERM`, `STOP`, `CONT`).
    pub async fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let pid = self.pid().context("the process has ended")?;
        let status = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status().await?;
        anyhow::ensure!(status.success(), "kill -{signal} {pid}: {status}");
        Ok(())
    }

    /// Waits for its end; its exit code.
    pub async fn wait(&mut self, within: Duration) -> anyhow::Result<Option<i32>> {
        let status = tokio::time::timeout(within, self.child.wait())
            .await
            .with_context(|| format!("{} did not end within {within:?}:\n{}", self.name, self.log()))??;
        Ok(status.code())
    }
}

/// Runs `binary args…` to its end: exit code, standard output, standard error.
pub async fn run(binary: &Path, args: &[&str], env: &[(&str, &str)]) -> anyhow::Result<(Option<i32>, String, String)> {
    let output = Command::new(binary).args(args).envs(env.iter().copied()).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(120), output).await.context("the command did not end within two minutes")??;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// Runs a command that must succeed and prints one JSON document.
pub async fn run_json(binary: &Path, args: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Value> {
    let (code, out, err) = run(binary, args, env).await?;
    anyhow::ensure!(code == Some(0), "{args:?} ended with {code:?}:\n{out}\n{err}");
    serde_json::from_str(&out).with_context(|| format!("{args:?} printed no JSON: {out}"))
}
