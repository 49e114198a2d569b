//! Everything at once.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures_util::future::{join, join_all, join3};
use thaiyyal_model::{ExecutionId, ExecutionStatus, Seq, SignalSeq, WorkerId};

use crate::{
    conformance::{
        Fixture,
        fixture::{
            Tenant,
            running::{finish, lease, release, segment, suspend},
        },
    },
    dispatch::{Append, Claimed, Finish, Lease, Release, Segment, Suspend, Target, Written},
    tenant::Cancel,
    windows::Windows,
};

const EXECUTIONS: usize = 120;

/// Workers that end, wait, hand back or die, schedulers, and people who cancel or send signals, all on the same executions in a random
/// order.
pub async fn actors_that_meet_at_random_leave_every_execution_with_one_end(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let batch: Vec<_> = (0..EXECUTIONS).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    for part in batch.chunks(16) {
        fixture.accept(part).await;
    }
    let seed = fixture.now().as_microsecond().unsigned_abs();
    println!("seed {seed}");
    let storm = Storm {
        fixture: &fixture,
        tenant: &tenant,
        executions: batch.iter().map(|new| new.id).collect(),
        random: RefCell::new(seed | 1),
        ends: RefCell::default(),
        written: RefCell::default(),
        abandoned: RefCell::default(),
        taken: RefCell::default(),
    };
    join3(join_all((0..4).map(|_| storm.work())), storm.schedule(), storm.cancel()).await;

    let (ends, mut written) = (storm.ends.take(), storm.written.take());
    assert_eq!(ends.len(), EXECUTIONS);
    for (execution, statuses) in &ends {
        let found = fixture.find(&tenant, *execution).await.summary;
        assert_eq!(statuses.as_slice(), [found.status], "{execution}");
        // Each owner went on where the one before it had stopped, and nothing that was told to be written is missing.
        let mut segments = written.remove(execution).unwrap_or_default();
        segments.sort_by_key(|segment| segment.first);
        assert_eq!(fixture.journal(&tenant, *execution).await, segments, "{execution}");
    }
    assert_eq!(fixture.storage.dispatch.violations(10).await.unwrap(), []);
    let backlog = fixture.storage.dispatch.backlog().await.unwrap();
    assert_eq!((backlog.ready, backlog.leased), (0, 0));
}

struct Storm<'a> {
    fixture: &'a Fixture,
    tenant: &'a Tenant,
    executions: Vec<ExecutionId>,
    random: RefCell<u64>,
    /// What each execution was told to have ended as, by whoever was told so.
    ends: RefCell<HashMap<ExecutionId, Vec<ExecutionStatus>>>,
    /// The segments that were told to be written.
    written: RefCell<HashMap<ExecutionId, Vec<Segment>>>,
    /// Whose worker died once; a second death would make it wait for its back-off.
    abandoned: RefCell<Vec<ExecutionId>>,
    /// The signals that were told to be taken.
    taken: RefCell<HashSet<SignalSeq>>,
}

