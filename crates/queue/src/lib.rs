//! Hints on their way from whoever accepted an execution to whoever can run it.
//!
//! Owns: the [`Queue`] trait, its conformance suite, and two implementations: `memory` for one process, `rabbitmq` for a cluster.
//! Must not know: the database, what an execution is beyond its id, how it is run. Losing every message loses no execution.

use async_trait::async_trait;
use thaiyyal_model::{Hint, Priority};

#[cfg(feature = "conformance")]
pub mod conformance;
mod memory;
mod message;
mod metrics;
mod rabbitmq;
mod turns;

pub use memory::MemoryQueue;
pub use rabbitmq::{RabbitQueue, Settings};

/// Carries hints; a delivered hint has no outbox row. Messages may be lost, doubled or late; a published and confirmed one survives a restart of the broker.
#[async_trait]
pub trait Queue: Send + Sync + 'static {
    /// Publishes hints, each to the queue of its shard and priority, and waits until the broker has taken responsibility for each.
    /// Answers in order; `Err` leaves it open whether the hint will be delivered. Never blocks for longer than the configured
    /// time-out, also while the broker is away or refuses publishers.
    async fn publish(&self, hints: &[Hint]) -> Vec<Result<(), Error>>;

    /// Opens a consumer of all shards and priorities that holds at most `prefetch` unacknowledged messages. It survives the loss of
    /// its connection: it subscribes again by itself, and what was not acknowledged is delivered again; so is what it held when it is
    /// dropped. `Err` only when the queue was closed.
    async fn consume(&self, prefetch: u16) -> Result<Box<dyn Consumer>, Error>;

    /// Whether publishing would work now.
    async fn ping(&self) -> Result<(), Error>;

    /// How many messages wait, by priority, as far as the broker tells.
    async fn depth(&self) -> Result<Vec<(Priority, u64)>, Error>;
}

/// A subscription.
#[async_trait]
pub trait Consumer: Send {
    /// The next delivery; high priority before normal before low when several wait, without starving any. `None` only after the
    /// queue was closed for good. Cancel-safe: dropping the future loses no delivery.
    async fn next(&mut self) -> Option<Delivery>;
}

/// One delivered message.
pub struct Delivery {
    /// What it says. Undecodable messages never get here: they are parked and acknowledged.
    pub hint: Hint,
    /// Whether the broker says it was delivered before.
    pub redelivered: bool,
    /// Acknowledges it. Dropped without, it will be delivered again, at once: who cannot deal with messages now pauses before the next.
    pub ack: Ack,
}

/// The right to acknowledge one delivery.
pub struct Ack(pub(crate) Box<dyn Acknowledge>);

impl Ack {
    /// Tells the broker that the message is dealt with. A failure needs no handling: it will be delivered again, which is harmless.
    pub async fn ack(self) {
        self.0.acknowledge().await;
    }
}

/// How an implementation acknowledges.
#[async_trait]
pub(crate) trait Acknowledge: Send + Sync {
    async fn acknowledge(self: Box<Self>);
}

/// Why a hint was not published or a subscription not opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The broker is away, refuses publishers, or did not answer in time. The sweeper will repeat the hint.
    #[error("the message broker cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The broker has no such queue.
    #[error("the broker returned the message: {reason}")]
    Returned {
        /// In the broker's words.
        reason: String,
    },
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self::Unavailable(Box::new(cause))
    }
}

/// What made the broker unavailable.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Cause {
    #[error("there is no connection to it")]
    Disconnected,
    #[error("it takes no messages for now: {reason}")]
    Blocked { reason: String },
    #[error("it refused the message")]
    Refused,
    #[error("it did not answer within {ms} ms")]
    TimedOut { ms: u64 },
    #[error("it cancelled a subscription")]
    Cancelled,
    #[error("the queue is full")]
    Full,
    #[error("the queue was closed")]
    Closed,
    #[error(transparent)]
    Protocol(#[from] lapin::Error),
}
