//! What may be forgotten at any time: live hints, caches, and who may pass a limit of a rate when.
//!
//! Owns: the [`Ephemeral`] trait, its conformance suite, and two implementations: `memory` for one process, `redis` for a cluster.
//! Must not know: the database, what is cached or hinted at. Losing all of it loses no promise; callers go on without it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Seq, TenantId, Timestamp};
use tokio::sync::broadcast;

#[cfg(feature = "conformance")]
pub mod conformance;
mod memory;
mod message;
mod metrics;
mod passes;
mod redis;

pub use memory::{MemoryEphemeral, MemorySettings};
pub use passes::{Pass, PassKey, Rate, Window};
pub use redis::{Invalid, RedisEphemeral, Settings};

/// Live hints, caches and limits of rates, shared by all processes.
#[async_trait]
pub trait Ephemeral: Send + Sync + 'static {
    /// Tells every subscriber, those of this process at once and in order. Never waits for the store; while it is away only this
    /// process hears the hints.
    async fn publish(&self, hints: &[Live]);

    /// Hints from now on. One subscription per process is kept open behind this and shared. While its connection is lost,
    /// [`Signal::Gap`] comes about every second and once more when it is back; a reader that is too slow gets `RecvError::Lagged`.
    /// After either, the reader looks at the database itself.
    fn subscribe(&self) -> broadcast::Receiver<Signal>;

    /// A cached value; `None` when it is not there, or the store is away or slow.
    async fn get(&self, key: &CacheKey) -> Option<Bytes>;

    /// Caches a value for at most `ttl`; does nothing when the store is away or slow, or the value is larger than the store takes.
    async fn put(&self, key: &CacheKey, value: Bytes, ttl: Duration);

    /// Forgets a cached value; when the store is away it may be seen again until its `ttl` is over.
    async fn forget(&self, key: &CacheKey);

    /// A place among those that may pass, in the order of asking. Whoever asks again under the same `name` within an hour of his turn
    /// gets the place he has. While the store is away places are counted in this process alone, so that a limit holds for each process
    /// instead of for all together.
    async fn pass(&self, key: &PassKey, rate: Rate, name: &str, now: Timestamp) -> Pass;

    /// Whether the store answers now.
    async fn ping(&self) -> Result<(), Error>;
}

/// What a subscriber sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Something changed.
    Live(Live),
    /// Hints may have been missed.
    Gap,
}

/// "Look again": something about an execution changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// Its journal grew.
    Progress {
        /// Its tenant.
        tenant: TenantId,
        /// The execution.
        execution: ExecutionId,
        /// The last record written.
        seq: Seq,
    },
    /// Its status changed.
    Status {
        /// Its tenant.
        tenant: TenantId,
        /// The execution.
        execution: ExecutionId,
        /// The new status.
        status: ExecutionStatus,
    },
    /// Someone asked for its cancel; the worker that holds it need not wait for its next heartbeat.
    Cancel {
        /// Its tenant.
        tenant: TenantId,
        /// The execution.
        execution: ExecutionId,
    },
    /// A signal came for it; the worker that holds it need not wait for its next heartbeat.
    Signalled {
        /// Its tenant.
        tenant: TenantId,
        /// The execution.
        execution: ExecutionId,
    },
}

/// Where a value is cached: every key begins with the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// The tenant.
    pub tenant: TenantId,
    /// What kind of thing.
    pub kind: &'static str,
    /// Which of them.
    pub id: String,
}

/// The store is away.
#[derive(Debug, thiserror::Error)]
#[error("the cache cannot be reached")]
pub struct Error(#[source] pub Box<dyn std::error::Error + Send + Sync>);
