//! A RabbitMQ node of one's own, which a test may kill, restart and wipe.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use lapin::{Connection, ConnectionProperties};
use tokio::process::{Child, Command};

use crate::free_port;

/// A private RabbitMQ node. Its whole process group ends when it is dropped.
pub struct Broker {
    dir: tempfile::TempDir,
    port: u16,
    dist_port: u16,
    child: Option<Child>,
}

impl Broker {
    /// Starts a node with an empty data directory and waits until it takes connections.
    pub async fn start() -> anyhow::Result<Self> {
        let mut broker = Self { dir: tempfile::tempdir()?, port: free_port(), dist_port: free_port(), child: None };
        broker.up().await?;
        Ok(broker)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Starts it again, with the data it had.
    pub async fn up(&mut self) -> anyhow::Result<()> {
        let dir = self.dir.path();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(dir.join("out.log"))?;
        let child = self
            .command("rabbitmq-server")?
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("cannot start rabbitmq-server")?;
        self.child = Some(child);
        let url = self.url();
        let child = self.child.as_mut().context("the node was just started")?;
        // While it boots it may take a connection and then say nothing on it.
        let answers = crate::eventually("the private RabbitMQ node", Duration::from_secs(120), || async {
            let connecting = Connection::connect(&url, ConnectionProperties::default());
            tokio::time::timeout(Duration::from_secs(5), connecting).await.ok()?.ok().map(drop)
        });
        tokio::select! {
            () = answers => Ok(()),
            status = child.wait() => {
                let said = std::fs::read_to_string(self.dir.path().join("out.log")).unwrap_or_default();
                anyhow::bail!("the private RabbitMQ node ended with {}: {said}", status?)
            }
        }
    }

    /// Stops it as an operator would.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        self.control(&["stop"]).await?;
        if let Some(mut child) = self.child.take() {
            child.wait().await?;
        }
        Ok(())
    }

    /// From now on it takes connections and answers nothing.
    pub fn pause(&self) -> anyhow::Result<()> {
        signal_group(self.child.as_ref().context("the node is not running")?, "STOP")
    }

    /// It goes on where it was.
    pub fn resume(&self) -> anyhow::Result<()> {
        signal_group(self.child.as_ref().context("the node is not running")?, "CONT")
    }

    /// From now on it believes that memory is short, or no longer.
    pub async fn set_memory_alarm(&self, on: bool) -> anyhow::Result<()> {
        self.control(&["set_vm_memory_high_watermark", if on { "0.0000001" } else { "0.4" }]).await
    }

    async fn control(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let running = self.command("rabbitmqctl")?.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let status = tokio::time::timeout(Duration::from_secs(60), running).await.context("rabbitmqctl does not end")??;
        anyhow::ensure!(status.success(), "rabbitmqctl {arguments:?}: {status}");
        Ok(())
    }

    /// A script of RabbitMQ, for this node.
    fn command(&self, script: &str) -> anyhow::Result<Command> {
        let dir = self.dir.path();
        let mut command = Command::new(program(script)?);
        command
            .env("HOME", dir)
            .env("RABBITMQ_NODENAME", format!("thaiyyal-{}@localhost", self.port))
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_DIST_PORT", self.dist_port.to_string())
            .env("RABBITMQ_MNESIA_BASE", dir.join("data"))
            .env("RABBITMQ_LOG_BASE", dir.join("log"))
            .env("RABBITMQ_PID_FILE", dir.join("pid"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", dir.join("plugins"))
            .env("RABBITMQ_CONFIG_FILE", dir.join("none"))
            .env("RABBITMQ_CONF_ENV_FILE", dir.join("none"))
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Kills the node at once, as a power failure would.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            signal_group(&child, "KILL")?;
            child.wait().await?;
        }
        Ok(())
    }

    /// Deletes everything it stored; only while it is down.
    pub fn wipe(&self) -> anyhow::Result<()> {
        assert!(self.child.is_none(), "the node is running");
        Ok(std::fs::remove_dir_all(self.dir.path().join("data"))?)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(child) = &self.child {
            // It has ended already when there is nobody to signal.
            let _ = signal_group(child, "KILL");
        }
    }
}

/// The server script starts an Erlang machine as its child: both belong to one process group.
fn signal_group(child: &Child, signal: &str) -> anyhow::Result<()> {
    let pid = child.id().context("the node has ended")?;
    let status = std::process::Command::new("kill").args([&format!("-{signal}"), "--", &format!("-{pid}")]).status()?;
    anyhow::ensure!(status.success(), "kill -{signal} of the node: {status}");
    Ok(())
}

/// The script itself: Debian's wrapper changes to another account and loses the environment.
fn program(script: &str) -> anyhow::Result<PathBuf> {
    ["/usr/lib/rabbitmq/bin", "/usr/sbin", "/usr/local/sbin"]
        .iter()
        .map(|folder| PathBuf::from(folder).join(script))
        .find(|path| path.exists())
        .context("RabbitMQ is not installed (Debian package rabbitmq-server)")
}
