use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use async_trait::async_trait;
use thaiyyal_model::Hint;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Shared;
use crate::{Ack, Acknowledge, Consumer, Delivery};

/// A subscription to a [`super::MemoryQueue`].
pub(super) struct MemoryConsumer {
    out: Arc<Out>,
    room: Arc<Semaphore>,
    next_tag: u64,
}

/// What a consumer was given and has not acknowledged.
struct Out {
    shared: Arc<Shared>,
    unacknowledged: Mutex<BTreeMap<u64, Hint>>,
}

impl MemoryConsumer {
    pub(super) fn new(shared: Arc<Shared>, prefetch: u16) -> Self {
        let out = Out { shared, unacknowledged: Mutex::default() };
        Self { out: Arc::new(out), room: Arc::new(Semaphore::new(usize::from(prefetch.max(1)))), next_tag: 0 }
    }
}

#[async_trait]
impl Consumer for MemoryConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        let permit = self.room.clone().acquire_owned().await.ok()?;
        let waiting = loop {
            let arrived = self.out.shared.arrived.notified();
            {
                let mut shelf = self.out.shared.shelf();
                if let Some(waiting) = shelf.take() {
                    // One ring may stand for several messages: pass it on.
                    if shelf.len() > 0 {
                        self.out.shared.arrived.notify_one();
                    }
                    break waiting;
                }
                if shelf.is_closed() {
                    self.out.shared.arrived.notify_one();
                    return None;
                }
            }
            arrived.await;
        };
        let tag = self.next_tag;
        self.next_tag += 1;
        self.out.hold(tag, waiting.hint.clone());
        let ack = Ack(Box::new(MemoryAck { out: Arc::downgrade(&self.out), tag, _permit: permit }));
        Some(Delivery { hint: waiting.hint, redelivered: waiting.redelivered, ack })
    }
}

impl Drop for MemoryConsumer {
    fn drop(&mut self) {
        let held = std::mem::take(&mut *self.out.held());
        for hint in held.into_values().rev() {
            self.out.give_back(hint);
        }
    }
}

impl Out {
    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Hint>> {
        self.unacknowledged.lock().expect("no holder of this lock can panic")
    }

    fn hold(&self, tag: u64, hint: Hint) {
        self.held().insert(tag, hint);
    }

    fn release(&self, tag: u64) -> Option<Hint> {
        self.held().remove(&tag)
    }

    fn give_back(&self, hint: Hint) {
        self.shared.shelf().put_back(hint);
        self.shared.arrived.notify_one();
    }
}

/// Given back on drop unless acknowledged; does nothing once the consumer is gone, which gave everything back already.
struct MemoryAck {
    out: Weak<Out>,
    tag: u64,
    _permit: OwnedSemaphorePermit,
}

#[async_trait]
impl Acknowledge for MemoryAck {
    async fn acknowledge(self: Box<Self>) {
        if let Some(out) = self.out.upgrade() {
            out.release(self.tag);
        }
    }
}

impl Drop for MemoryAck {
    fn drop(&mut self) {
        let Some(out) = self.out.upgrade() else { return };
        if let Some(hint) = out.release(self.tag) {
            out.give_back(hint);
        }
    }
}
