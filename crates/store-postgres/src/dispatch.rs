//! The hot path: one prepared statement per batch, its rows found by key, its ids in one order for everyone.
//!
//! Two things look odd in the SQL files and are there on purpose:
//!
//! - Keys are compared with `key = ANY (ARRAY[x])`, `key BETWEEN x AND x` or whole rows `BETWEEN` each other, not with `key = x`. All
//!   of these use the index, but only `=` may also be read the other way round: walk the whole table in the order of the key and look
//!   each row up in the batch. That is what the planner prefers as soon as it believes the table to be empty, which queues are most of
//!   the time when statistics are taken. `plans.rs` holds every statement to it.
//! - Rows of `run_queue` are locked before rows of `executions`, and both in the order of ids, so that no two statements ever wait for
//!   each other. Loops that take rows in another order skip what is locked.

mod accept;
mod append;
mod ask;
mod children;
mod claim;
mod finish;
mod hints;
mod invariants;
mod items;
mod outbox;
#[cfg(test)]
mod plans;
mod reap;
mod release;
mod signals;
mod suspend;
mod sweep;
mod wake;
mod windows;
mod workers;

use std::time::Duration;

use async_trait::async_trait;
use thaiyyal_model::{ExecutionId, Hint, OutboxId, TenantId, WorkerId};
use thaiyyal_store::{
    Dispatch, Error,
    approvals::Question,
    dispatch::{
        AcceptedBatch, Append, Backlog, Beat, Claimed, Finish, Lease, NewExecution, Pulse, Reaped, Release, Stopped, Suspend, Violation,
        Written,
    },
    signals::{Delivered, Inbox},
    windows::{Tended, Windows},
};

use crate::pool::Pool;

/// [`Dispatch`] on PostgreSQL.
pub(crate) struct PostgresDispatch {
    hot: Pool,
    /// Heartbeats and loops, so that load on the other pool cannot make a worker look dead.
    control: Pool,
}

impl PostgresDispatch {
    pub(crate) fn new(hot: Pool, control: Pool) -> Self {
        Self { hot, control }
    }
}

#[async_trait]
impl Dispatch for PostgresDispatch {
    async fn accept(&self, batch: &[NewExecution]) -> Result<AcceptedBatch, Error> {
        accept::accept(&self.hot, batch).await
    }

    async fn abandon(&self, children: &[(TenantId, ExecutionId)]) -> Result<(), Error> {
        children::abandon(&self.hot, children).await
    }

    async fn stop_abandoned(&self, limit: u32) -> Result<Stopped, Error> {
        children::stop_abandoned(&self.control, limit).await
    }

    async fn confirm(&self, published: &[OutboxId]) -> Result<(), Error> {
        outbox::confirm(&self.hot, published).await
    }

    async fn unpublished(&self, older_than: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        outbox::unpublished(&self.control, older_than, limit).await
    }

    async fn claim(&self, worker: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>, Error> {
        claim::claim(&self.hot, worker, executions).await
    }

    async fn claim_overdue(&self, worker: WorkerId, unclaimed_for: Duration, limit: u32) -> Result<Vec<Claimed>, Error> {
        claim::claim_overdue(&self.hot, worker, unclaimed_for, limit).await
    }

    async fn deliver(&self, limit: u32) -> Result<Delivered, Error> {
        signals::deliver(&self.hot, limit).await
    }

    async fn inboxes(&self, leases: &[Lease]) -> Result<Vec<Inbox>, Error> {
        signals::inboxes(&self.hot, leases).await
    }

    async fn ask(&self, lease: &Lease, questions: &[Question]) -> Result<Written, Error> {
        ask::ask(&self.hot, lease, questions).await
    }

    async fn append(&self, batch: &[Append]) -> Result<Vec<Written>, Error> {
        append::append(&self.hot, batch).await
    }

    async fn finish(&self, batch: &[Finish]) -> Result<Vec<Written>, Error> {
        finish::finish(&self.hot, batch).await
    }

    async fn suspend(&self, batch: &[Suspend]) -> Result<Vec<Written>, Error> {
        suspend::suspend(&self.hot, batch).await
    }

    async fn release(&self, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>), Error> {
        release::release(&self.hot, batch).await
    }

    async fn heartbeat(&self, beat: &Beat) -> Result<Pulse, Error> {
        workers::heartbeat(&self.control, beat).await
    }

    async fn leases(&self, worker: WorkerId) -> Result<Vec<Lease>, Error> {
        workers::leases(&self.control, worker).await
    }

    async fn retire(&self, worker: WorkerId) -> Result<(), Error> {
        workers::retire(&self.control, worker).await
    }

    async fn wake_due(&self, limit: u32) -> Result<Vec<Hint>, Error> {
        wake::wake_due(&self.control, limit).await
    }

    async fn reap(&self, silent_for: Duration, max_crashes: u32, limit: u32) -> Result<Reaped, Error> {
        reap::reap(&self.control, silent_for, max_crashes, limit).await
    }

    async fn sweep(&self, unclaimed_for: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        sweep::sweep(&self.control, unclaimed_for, limit).await
    }

    async fn tend_windows(&self, windows: &Windows) -> Result<Tended, Error> {
        windows::tend(&self.control, windows).await
    }

    async fn violations(&self, limit: u32) -> Result<Vec<Violation>, Error> {
        invariants::violations(&self.control, limit).await
    }

    async fn recent_violations(&self, within: Duration, limit: u32) -> Result<Vec<Violation>, Error> {
        invariants::recent_violations(&self.control, within, limit).await
    }

    async fn repair(&self, violations: &[Violation]) -> Result<u64, Error> {
        invariants::repair(&self.control, violations).await
    }

    async fn backlog(&self) -> Result<Backlog, Error> {
        invariants::backlog(&self.control).await
    }
}
