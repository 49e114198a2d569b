use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use tokio::sync::Notify;

/// How many more executions may run here. Taking never waits, so the count may go below zero; new hints are taken while it is above.
pub(crate) struct Slots {
    free: AtomicI64,
    freed: Notify,
}

/// A place for some executions, given back when dropped.
pub(crate) struct Seats {
    slots: Arc<Slots>,
    count: i64,
}

impl Slots {
    pub(crate) fn new(count: u32) -> Arc<Self> {
        Arc::new(Self { free: AtomicI64::new(i64::from(count)), freed: Notify::new() })
    }

    pub(crate) fn take(self: &Arc<Self>, count: usize) -> Seats {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.free.fetch_sub(count, Ordering::AcqRel);
        Seats { slots: Arc::clone(self), count }
    }

    /// Waits until at least one is free; how many are. For one waiter at a time.
    pub(crate) async fn free(&self) -> usize {
        loop {
            match usize::try_from(self.count()) {
                Ok(free) if free > 0 => return free,
                _ => self.freed.notified().await,
            }
        }
    }

    /// How many are free; below zero when more run than were meant to.
    pub(crate) fn count(&self) -> i64 {
        self.free.load(Ordering::Acquire)
    }

    fn give(&self, count: i64) {
        if count > 0 && self.free.fetch_add(count, Ordering::AcqRel) + count > 0 {
            self.freed.notify_one();
        }
    }
}

impl Seats {
    /// Splits one off, for an execution that goes on by itself.
    pub(crate) fn split(&mut self) -> Self {
        self.count -= 1;
        Self { slots: Arc::clone(&self.slots), count: 1 }
    }

    /// Gives back all but `count`.
    pub(crate) fn shrink(&mut self, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX).min(self.count);
        self.slots.give(self.count - count);
        self.count = count;
    }
}

impl Drop for Seats {
    fn drop(&mut self) {
        self.slots.give(self.count);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn taking_more_than_there_are_delays_the_next_hint_until_enough_are_back() {
        let slots = Slots::new(2);
        let mut three = slots.take(3);
        assert!(slots.free().now_or_never().is_none());
        let one = three.split();
        three.shrink(1);
        assert!(slots.free().now_or_never().is_none());
        drop(one);
        assert_eq!(slots.free().await, 1);
        drop(three);
        assert_eq!(slots.free().await, 2);
    }
}
