use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Where the database is and how much of it to use.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`, or the `key=value` form of libpq. The user must be a member of the `thaiyyal_*`
    /// roles, or allowed to create them when it migrates. Has no default: nobody works on a database by accident.
    pub url: SecretString,
    /// Most connections for the hot path. Its statements carry many executions each, so a few do.
    pub dispatch_connections: usize,
    /// Most connections for transactions of one tenant.
    pub tenant_connections: usize,
    /// Most connections for sign-in and API-key lookups.
    pub directory_connections: usize,
    /// Most connections for heartbeats, reaper and the other loops; of their own, so that load cannot kill liveness.
    pub control_connections: usize,
    /// Longest wait for a new connection, and for a free one, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest a statement may run, in milliseconds.
    pub statement_timeout_ms: u64,
    /// Longest a look at whole tables may run, as some of the scheduler's loops take it, in milliseconds.
    pub scan_timeout_ms: u64,
    /// Longest wait for a lock, in milliseconds.
    pub lock_timeout_ms: u64,
    /// Longest a transaction may sit between two statements, in milliseconds.
    pub idle_in_transaction_timeout_ms: u64,
    /// After how long without an acknowledgement from the other side a connection is given up, in milliseconds.
    pub network_timeout_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: SecretString::default(),
            dispatch_connections: 4,
            tenant_connections: 8,
            directory_connections: 2,
            control_connections: 2,
            connect_timeout_ms: 5_000,
            statement_timeout_ms: 10_000,
            scan_timeout_ms: 60_000,
            lock_timeout_ms: 5_000,
            idle_in_transaction_timeout_ms: 10_000,
            network_timeout_ms: 10_000,
        }
    }
}

/// Settings that cannot be right.
#[derive(Debug, thiserror::Error)]
#[error("the database settings are wrong: {why}")]
pub struct InvalidSettings {
    why: String,
}

impl InvalidSettings {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

impl Settings {
    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// How long to wait for an answer: the server stops the statement before, so only a dead network gets this far.
    pub(crate) fn answer_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms.saturating_add(self.network_timeout_ms))
    }

    pub(crate) fn client(&self) -> Result<tokio_postgres::Config, InvalidSettings> {
        if self.url.expose_secret().trim().is_empty() {
            return Err(InvalidSettings::new("no database is named (DATABASE_URL, or url in the section store)"));
        }
        // The parser's message may quote the text, which may hold a password.
        let mut client: tokio_postgres::Config =
            self.url.expose_secret().parse().map_err(|_| InvalidSettings::new("url is not a PostgreSQL connection string"))?;
        if client.get_application_name().is_none() {
            client.application_name("thaiyyal");
        }
        client
            .connect_timeout(self.connect_timeout())
            .tcp_user_timeout(Duration::from_millis(self.network_timeout_ms))
            .keepalives(true)
            .keepalives_idle(Duration::from_millis(self.network_timeout_ms))
            .keepalives_interval(Duration::from_millis(self.network_timeout_ms / 4))
            .keepalives_retries(3);
        Ok(client)
    }
}
