//! A [`Dispatch`] that counts what is asked of it and can be made to fail.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

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
use tokio::sync::Notify;

/// Stands between workers and the store.
pub(crate) struct Spy {
    inner: Arc<dyn Dispatch>,
    state: Mutex<State>,
    called: Notify,
}

#[derive(Default)]
struct State {
    calls: HashMap<&'static str, usize>,
    faults: HashMap<&'static str, Fault>,
}

/// What is to go wrong with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The database is away, for so many calls.
    Away(u32),
    /// The work is done but the answer is lost, for so many calls.
    AnswerLost(u32),
    /// No batch with this execution is taken.
    Refuses(ExecutionId),
}

enum Verdict {
    Pass,
    Away,
    AnswerLost,
}

impl Spy {
    pub(crate) fn new(inner: Arc<dyn Dispatch>) -> Self {
        Self { inner, state: Mutex::default(), called: Notify::new() }
    }

    /// Makes a method fail.
    pub(crate) fn set(&self, method: &'static str, fault: Fault) {
        self.state.lock().unwrap().faults.insert(method, fault);
    }

    /// Makes a method work again.
    pub(crate) fn mend(&self, method: &'static str) {
        self.state.lock().unwrap().faults.remove(method);
    }

    /// How often a method was called.
    pub(crate) fn count(&self, method: &'static str) -> usize {
        self.state.lock().unwrap().calls.get(method).copied().unwrap_or(0)
    }

    /// Waits for the next call of any method; heartbeats come often.
    pub(crate) async fn called(&self) {
        drop(tokio::time::timeout(Duration::from_millis(20), self.called.notified()).await);
    }

    fn judge(&self, method: &'static str, executions: impl IntoIterator<Item = ExecutionId>) -> Result<bool, Error> {
        let verdict = {
            let mut state = self.state.lock().unwrap();
            *state.calls.entry(method).or_default() += 1;
            match state.faults.get_mut(method) {
                Some(Fault::Away(left)) if *left > 0 => {
                    *left -= 1;
                    Verdict::Away
                }
                Some(Fault::AnswerLost(left)) if *left > 0 => {
                    *left -= 1;
                    Verdict::AnswerLost
                }
                Some(Fault::Refuses(bad)) if executions.into_iter().any(|execution| execution == *bad) => {
                    return Err(Error::Internal("the test wants it so".into()));
                }
                Some(_) | None => Verdict::Pass,
            }
        };
        self.called.notify_waiters();
        match verdict {
            Verdict::Pass => Ok(false),
            Verdict::AnswerLost => Ok(true),
            Verdict::Away => Err(Error::Unavailable("the test wants it so".into())),
        }
    }
}

fn lose<T>(answer: T, is_lost: bool) -> Result<T, Error> {
    if is_lost { Err(Error::Unknown("the test wants it so".into())) } else { Ok(answer) }
}

#[async_trait]
impl Dispatch for Spy {
    async fn accept(&self, batch: &[NewExecution]) -> Result<AcceptedBatch, Error> {
        let is_lost = self.judge("accept", batch.iter().map(|new| new.id))?;
        lose(self.inner.accept(batch).await?, is_lost)
    }

    async fn abandon(&self, children: &[(TenantId, ExecutionId)]) -> Result<(), Error> {
        self.judge("abandon", children.iter().map(|(_, execution)| *execution))?;
        self.inner.abandon(children).await
    }

    async fn stop_abandoned(&self, limit: u32) -> Result<Stopped, Error> {
        self.judge("stop_abandoned", [])?;
        self.inner.stop_abandoned(limit).await
    }

    async fn confirm(&self, published: &[OutboxId]) -> Result<(), Error> {
        self.judge("confirm", [])?;
        self.inner.confirm(published).await
    }

    async fn unpublished(&self, older_than: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        self.judge("unpublished", [])?;
        self.inner.unpublished(older_than, limit).await
    }

