//! Where settings come from: defaults, then a TOML file, then the environment. Parsed once; nobody reads the environment later.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Deserializer};
use thaiyyal_model::{LimitChanges, Limits};

use crate::telemetry;

/// Every setting of every role; each part belongs to the crate it sets.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the process listens and how it ends.
    pub(crate) process: Process,
    /// The HTTP interface.
    pub(crate) http: thaiyyal_api::Settings,
    /// PostgreSQL.
    pub(crate) store: thaiyyal_store_postgres::Settings,
    /// SQLite, for `thaiyyal dev`.
    pub(crate) sqlite: thaiyyal_store_sqlite::Settings,
    /// RabbitMQ.
    pub(crate) queue: thaiyyal_queue::Settings,
    /// Redis.
    pub(crate) ephemeral: thaiyyal_ephemeral::Settings,
    /// Where large values are kept.
    pub(crate) objects: thaiyyal_objects::Settings,
    /// Nodes that touch the world.
    pub(crate) connectors: thaiyyal_connectors::Settings,
    /// Claiming, running and the scheduler loops.
    pub(crate) worker: thaiyyal_worker::Settings,
    /// Collecting accepts.
    pub(crate) accept: thaiyyal_commands::executions::AcceptSettings,
    /// Publishing hints.
    pub(crate) publish: thaiyyal_commands::publish::Settings,
    /// What one execution may use, where the tenant's tier says nothing else.
    #[serde(deserialize_with = "limits")]
    pub(crate) limits: Limits,
    /// Logs and traces.
    pub(crate) log: telemetry::Settings,
}

fn limits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limits, D::Error> {
    Ok(LimitChanges::deserialize(deserializer)?.over(&Limits::default()))
}

/// Where a process listens and how it ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Process {
    /// Address of the API, or of `/health` and `/metrics` for a process without it.
    pub(crate) addr: SocketAddr,
    /// A second address for `/health` and `/metrics`, out of reach of tenants.
    pub(crate) metrics_addr: Option<SocketAddr>,
    /// File to write the address to once the process listens; for whoever starts it with port 0.
    pub(crate) addr_file: Option<PathBuf>,
    /// How long running work may take to end once the process is asked to stop, in milliseconds; what is left is dropped, and taken
    /// over by others.
    pub(crate) grace_ms: u64,
}

impl Default for Process {
    fn default() -> Self {
        Self { addr: SocketAddr::from(([127, 0, 0, 1], 8080)), metrics_addr: None, addr_file: None, grace_ms: 25_000 }
    }
}

/// The conventional names of the three addresses.
const ADDRESSES: [(&str, &str); 3] = [("DATABASE_URL", "store.url"), ("AMQP_URL", "queue.url"), ("REDIS_URL", "ephemeral.url")];

impl Config {
    /// Reads the settings: `file` if given, `DATABASE_URL`, `AMQP_URL`, `REDIS_URL`, then `THAIYYAL__SECTION__NAME`.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut sources = config::Config::builder();
        if let Some(file) = file {
            sources = sources.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let mut addresses = config::Config::builder();
        for (variable, setting) in ADDRESSES {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
            if let Ok(address) = std::env::var(variable) {
                addresses = addresses.set_override(setting, address)?;
            }
        }
        let environment = config::Environment::with_prefix("THAIYYAL").prefix_separator("__").separator("__").try_parsing(true);
        let sources = sources.add_source(addresses.build()?).add_source(environment).build().context("the configuration cannot be read")?;
        let config: Self = sources.try_deserialize().context("the configuration is wrong")?;
        config.worker.check().context("the configuration is wrong")?;
        Ok(config)
    }
}
