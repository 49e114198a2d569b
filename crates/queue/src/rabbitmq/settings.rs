use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use thaiyyal_model::SHARDS;

/// How to reach RabbitMQ and what to declare there.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `amqp://user:password@host:port/virtual-host`, the virtual host percent-encoded (`%2f` is `/`).
    pub url: SecretString,
    /// The first part of the name of every queue; deployments that share a virtual host need different ones.
    pub prefix: String,
    /// How many queues each priority class has, 1 to 16. Every process must have the same number: hints in a queue that nobody consumes
    /// wait for the sweeper.
    pub shards: u16,
    /// The longest a publish may take, in milliseconds.
    pub publish_timeout_ms: u64,
    /// The longest connecting and declaring may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Seconds between heartbeats; a connection that is silent for twice as long is given up.
    pub heartbeat_s: u16,
    /// How many batches may wait for their confirms at the same time.
    pub lanes: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "amqp://guest:guest@127.0.0.1:5672/%2f".into(),
            prefix: "thaiyyal".to_owned(),
            shards: SHARDS,
            publish_timeout_ms: 5_000,
            connect_timeout_ms: 5_000,
            heartbeat_s: 10,
            lanes: 4,
        }
    }
}

impl Settings {
    pub(super) fn publish_timeout(&self) -> Duration {
        Duration::from_millis(self.publish_timeout_ms)
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// Not an AMQP address. It may hold a password, so it is not repeated.
    #[error("the address of the message broker does not read as amqp://user:password@host:port/virtual-host")]
    Url,
    /// `amqps`: this client does not speak TLS.
    #[error("the address of the message broker asks for TLS, which needs a proxy beside the process that speaks it")]
    Tls,
    /// Out of range.
    #[error("a priority class has 1 to {SHARDS} queues, not {0}")]
    Shards(u16),
}