    async fn claim(&self, worker: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>, Error> {
        let is_lost = self.judge("claim", executions.iter().copied())?;
        lose(self.inner.claim(worker, executions).await?, is_lost)
    }

    async fn claim_overdue(&self, worker: WorkerId, unclaimed_for: Duration, limit: u32) -> Result<Vec<Claimed>, Error> {
        let is_lost = self.judge("claim_overdue", [])?;
        lose(self.inner.claim_overdue(worker, unclaimed_for, limit).await?, is_lost)
    }

    async fn deliver(&self, limit: u32) -> Result<Delivered, Error> {
        self.judge("deliver", [])?;
        self.inner.deliver(limit).await
    }

    async fn inboxes(&self, leases: &[Lease]) -> Result<Vec<Inbox>, Error> {
        self.judge("inboxes", leases.iter().map(|lease| lease.execution))?;
        self.inner.inboxes(leases).await
    }

    async fn ask(&self, lease: &Lease, questions: &[Question]) -> Result<Written, Error> {
        self.judge("ask", [lease.execution])?;
        self.inner.ask(lease, questions).await
    }

    async fn append(&self, batch: &[Append]) -> Result<Vec<Written>, Error> {
        let is_lost = self.judge("append", batch.iter().map(|item| item.lease.execution))?;
        lose(self.inner.append(batch).await?, is_lost)
    }

    async fn finish(&self, batch: &[Finish]) -> Result<Vec<Written>, Error> {
        let is_lost = self.judge("finish", batch.iter().filter(|item| item.segment.is_some()).map(|item| item.lease.execution))?;
        lose(self.inner.finish(batch).await?, is_lost)
    }

    async fn suspend(&self, batch: &[Suspend]) -> Result<Vec<Written>, Error> {
        let is_lost = self.judge("suspend", batch.iter().map(|item| item.lease.execution))?;
        lose(self.inner.suspend(batch).await?, is_lost)
    }

    async fn release(&self, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>), Error> {
        let is_lost = self.judge("release", batch.iter().map(|item| item.lease.execution))?;
        lose(self.inner.release(batch).await?, is_lost)
    }

    async fn heartbeat(&self, beat: &Beat) -> Result<Pulse, Error> {
        self.judge("heartbeat", [])?;
        self.inner.heartbeat(beat).await
    }

    async fn leases(&self, worker: WorkerId) -> Result<Vec<Lease>, Error> {
        self.judge("leases", [])?;
        self.inner.leases(worker).await
    }

    async fn retire(&self, worker: WorkerId) -> Result<(), Error> {
        self.judge("retire", [])?;
        self.inner.retire(worker).await
    }

    async fn wake_due(&self, limit: u32) -> Result<Vec<Hint>, Error> {
        self.judge("wake_due", [])?;
        self.inner.wake_due(limit).await
    }

    async fn reap(&self, silent_for: Duration, max_crashes: u32, limit: u32) -> Result<Reaped, Error> {
        self.judge("reap", [])?;
        self.inner.reap(silent_for, max_crashes, limit).await
    }

    async fn sweep(&self, unclaimed_for: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        self.judge("sweep", [])?;
        self.inner.sweep(unclaimed_for, limit).await
    }

    async fn tend_windows(&self, windows: &Windows) -> Result<Tended, Error> {
        self.judge("tend_windows", [])?;
        self.inner.tend_windows(windows).await
    }

    async fn recent_violations(&self, within: Duration, limit: u32) -> Result<Vec<Violation>, Error> {
        self.inner.recent_violations(within, limit).await
    }

    async fn violations(&self, limit: u32) -> Result<Vec<Violation>, Error> {
        self.inner.violations(limit).await
    }

    async fn repair(&self, violations: &[Violation]) -> Result<u64, Error> {
        self.inner.repair(violations).await
    }

    async fn backlog(&self) -> Result<Backlog, Error> {
        self.inner.backlog().await
    }
}
