use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

/// How to reach Redis and how much to ask of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `redis://` or `rediss://` (TLS), with user, password, host, port and database number.
    pub url: SecretString,
    /// The first part of every key and channel; deployments that share a database need different ones.
    pub prefix: String,
    /// The longest a command may take, in milliseconds; then Redis is left alone until it answers again.
    pub timeout_ms: u64,
    /// The longest connecting may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Bytes of one cached value; larger ones are not cached.
    pub max_value_bytes: usize,
    /// Hints that a subscriber may lag behind before it misses some.
    pub backlog: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "redis://127.0.0.1:6379".into(),
            prefix: "thaiyyal".to_owned(),
            timeout_ms: 50,
            connect_timeout_ms: 1_000,
            max_value_bytes: 1 << 20,
            backlog: 4_096,
        }
    }
}

impl Settings {
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(super) fn channel(&self) -> String {
        format!("{}:live", self.prefix)
    }
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
#[error("the address of Redis cannot be used: {0}")]
pub struct Invalid(pub String);
