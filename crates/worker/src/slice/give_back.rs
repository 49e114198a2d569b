//! The four ways a slice ends: the execution ended, waits, is handed back, or is somebody else's by now.

use std::sync::Arc;

use thaiyyal_engine::Outcome;
use thaiyyal_model::{ExecutionStatus, Failure, Reason, Timestamp};
use thaiyyal_store::dispatch::{Finish, Lease, Release, Suspend};

use super::{Begun, Slice, Then};
use crate::{core::Core, held::Ticket, keeping, writes::Wrote};

impl Slice {
    pub(super) async fn end(&mut self, outcome: Outcome) {
        self.drop_calls();
        let finish = self.begun.finish(outcome, self.core.clock.now());
        if self.store().await == Then::Quit {
            return;
        }
        conclude(&self.core, &self.begun.ticket, finish).await;
        self.core.meters.slice.record(self.since.elapsed());
    }

    /// Ends the execution for a reason of ours; what was computed since the last write is lost.
    pub(super) async fn fail(&mut self, failure: Failure) {
        self.drop_calls();
        let finish = failed(self.begun.ticket.lease, &failure, self.core.clock.now());
        conclude(&self.core, &self.begun.ticket, finish).await;
    }

    pub(super) async fn release(&mut self) {
        if self.begun.mail.is_owed() && self.journal().await.0 == Then::Quit {
            return;
        }
        let release = Release { lease: self.begun.ticket.lease, segment: self.segment() };
        if self.store().await == Then::Quit {
            return;
        }
        match self.core.writes.release(release).await {
            Ok(Wrote::Yes | Wrote::CancelRequested | Wrote::Signalled) => {
                self.core.meters.released.increment(1);
                self.leave();
            }
            Ok(Wrote::Refused) => self.fail(Failure::new("internal", "the execution could not be handed back")).await,
            Ok(Wrote::Fenced) | Err(_) => self.drop_quietly(),
        }
    }

    pub(super) async fn suspend(&mut self) -> Then {
        // What was taken from outside goes with the records that tell of it, and a wait takes nothing.
        // Nor does it say which children are to be stopped.
        if self.begun.mail.is_owed() || self.family.is_to_be_told() {
            let then = self.journal().await.0;
            self.let_go().await;
            return then;
        }
        let first = self.waits.iter().filter(|wait| wait.until.is_some()).min_by_key(|wait| wait.until).or_else(|| self.waits.first());
        let (reason, until) = first.map_or((Reason::Signal, None), |wait| (wait.reason, wait.until));
        self.suspend_for(reason, until).await
    }

    /// Gives the lease back for a while, with work left that finds no room here.
    pub(super) async fn put_off(&mut self) -> Then {
        if self.begun.mail.is_owed() || self.family.is_to_be_told() {
            let then = self.journal().await.0;
            self.let_go().await;
            return then;
        }
        let until = self.core.clock.now().saturating_add(self.core.settings.put_off());
        self.suspend_for(Reason::Concurrency, Some(until.unwrap_or(Timestamp::MAX))).await
    }

    async fn suspend_for(&mut self, reason: Reason, until: Option<Timestamp>) -> Then {
        let deadline = self.begun.deadline();
        let suspend = Suspend {
            lease: self.begun.ticket.lease,
            reason,
            wake_at: Some(until.map_or(deadline, |until| until.min(deadline))),
            seen: self.begun.mail.seen(),
            segment: self.segment(),
        };
        if self.store().await == Then::Quit {
            return Then::Quit;
        }
        match self.core.writes.suspend(suspend).await {
            Ok(Wrote::Yes) => {
                self.core.meters.suspended.increment(1);
                self.leave();
                Then::Quit
            }
            Ok(Wrote::CancelRequested) => {
                self.begun.ticket.cancel();
                Then::GoOn
            }
            Ok(Wrote::Signalled) => {
                self.look_into_inbox().await;
                Then::GoOn
            }
            Ok(Wrote::Refused) => {
                self.fail(Failure::new("internal", "the wait of the execution could not be recorded")).await;
                Then::Quit
            }
            Ok(Wrote::Fenced) | Err(_) => {
                self.drop_quietly();
                Then::Quit
            }
        }
    }

