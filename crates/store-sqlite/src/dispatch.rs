//! The hot path: each batch in one transaction of the writer, row by row with prepared statements. A statement costs microseconds
//! here, so there is nothing to gain from statements over many rows.

mod accept;
mod ask;
mod backlog;
mod children;
mod claim;
mod fence;
mod finish;
mod invariant;
mod outbox;
mod overdue;
mod queue;
mod reap;
mod signals;
mod sweep;
mod wake;
mod windows;
mod workers;

pub(crate) use children::{ABANDON_CHILDREN, FORGET_CHILD, TELL_PARENT};

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
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

use crate::{error, sqlite::Sqlite, writer::Durability};

#[async_trait]
impl Dispatch for Sqlite {
    async fn accept(&self, batch: &[NewExecution]) -> Result<AcceptedBatch, Error> {
        let (batch, clock) = (batch.to_vec(), self.clock.clone());
        let accept = move |connection: &Connection| accept::accept(connection, &*clock, &batch).map_err(error::insert("execution"));
        self.writer.write(Durability::Full, accept).await
    }

    async fn abandon(&self, children: &[(TenantId, ExecutionId)]) -> Result<(), Error> {
        let children = children.to_vec();
        self.write(Durability::Full, move |connection| children::abandon(connection, &children)).await
    }

    async fn stop_abandoned(&self, limit: u32) -> Result<Stopped, Error> {
        // Mostly there is none, and looking must not take a turn of the writer.
        let unasked = self.read(move |connection| children::unasked(connection, limit)).await?;
        if unasked.is_empty() {
            return Ok(Stopped::default());
        }
        let clock = self.clock.clone();
        self.write(Durability::Full, move |connection| children::stop(connection, &*clock, &unasked)).await
    }

    async fn confirm(&self, published: &[OutboxId]) -> Result<(), Error> {
        let published = published.to_vec();
        // A confirmation that is lost repeats a hint.
        self.write(Durability::Relaxed, move |connection| outbox::confirm(connection, &published)).await
    }

    async fn unpublished(&self, older_than: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        let clock = self.clock.clone();
        self.write(Durability::Relaxed, move |connection| outbox::take(connection, clock.now(), older_than, limit)).await
    }

