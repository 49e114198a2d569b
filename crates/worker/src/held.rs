use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicI64, AtomicU8, Ordering},
    },
};

use thaiyyal_model::{Epoch, ExecutionId, TenantId};
use thaiyyal_store::dispatch::Lease;
use tokio::sync::Notify;

/// What this worker holds leases on, as far as its memory goes.
#[derive(Default)]
pub(crate) struct Held {
    entries: Mutex<HashMap<ExecutionId, Entry>>,
}

/// A lease as the list knows it. The ticket belongs to the task that works under the lease and goes with it, however that task ends:
/// so a task that was lost does not hide behind this list.
struct Entry {
    lease: Lease,
    ticket: Weak<Ticket>,
}

/// One lease, and what its slice has to be told.
pub(crate) struct Ticket {
    pub(crate) lease: Lease,
    /// Whether another execution started it, so that its end may be waited for.
    pub(crate) is_child: bool,
    orders: AtomicU8,
    /// Up to which count of signals the slice has looked, while it would take one; else [`DEAF`].
    listening: AtomicI64,
    /// Rung with every new order; the slice is the only one that listens.
    ordered: Notify,
}

/// Someone wants the execution stopped.
const CANCEL: u8 = 1;
/// The lease is gone.
const LOST: u8 = 2;
/// There may be signals.
const SIGNALLED: u8 = 4;
/// No signal would change anything.
const DEAF: i64 = -1;

impl Ticket {
    pub(crate) fn new(lease: Lease, is_child: bool, cancel_requested: bool) -> Arc<Self> {
        Arc::new(Self {
            lease,
            is_child,
            orders: AtomicU8::new(if cancel_requested { CANCEL } else { 0 }),
            listening: AtomicI64::new(DEAF),
            ordered: Notify::new(),
        })
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.orders.load(Ordering::Acquire) & CANCEL != 0
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.orders.load(Ordering::Acquire) & LOST != 0
    }

    pub(crate) fn cancel(&self) {
        self.order(CANCEL);
    }

    /// Whether signals came since this was asked last.
    pub(crate) fn take_signalled(&self) -> bool {
        self.orders.fetch_and(!SIGNALLED, Ordering::AcqRel) & SIGNALLED != 0
    }

    /// Says up to which count of signals the slice has looked, if it would take one now.
    pub(crate) fn listen(&self, seen: Option<i64>) {
        self.listening.store(seen.unwrap_or(DEAF), Ordering::Release);
    }

    /// Waits for the next order; one that came before counts.
    pub(crate) async fn ordered(&self) {
        self.ordered.notified().await;
    }

    fn order(&self, order: u8) {
        if self.orders.fetch_or(order, Ordering::AcqRel) & order == 0 {
            self.ordered.notify_one();
        }
    }
}

impl Held {
    /// Adds leases that were just claimed. A lease on the same execution from before can only be an older one, so it is gone.
    pub(crate) fn add(&self, tickets: &[Arc<Ticket>]) {
        let mut held = self.entries();
        for ticket in tickets {
            let entry = Entry { lease: ticket.lease, ticket: Arc::downgrade(ticket) };
            if let Some(older) = held.insert(ticket.lease.execution, entry) {
                older.order(LOST);
            }
        }
    }

