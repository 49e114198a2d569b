//! What a worker counts. Handles are looked up once: the hot path only adds to them.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use thaiyyal_model::{Clock, ExecutionStatus, Timestamp};

/// The worker's own figures.
pub(crate) struct Meters {
    pub(crate) claims: Histogram,
    pub(crate) claimed: Counter,
    pub(crate) unclaimed: Counter,
    pub(crate) unhinted: Counter,
    pub(crate) queue_wait: Histogram,
    pub(crate) slice: Histogram,
    pub(crate) held: Gauge,
    pub(crate) free_slots: Gauge,
    pub(crate) panics: Counter,
    pub(crate) lost: Counter,
    pub(crate) lapses: Counter,
    pub(crate) lost_tasks: Counter,
    pub(crate) fenced: Counter,
    pub(crate) calls: Counter,
    pub(crate) children: Counter,
    pub(crate) suspended: Counter,
    pub(crate) released: Counter,
    succeeded: Counter,
    failed: Counter,
    cancelled: Counter,
    timed_out: Counter,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let finished = |status: ExecutionStatus| counter!("thaiyyal_worker_executions_finished_total", "status" => status.as_str());
        Self {
            claims: histogram!("thaiyyal_worker_claim_duration_seconds"),
            claimed: counter!("thaiyyal_worker_executions_claimed_total"),
            unclaimed: counter!("thaiyyal_worker_hints_without_claim_total"),
            unhinted: counter!("thaiyyal_worker_executions_claimed_without_hint_total"),
            queue_wait: histogram!("thaiyyal_worker_queue_wait_seconds"),
            slice: histogram!("thaiyyal_worker_slice_duration_seconds"),
            held: gauge!("thaiyyal_worker_leases_held"),
            free_slots: gauge!("thaiyyal_worker_slots_free"),
            panics: counter!("thaiyyal_worker_panics_total"),
            lost: counter!("thaiyyal_worker_leases_lost_total"),
            lapses: counter!("thaiyyal_worker_trust_lapses_total"),
            lost_tasks: counter!("thaiyyal_worker_lost_tasks_total"),
            fenced: counter!("thaiyyal_worker_writes_fenced_total"),
            calls: counter!("thaiyyal_worker_calls_total"),
            children: counter!("thaiyyal_worker_children_started_total"),
            suspended: counter!("thaiyyal_worker_executions_suspended_total"),
            released: counter!("thaiyyal_worker_executions_released_total"),
            succeeded: finished(ExecutionStatus::Succeeded),
            failed: finished(ExecutionStatus::Failed),
            cancelled: finished(ExecutionStatus::Cancelled),
            timed_out: finished(ExecutionStatus::TimedOut),
        }
    }

    /// An execution ended in this status.
    pub(crate) fn finished(&self, status: ExecutionStatus) {
        match status {
            ExecutionStatus::Succeeded => self.succeeded.increment(1),
            ExecutionStatus::Failed => self.failed.increment(1),
            ExecutionStatus::Cancelled => self.cancelled.increment(1),
            ExecutionStatus::TimedOut => self.timed_out.increment(1),
            ExecutionStatus::Queued | ExecutionStatus::Running | ExecutionStatus::Waiting => {}
        }
    }

    /// An execution accepted at `since` was claimed for the first time.
    pub(crate) fn waited(&self, since: Timestamp, clock: &dyn Clock) {
        self.queue_wait.record(Duration::try_from(clock.now().duration_since(since)).unwrap_or_default());
    }
}
