use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::scheduler;

/// How a worker claims and runs executions, and how often the scheduler loops look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many executions may run at a time. Waiting ones do not count, and the last hint taken may exceed it by up to 63.
    pub slots: u32,
    /// What holds more bytes than this is heavy.
    pub heavy_bytes: u64,
    /// How many heavy executions may go on at a time; as many again wait here for their turn, the others are put off for
    /// `put_off_ms`. So a worker needs memory for about `heavy_slots` times `limits.max_total_bytes` and `slots` times `heavy_bytes`.
    pub heavy_slots: u32,
    /// For how many milliseconds a heavy execution is put off that finds no room.
    pub put_off_ms: u64,
    /// How many unacknowledged hints the worker holds; each names up to 64 executions.
    pub prefetch: u16,
    /// The most executions one claim asks for (the last hint taken may exceed it by up to 63).
    pub claim_batch: u32,
    /// How many claims may be on their way to the database at a time.
    pub claims_in_flight: u32,
    /// The most executions one write to the journal, one end or one hand-back covers.
    pub write_batch: u32,
    /// How many writes of each kind may be on their way to the database at a time.
    pub writes_in_flight: u32,
    /// When no hint came for this many milliseconds, the worker claims what was hinted longer ago than that straight from the database.
    pub claim_directly_after_ms: u64,
    /// Milliseconds between two signs of life.
    pub heartbeat_ms: u64,
    /// Milliseconds after its last sign of life at which a worker counts as dead. The same for workers and schedulers.
    pub lease_ttl_ms: u64,
    /// By how many milliseconds a worker stops trusting its leases before others may take them over.
    pub trust_margin_ms: u64,
    /// After how many times that long the worker compares the leases it knows of with those the database knows of.
    pub compare_every: u32,
    /// Waits shorter than this many milliseconds are sat out in memory; longer ones give the lease back.
    pub inline_wait_ms: u64,
    /// After this many milliseconds an execution is handed back as soon as no call of it is under way, so that others get a turn.
    pub slice_ms: u64,
    /// After this many journal records an execution is handed back as soon as no call of it is under way.
    pub slice_records: u64,
    /// Compiled definitions are kept as long as the texts they were made from have no more bytes than this together.
    pub plans_bytes: u64,
    /// How many milliseconds the text of a definition stays in the shared cache.
    pub definition_ttl_ms: u64,
    /// The loops that keep the whole moving.
    pub scheduler: scheduler::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            slots: 256,
            heavy_bytes: 1 << 20,
            heavy_slots: 8,
            put_off_ms: 10_000,
            prefetch: 64,
            claim_batch: 128,
            claims_in_flight: 2,
            write_batch: 256,
            writes_in_flight: 2,
            claim_directly_after_ms: 5_000,
            heartbeat_ms: 5_000,
            lease_ttl_ms: 30_000,
            trust_margin_ms: 3_000,
            compare_every: 3,
            inline_wait_ms: 1_000,
            slice_ms: 5 * 60 * 1_000,
            slice_records: 10_000,
            plans_bytes: 64 << 20,
            definition_ttl_ms: 60 * 60 * 1_000,
            scheduler: scheduler::Settings::default(),
        }
    }
}

impl Settings {
    /// Short times, for tests that wait for leases to run out: a lease lives 3 s, the sweeper looks every second.
    #[must_use]
    pub fn impatient() -> Self {
        Self {
            heartbeat_ms: 500,
            lease_ttl_ms: 3_000,
            trust_margin_ms: 300,
            compare_every: 2,
            scheduler: scheduler::Settings::impatient(),
            ..Self::default()
        }
    }

    /// Whether a worker with these settings can work at all, and without others taking it for dead.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn check(&self) -> Result<(), Unfit> {
        if self.heartbeat_ms.saturating_add(self.trust_margin_ms) >= self.lease_ttl_ms {
            return Err(Unfit::Heartbeat);
        }
        if self.lease_ttl_ms != self.scheduler.lease_ttl_ms {
            return Err(Unfit::Lease { worker: self.lease_ttl_ms, scheduler: self.scheduler.lease_ttl_ms });
        }
        Ok(())
    }

    pub(crate) fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }

    /// For how long after it was sent an answered sign of life is trusted.
    pub(crate) fn trust(&self) -> Duration {
        Duration::from_millis(self.lease_ttl_ms.saturating_sub(self.trust_margin_ms))
    }

    pub(crate) fn claim_directly_after(&self) -> Duration {
        Duration::from_millis(self.claim_directly_after_ms.max(1))
    }

    pub(crate) fn slice(&self) -> Duration {
        Duration::from_millis(self.slice_ms)
    }

    pub(crate) fn put_off(&self) -> Duration {
        Duration::from_millis(self.put_off_ms)
    }

    pub(crate) fn definition_ttl(&self) -> Duration {
        Duration::from_millis(self.definition_ttl_ms)
    }
}

/// Settings that do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The worker would stop trusting its leases before it could renew them, and claim nothing.
    #[error("worker.lease_ttl_ms must be longer than worker.heartbeat_ms and worker.trust_margin_ms together")]
    Heartbeat,
    /// The scheduler would give leases away that the worker still trusts, or wait longer than it has to.
    #[error("worker.lease_ttl_ms is {worker} and worker.scheduler.lease_ttl_ms is {scheduler}: they must be the same")]
    Lease {
        /// What workers go by.
        worker: u64,
        /// What schedulers go by.
        scheduler: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_must_be_able_to_renew_its_leases_before_others_take_them() {
        assert_eq!(Settings::default().check(), Ok(()));
        assert_eq!(Settings::impatient().check(), Ok(()));
        let short = Settings { lease_ttl_ms: 8_000, ..Settings::default() };
        assert_eq!(short.check(), Err(Unfit::Heartbeat));
        let longer = Settings { lease_ttl_ms: 60_000, ..Settings::default() };
        assert_eq!(longer.check(), Err(Unfit::Lease { worker: 60_000, scheduler: 30_000 }));
    }
}