    /// Forgets leases that were given back or lost.
    pub(crate) fn remove<'a>(&self, leases: impl IntoIterator<Item = &'a Lease>) {
        let mut held = self.entries();
        for lease in leases {
            if held.get(&lease.execution).is_some_and(|entry| entry.lease.epoch == lease.epoch) {
                held.remove(&lease.execution);
            }
        }
    }

    /// Passes a wish to stop an execution on to its slice, if it runs here.
    pub(crate) fn cancel(&self, execution: ExecutionId) {
        if let Some(entry) = self.entries().get(&execution) {
            entry.order(CANCEL);
        }
    }

    /// As [`cancel`](Self::cancel), for wishes that name the tenant.
    pub(crate) fn cancel_of(&self, tenant: TenantId, execution: ExecutionId) {
        if let Some(entry) = self.entries().get(&execution).filter(|entry| entry.lease.tenant == tenant) {
            entry.order(CANCEL);
        }
    }

    /// Passes on that there are signals.
    pub(crate) fn signal(&self, execution: ExecutionId) {
        if let Some(entry) = self.entries().get(&execution) {
            entry.order(SIGNALLED);
        }
    }

    /// As [`signal`](Self::signal), for news that name the tenant.
    pub(crate) fn signal_of(&self, tenant: TenantId, execution: ExecutionId) {
        if let Some(entry) = self.entries().get(&execution).filter(|entry| entry.lease.tenant == tenant) {
            entry.order(SIGNALLED);
        }
    }

    /// Whose slices would take a signal now, and up to which count each has looked.
    pub(crate) fn listening(&self) -> Vec<(TenantId, ExecutionId, i64)> {
        let held = self.entries();
        let listening = held.values().filter_map(|entry| {
            let seen = entry.ticket.upgrade()?.listening.load(Ordering::Acquire);
            (seen != DEAF).then_some((entry.lease.tenant, entry.lease.execution, seen))
        });
        listening.collect()
    }

    /// Stops work under leases the database no longer knows; `asked` is what it was asked about, for it may be newer here by now.
    pub(crate) fn lose(&self, executions: &[ExecutionId], asked: &[(ExecutionId, Epoch)]) {
        let asked: HashMap<_, _> = asked.iter().copied().collect();
        let mut held = self.entries();
        for execution in executions {
            if held.get(execution).is_some_and(|entry| asked.get(execution) == Some(&entry.lease.epoch)) {
                held.remove(execution).iter().for_each(|entry| entry.order(LOST));
            }
        }
    }

    /// Stops all work.
    pub(crate) fn lose_all(&self) -> usize {
        let lost: Vec<_> = self.entries().drain().map(|(_, entry)| entry).collect();
        lost.iter().for_each(|entry| entry.order(LOST));
        lost.len()
    }

    /// Whether somebody works under this very lease.
    pub(crate) fn is_worked_on(&self, lease: &Lease) -> bool {
        self.entries().get(&lease.execution).is_some_and(|entry| entry.lease.epoch == lease.epoch && entry.is_alive())
    }

    /// The leases somebody works under.
    pub(crate) fn worked_on(&self) -> Vec<(ExecutionId, Epoch)> {
        self.entries().values().filter(|entry| entry.is_alive()).map(|entry| (entry.lease.execution, entry.lease.epoch)).collect()
    }

    /// Every lease that was not given back, also those whose task is gone.
    pub(crate) fn all(&self) -> Vec<Lease> {
        self.entries().values().map(|entry| entry.lease).collect()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<ExecutionId, Entry>> {
        self.entries.lock().expect("no holder of this lock can panic")
    }
}

impl Entry {
    fn is_alive(&self) -> bool {
        self.ticket.strong_count() > 0
    }

    fn order(&self, order: u8) {
        if let Some(ticket) = self.ticket.upgrade() {
            ticket.order(order);
        }
    }
}

#[cfg(test)]
mod tests {
    use thaiyyal_model::SystemClock;

    use super::*;

    fn ticket(execution: ExecutionId, epoch: i64) -> Arc<Ticket> {
        Ticket::new(Lease { tenant: TenantId::mint(&SystemClock), execution, epoch: Epoch(epoch) }, false, false)
    }

    #[test]
    fn a_newer_lease_ends_the_older_one_and_outlives_its_removal() {
        let held = Held::default();
        let execution = ExecutionId::mint(&SystemClock);
        let (older, newer) = (ticket(execution, 1), ticket(execution, 2));
        held.add(&[Arc::clone(&older)]);
        held.add(&[Arc::clone(&newer)]);
        assert!(older.is_lost() && !newer.is_lost());
        held.remove([&older.lease]);
        assert!(held.is_worked_on(&newer.lease));
    }

    #[test]
    fn an_answer_about_an_older_lease_does_not_end_a_newer_one() {
        let held = Held::default();
        let execution = ExecutionId::mint(&SystemClock);
        let newer = ticket(execution, 2);
        held.add(&[Arc::clone(&newer)]);
        held.lose(&[execution], &[(execution, Epoch(1))]);
        assert!(!newer.is_lost());
        held.lose(&[execution], &[(execution, Epoch(2))]);
        assert!(newer.is_lost() && held.all().is_empty());
    }

    #[test]
    fn a_task_that_is_gone_works_on_nothing_though_its_lease_was_not_given_back() {
        let held = Held::default();
        let ticket = ticket(ExecutionId::mint(&SystemClock), 1);
        let lease = ticket.lease;
        held.add(&[Arc::clone(&ticket)]);
        assert!(held.is_worked_on(&lease));
        drop(ticket);
        assert!(!held.is_worked_on(&lease) && held.worked_on().is_empty());
        assert_eq!(held.all(), [lease]);
    }

    #[tokio::test]
    async fn an_order_given_before_anyone_listens_is_heard() {
        let ticket = ticket(ExecutionId::mint(&SystemClock), 1);
        ticket.cancel();
        ticket.ordered().await;
        assert!(ticket.is_cancelled());
    }
}
