//! How much memory the bodies of requests take together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::metrics;
use crate::problem::{Code, Problem};

/// A body up to this size is taken whatever else is going on.
pub(crate) const SMALL: usize = 16 << 10;

/// When a client whose body found no room may try again.
const RETRY_AFTER_MS: u64 = 1_000;

/// The bytes that large bodies may take together. Nobody waits for room: whoever waits holds a connection and what it has sent so far.
pub(crate) struct Room {
    free: Arc<Semaphore>,
    all: u32,
}

/// A body's part of the room, given back when it is dropped. A small body has none.
#[derive(Default)]
pub(crate) struct Share(Option<OwnedSemaphorePermit>);

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        let all = u32::try_from(bytes).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(all as usize)), all }
    }

    /// Room for a body of this many bytes. One that is larger than all the room there is takes all of it.
    pub(crate) fn take(&self, bytes: usize) -> Result<Share, Problem> {
        if bytes <= SMALL {
            return Ok(Share(None));
        }
        let wanted = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.all);
        match Arc::clone(&self.free).try_acquire_many_owned(wanted) {
            Ok(permit) => Ok(Share(Some(permit))),
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => {
                metrics::body_without_room();
                Err(Problem::new(Code::Overloaded, "too many large bodies are being worked on; nothing was done")
                    .retry_after(RETRY_AFTER_MS))
            }
        }
    }
}

impl Share {
    pub(crate) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Gives back what a body that turned out to have this many bytes does not need.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let Some(permit) = &mut self.0 else { return };
        let excess = permit.num_permits().saturating_sub(bytes);
        drop(permit.split(excess));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_the_room_and_small_ones_need_none() {
        let room = Room::new(100_000);
        let first = room.take(60_000).unwrap();
        assert_eq!(room.take(60_000).err().map(|problem| problem.code()), Some(Code::Overloaded));
        assert!(room.take(SMALL).is_ok_and(|share| share.is_none()));
        let second = room.take(40_000).unwrap();
        drop(first);
        assert!(room.take(60_000).is_ok());
        drop(second);
        assert!(room.take(100_000).is_ok());
    }

    #[test]
    fn what_is_not_needed_is_given_back() {
        let room = Room::new(100_000);
        let mut share = room.take(90_000).unwrap();
        share.shrink(20_000);
        let rest = room.take(80_000).unwrap();
        drop((share, rest));
        assert!(room.take(100_000).is_ok());
    }

    #[test]
    fn a_body_larger_than_the_room_goes_alone() {
        let room = Room::new(50_000);
        let share = room.take(1 << 20).unwrap();
        assert!(room.take(20_000).is_err());
        drop(share);
        assert!(room.take(20_000).is_ok());
    }
}