    async fn claim(&self, worker: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>, Error> {
        let (executions, clock) = (executions.to_vec(), self.clock.clone());
        // What the worker does under the lease becomes durable after the lease does, since it comes later in the same log; and a
        // power failure that takes the lease takes the worker too.
        self.write(Durability::Relaxed, move |connection| claim::claim(connection, clock.now(), worker, &executions)).await
    }

    async fn claim_overdue(&self, worker: WorkerId, unclaimed_for: Duration, limit: u32) -> Result<Vec<Claimed>, Error> {
        let now = self.clock.now();
        let overdue = self.read(move |connection| overdue::find(connection, now, unclaimed_for, limit)).await?;
        self.claim(worker, &overdue).await
    }

    async fn deliver(&self, limit: u32) -> Result<Delivered, Error> {
        // Mostly nothing is there, and looking must not take a turn of the writer.
        if !self.read(signals::is_any_untold).await? {
            return Ok(Delivered::default());
        }
        let clock = self.clock.clone();
        self.write(Durability::Full, move |connection| signals::deliver(connection, &*clock, limit)).await
    }

    async fn inboxes(&self, leases: &[Lease]) -> Result<Vec<Inbox>, Error> {
        let leases = leases.to_vec();
        self.read(move |connection| signals::inboxes(connection, &leases)).await
    }

    async fn ask(&self, lease: &Lease, questions: &[Question]) -> Result<Written, Error> {
        let (lease, questions, clock) = (*lease, questions.to_vec(), self.clock.clone());
        self.write(Durability::Full, move |connection| ask::ask(connection, clock.now(), &lease, &questions)).await
    }

    async fn append(&self, batch: &[Append]) -> Result<Vec<Written>, Error> {
        let batch = batch.to_vec();
        self.write(Durability::Full, move |connection| fence::append(connection, &batch)).await
    }

    async fn finish(&self, batch: &[Finish]) -> Result<Vec<Written>, Error> {
        if let Some(wrong) = batch.iter().find(|item| !item.status.is_terminal()) {
            tracing::error!(execution.id = %wrong.lease.execution, "Refused to finish an execution as {}", wrong.status);
            return Err(error::misuse("an execution can only be finished with a terminal status"));
        }
        let batch = batch.to_vec();
        self.write(Durability::Full, move |connection| finish::finish(connection, &batch)).await
    }

    async fn suspend(&self, batch: &[Suspend]) -> Result<Vec<Written>, Error> {
        let batch = batch.to_vec();
        self.write(Durability::Full, move |connection| fence::suspend(connection, &batch)).await
    }

    async fn release(&self, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>), Error> {
        let (batch, clock) = (batch.to_vec(), self.clock.clone());
        self.write(Durability::Full, move |connection| fence::release(connection, &*clock, &batch)).await
    }

    async fn heartbeat(&self, beat: &Beat) -> Result<Pulse, Error> {
        let (beat, clock) = (beat.clone(), self.clock.clone());
        self.write(Durability::Relaxed, move |connection| workers::heartbeat(connection, clock.now(), &beat)).await
    }

    async fn leases(&self, worker: WorkerId) -> Result<Vec<Lease>, Error> {
        self.read(move |connection| workers::leases(connection, worker)).await
    }

    async fn retire(&self, worker: WorkerId) -> Result<(), Error> {
        self.write(Durability::Relaxed, move |connection| workers::retire(connection, worker)).await
    }

    async fn wake_due(&self, limit: u32) -> Result<Vec<Hint>, Error> {
        let now = self.clock.now();
        // Mostly nothing is due, and looking must not take a turn of the writer.
        if !self.read(move |connection| wake::is_any_due(connection, now)).await? {
            return Ok(Vec::new());
        }
        let clock = self.clock.clone();
        self.write(Durability::Full, move |connection| wake::wake_due(connection, &*clock, limit)).await
    }

    /// The file cannot be away while workers live on, as a server can, so there is no time of grace after it was opened.
    async fn reap(&self, silent_for: Duration, max_crashes: u32, limit: u32) -> Result<Reaped, Error> {
        let now = self.clock.now();
        let orphans = self.read(move |connection| reap::orphans(connection, now, silent_for, limit)).await?;
        if orphans.is_empty() {
            return Ok(Reaped::default());
        }
        let clock = self.clock.clone();
        self.write(Durability::Full, move |connection| reap::reap(connection, &*clock, silent_for, max_crashes, &orphans)).await
    }

    async fn sweep(&self, unclaimed_for: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        let now = self.clock.now();
        let unclaimed = self.read(move |connection| sweep::unclaimed(connection, now, unclaimed_for, limit)).await?;
        if unclaimed.is_empty() {
            return Ok(Vec::new());
        }
        self.write(Durability::Relaxed, move |connection| sweep::hint_again(connection, now, unclaimed_for, &unclaimed)).await
    }

    async fn tend_windows(&self, windows: &Windows) -> Result<Tended, Error> {
        let (windows, clock, now) = (*windows, self.clock.clone(), self.clock.now());
        let standings = self.read(move |connection| windows::standings(connection, now, windows.width)).await?;
        let decision = windows.decide(&standings);
        if decision.is_idle() {
            return Ok(Tended { closed: Some(decision.closed), hints: Vec::new() });
        }
        // Another turn may have been taken since: what is carried out is decided where nobody else writes.
        let turn = move |connection: &Connection| {
            let standings = windows::standings(connection, now, windows.width)?;
            windows::carry_out(connection, &*clock, &windows.decide(&standings))
        };
        self.write(Durability::Relaxed, turn).await
    }

    async fn violations(&self, limit: u32) -> Result<Vec<Violation>, Error> {
        self.read(move |connection| invariant::violations(connection, limit)).await
    }

    /// An index holds the unfinished ones, so there is nothing to leave out.
    async fn recent_violations(&self, _within: Duration, limit: u32) -> Result<Vec<Violation>, Error> {
        self.violations(limit).await
    }

    async fn repair(&self, violations: &[Violation]) -> Result<u64, Error> {
        let (violations, clock) = (violations.to_vec(), self.clock.clone());
        self.write(Durability::Full, move |connection| invariant::repair(connection, clock.now(), &violations)).await
    }

    async fn backlog(&self) -> Result<Backlog, Error> {
        let now = self.clock.now();
        self.read(move |connection| backlog::backlog(connection, now)).await
    }
}