impl Storm<'_> {
    fn is_over(&self) -> bool {
        self.ends.borrow().len() == EXECUTIONS
    }

    fn ended(&self, execution: ExecutionId, status: ExecutionStatus) {
        self.ends.borrow_mut().entry(execution).or_default().push(status);
    }

    /// The next random number below `limit` (xorshift).
    fn below(&self, limit: usize) -> usize {
        let mut x = self.random.borrow_mut();
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        usize::try_from(*x % limit as u64).unwrap()
    }

    fn some(&self, count: usize) -> Vec<ExecutionId> {
        (0..count).map(|_| self.executions[self.below(EXECUTIONS)]).collect()
    }

    async fn work(&self) {
        let mut worker = self.fixture.worker().await;
        while !self.is_over() {
            let claimed = self.fixture.claims(worker, &self.some(12)).await;
            let dies = claimed.iter().all(|claimed| !self.abandoned.borrow().contains(&claimed.execution)) && self.below(8) == 0;
            if dies {
                self.abandoned.borrow_mut().extend(claimed.iter().map(|claimed| claimed.execution));
                self.fixture.storage.dispatch.retire(worker).await.unwrap();
                worker = self.fixture.worker().await;
            } else {
                self.slice(worker, claimed).await;
            }
        }
    }

    /// Does something with each claimed execution, in one batch of each kind.
    async fn slice(&self, worker: WorkerId, claimed: Vec<Claimed>) {
        let dispatch = &self.fixture.storage.dispatch;
        let leases: Vec<Lease> = claimed.iter().map(lease).collect();
        self.fixture.beat(worker, &leases).await;
        let (mut ends, mut waits, mut returns, mut appends) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for claimed in &claimed {
            let next = claimed.journal.last().map_or(Seq(1), |segment| segment.last.next()).0;
            let lease = lease(claimed);
            let record = |first| Segment { bytes: format!("{first} under {}", lease.epoch).into_bytes(), ..segment(first, 1) };
            let wake_at = self.fixture.now() - Duration::from_secs(1);
            match self.below(6) {
                _ if claimed.cancel_requested => ends.push(self.cancelled(lease)),
                0 | 1 => waits.push(Suspend { segment: Some(record(next)), seen: claimed.inbox.seen, ..suspend(lease, Some(wake_at)) }),
                2 => returns.push(Release { segment: Some(record(next)), ..release(lease) }),
                3 => {
                    let taken = claimed.inbox.signals.iter().map(|signal| signal.seq).collect();
                    appends.push(Append { lease, segment: record(next), taken });
                    returns.push(Release { segment: Some(record(next + 1)), ..release(lease) });
                }
                _ => ends.push(Finish { segment: Some(record(next)), ..finish(lease, self.fixture.now()) }),
            }
        }
        for (append, told) in appends.iter().zip(dispatch.append(&appends).await.unwrap()) {
            self.note(append.lease, Some(&append.segment), told);
            if told == Written::Yes {
                for signal in &append.taken {
                    assert!(self.taken.borrow_mut().insert(*signal), "signal {signal} was taken twice");
                }
            }
        }
        let (waiting, returned) = join(dispatch.suspend(&waits), dispatch.release(&returns)).await;
        for (back, told) in returns.iter().zip(returned.unwrap().0) {
            self.note(back.lease, back.segment.as_ref(), told);
        }
        for (wait, told) in waits.iter().zip(waiting.unwrap()) {
            self.note(wait.lease, wait.segment.as_ref(), told);
            match told {
                Written::CancelRequested => ends.push(self.cancelled(wait.lease)),
                // It wakes to a signal, and that was all it had to do.
                Written::Signalled => ends.push(finish(wait.lease, self.fixture.now())),
                Written::Yes | Written::Fenced => {}
            }
        }
        for (end, told) in ends.iter().zip(dispatch.finish(&ends).await.unwrap()) {
            self.note(end.lease, end.segment.as_ref(), told);
            if told == Written::Yes {
                self.ended(end.lease.execution, end.status);
            }
        }
    }

    fn note(&self, lease: Lease, segment: Option<&Segment>, told: Written) {
        if told != Written::Fenced {
            self.written.borrow_mut().entry(lease.execution).or_default().extend(segment.cloned());
        }
    }

    fn cancelled(&self, lease: Lease) -> Finish {
        Finish { status: ExecutionStatus::Cancelled, output: None, ..finish(lease, self.fixture.now()) }
    }

    async fn schedule(&self) {
        let dispatch = &self.fixture.storage.dispatch;
        while !self.is_over() {
            let (woken, more) = join(dispatch.wake_due(7), dispatch.wake_due(50)).await;
            woken.unwrap().extend(more.unwrap());
            let (one, other) = join(dispatch.deliver(3), dispatch.deliver(50)).await;
            assert!(one.unwrap().signals <= 3 && other.unwrap().signals <= 50);
            // Only workers that said goodbye are silent for so long.
            let (one, other) = join(dispatch.reap(Duration::from_hours(1), 5, 5), dispatch.reap(Duration::from_hours(1), 5, 50)).await;
            assert!(one.unwrap().failed.is_empty() && other.unwrap().failed.is_empty());
            dispatch.sweep(Duration::ZERO, 20).await.unwrap();
            let windows = Windows { width: 5, turn: 20 };
            let (one, other) = join(dispatch.tend_windows(&windows), dispatch.tend_windows(&windows)).await;
            assert!(one.unwrap().closed.is_some() || other.unwrap().closed.is_some());
            let hints = dispatch.unpublished(Duration::ZERO, 5).await.unwrap();
            dispatch.confirm(&hints.iter().filter_map(|hint| hint.outbox).collect::<Vec<_>>()).await.unwrap();
        }
    }

    async fn cancel(&self) {
        while !self.is_over() {
            let execution = self.executions[self.below(EXECUTIONS)];
            if self.below(3) == 0 {
                self.fixture.try_post(self.tenant, execution, "any", 3).await;
                continue;
            }
            if self.below(4) > 0 {
                self.fixture.find(self.tenant, execution).await;
                continue;
            }
            let mut tx = self.fixture.storage.store.begin(&self.tenant.scope).await.unwrap();
            let answer = tx.cancel_execution(execution, self.fixture.now()).await.unwrap();
            tx.commit().await.unwrap();
            if answer == Cancel::Cancelled {
                self.ended(execution, ExecutionStatus::Cancelled);
            }
        }
    }
}
