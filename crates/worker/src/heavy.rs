use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for executions that hold much memory. The others never ask for it, so they go on whatever these do.
pub(crate) struct Heavy {
    /// What holds more bytes than this is heavy.
    bytes: u64,
    going_on: Arc<Semaphore>,
    waiting: AtomicU32,
    may_wait: u32,
}

/// What somebody heavy found.
pub(crate) enum Room {
    /// It may go on.
    Now(OwnedSemaphorePermit),
    /// It may wait for its turn.
    Soon,
    /// Too many wait already.
    Later,
}

impl Heavy {
    pub(crate) fn new(bytes: u64, slots: u32) -> Self {
        let slots = slots.max(1);
        Self { bytes, going_on: Arc::new(Semaphore::new(slots as usize)), waiting: AtomicU32::new(0), may_wait: slots }
    }

    pub(crate) fn is_heavy(&self, bytes: u64) -> bool {
        bytes > self.bytes
    }

    pub(crate) fn room(&self) -> Room {
        match Arc::clone(&self.going_on).try_acquire_owned() {
            Ok(place) => Room::Now(place),
            Err(_) if self.waiting.load(Ordering::Relaxed) < self.may_wait => Room::Soon,
            Err(_) => Room::Later,
        }
    }

    /// Waits for a turn; first come, first served.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let _waiting = Waiting::among(&self.waiting);
        Arc::clone(&self.going_on).acquire_owned().await.ok()
    }
}

/// One that waits, for as long as this lives.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn as_many_wait_as_may_go_on_and_the_others_come_again() {
        let heavy = Heavy::new(10, 1);
        assert!(heavy.is_heavy(11) && !heavy.is_heavy(10));
        let Room::Now(place) = heavy.room() else { panic!("there is room") };
        assert!(matches!(heavy.room(), Room::Soon));
        let mut second = Box::pin(heavy.turn());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(matches!(heavy.room(), Room::Later));
        drop(place);
        let place = second.as_mut().now_or_never().flatten();
        assert!(place.is_some());
        drop(second);
        assert!(matches!(heavy.room(), Room::Soon), "whoever came first has it");
        drop(place);
        assert!(matches!(heavy.room(), Room::Now(_)));
    }
}