    /// The lease is no longer ours, which is nobody's fault and changes nothing.
    pub(super) fn drop_quietly(&mut self) {
        self.drop_calls();
        self.core.meters.fenced.increment(1);
        let Lease { execution, epoch, .. } = self.begun.ticket.lease;
        tracing::info!(execution.id = %execution, epoch = epoch.0, "Dropped execution {execution}: another claim owns it");
        self.leave();
    }

    fn drop_calls(&mut self) {
        self.cancelled.cancel();
        self.calls.clear();
    }

    fn leave(&self) {
        self.core.held.remove([&self.begun.ticket.lease]);
    }
}

/// Records the end of an execution and forgets its lease.
pub(crate) async fn conclude(core: &Core, ticket: &Arc<Ticket>, finish: Finish) {
    let (lease, status, finished_at) = (finish.lease, finish.status, finish.finished_at);
    let wrote = core.writes.finish(finish).await;
    core.deliver_end_of([&**ticket]);
    settle(core, lease, status, finished_at, wrote.ok()).await;
    core.held.remove([&ticket.lease]);
}

/// The same of an execution that ended in its first turn, once everything is stored that its end names.
pub(crate) async fn keep_and_conclude(core: &Arc<Core>, begun: Begun, finish: Finish) {
    let Begun { scope, ticket, objects, .. } = begun;
    if let Some(keeping) = &core.keeping {
        let shelf = keeping.shelf(&scope, ticket.lease.execution);
        if !keeping::store(&shelf, objects, core.may_wait(&ticket)).await {
            return;
        }
    }
    conclude(core, &ticket, finish).await;
}

/// Records the ends of many executions and forgets their leases.
pub(crate) async fn conclude_all(core: &Core, tickets: &[Arc<Ticket>], finishes: Vec<Finish>) {
    let ends: Vec<_> = finishes.iter().map(|finish| (finish.lease, finish.status, finish.finished_at)).collect();
    let wrote = core.writes.finish_all(finishes).await.ok();
    core.deliver_end_of(tickets.iter().map(|ticket| &**ticket));
    for (index, (lease, status, finished_at)) in ends.into_iter().enumerate() {
        settle(core, lease, status, finished_at, wrote.as_ref().and_then(|wrote| wrote.get(index)).copied()).await;
    }
    core.held.remove(tickets.iter().map(|ticket| &ticket.lease));
}

/// Counts an end; one that the database refused ends as a fault of ours, without the output and records it may have been refused for.
async fn settle(core: &Core, lease: Lease, status: ExecutionStatus, finished_at: Timestamp, wrote: Option<Wrote>) {
    match wrote {
        Some(Wrote::Yes | Wrote::CancelRequested | Wrote::Signalled) => core.meters.finished(status),
        Some(Wrote::Fenced) | None => core.meters.fenced.increment(1),
        Some(Wrote::Refused) => {
            let bare = failed(lease, &Failure::new("internal", "the result of the execution could not be stored"), finished_at);
            match core.writes.finish(bare).await {
                Ok(Wrote::Yes | Wrote::CancelRequested | Wrote::Signalled) => core.meters.finished(ExecutionStatus::Failed),
                Ok(Wrote::Fenced) | Err(_) => core.meters.fenced.increment(1),
                Ok(Wrote::Refused) => {
                    let execution = lease.execution;
                    tracing::error!(execution.id = %execution, "The end of execution {execution} cannot be recorded");
                }
            }
        }
    }
}

/// The end of an execution that cannot be run.
pub(crate) fn failed(lease: Lease, failure: &Failure, now: Timestamp) -> Finish {
    Finish { lease, status: ExecutionStatus::Failed, output: None, error: Some(error_json(failure)), finished_at: now, segment: None }
}

pub(super) fn error_json(failure: &Failure) -> Vec<u8> {
    serde_json::to_vec(failure).expect("failures have string keys and finite numbers")
}
