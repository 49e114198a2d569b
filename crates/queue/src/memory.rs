mod consumer;
mod shelf;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use thaiyyal_model::{Hint, Priority};
use tokio::sync::Notify;

use crate::{Cause, Error, Queue};
use consumer::MemoryConsumer;
use shelf::Shelf;

/// The queue of a single process: as the cluster's, but nothing outlives the process (the sweeper repeats what was lost).
#[derive(Debug, Clone)]
pub struct MemoryQueue {
    shared: Arc<Shared>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Shared {
    shelf: Mutex<Shelf>,
    /// Rung once per message that became available, and for every consumer when the queue closes.
    arrived: Notify,
}

impl Shared {
    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().expect("no holder of this lock can panic")
    }
}

impl MemoryQueue {
    /// Holds at most `capacity` waiting messages; publishing more is refused as unavailable.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { shared: Arc::default(), capacity }
    }

    /// Ends every consumer; what waits is forgotten.
    pub fn close(&self) {
        self.shared.shelf().close();
        self.shared.arrived.notify_waiters();
        self.shared.arrived.notify_one();
    }
}

/// Room for 65,536 messages.
impl Default for MemoryQueue {
    fn default() -> Self {
        Self::new(1 << 16)
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn publish(&self, hints: &[Hint]) -> Vec<Result<(), Error>> {
        let mut shelf = self.shared.shelf();
        let answers = hints
            .iter()
            .map(|hint| {
                if shelf.is_closed() {
                    return Err(Cause::Closed.into());
                }
                if shelf.len() >= self.capacity {
                    return Err(Cause::Full.into());
                }
                shelf.put(Hint { outbox: None, ..hint.clone() });
                self.shared.arrived.notify_one();
                Ok(())
            })
            .collect();
        drop(shelf);
        answers
    }

    async fn consume(&self, prefetch: u16) -> Result<Box<dyn crate::Consumer>, Error> {
        if self.shared.shelf().is_closed() {
            return Err(Cause::Closed.into());
        }
        Ok(Box::new(MemoryConsumer::new(self.shared.clone(), prefetch)))
    }

    async fn ping(&self) -> Result<(), Error> {
        if self.shared.shelf().is_closed() { Err(Cause::Closed.into()) } else { Ok(()) }
    }

    async fn depth(&self) -> Result<Vec<(Priority, u64)>, Error> {
        Ok(self.shared.shelf().depth())
    }
}
