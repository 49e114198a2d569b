use crate::{ExecutionId, OutboxId, Priority, TenantId};

/// How many shard queues each priority class has.
pub const SHARDS: u16 = 16;

/// One of the [`SHARDS`] queues of a priority class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(pub u16);

impl Shard {
    /// The shard of an execution: one of the two its tenant may use (shuffle sharding), chosen by the execution's random bits,
    /// so that a tenant's load spreads but never reaches every queue.
    #[must_use]
    pub fn of(tenant: TenantId, execution: ExecutionId) -> Self {
        let tenant = tenant.uuid().as_u128();
        let first = (tenant & 0xffff) as u16 % SHARDS;
        let step = ((tenant >> 16) & 0xffff) as u16 % (SHARDS - 1) + 1;
        let second = (first + step) % SHARDS;
        Self(if execution.uuid().as_u128() & 1 == 0 { first } else { second })
    }
}

/// A queue message: "these executions may be claimable". Carries ids only; may be lost, doubled or late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The outbox row to delete once the message is confirmed; `None` for repeats by the sweeper, which have no row.
    pub outbox: Option<OutboxId>,
    /// The queue it goes to, together with `priority`.
    pub shard: Shard,
    /// The class of queue it goes to.
    pub priority: Priority,
    /// 1 to [`Hint::MAX_EXECUTIONS`] executions.
    pub executions: Vec<ExecutionId>,
}

impl Hint {
    /// The most executions one message may name; keeps it near 1 KiB.
    pub const MAX_EXECUTIONS: usize = 64;
}
