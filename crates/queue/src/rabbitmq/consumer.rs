use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::acks::{AckSender, Settled};
use super::inbox::Inbox;
use super::subscription::Subscription;
use crate::{Ack, Acknowledge, Consumer, Delivery, metrics};

/// A subscription to every queue over a connection of its own.
pub(super) struct RabbitConsumer {
    inbox: Arc<Inbox>,
    room: Arc<Semaphore>,
    _stop: DropGuard,
}

impl RabbitConsumer {
    pub(super) fn start(subscription: Subscription, stop: CancellationToken) -> Self {
        let inbox = subscription.inbox.clone();
        let room = Arc::new(Semaphore::new(usize::from(subscription.prefetch.max(1))));
        let tasks = subscription.tasks.clone();
        tasks.spawn(subscription.keep(stop.clone()));
        Self { inbox, room, _stop: stop.drop_guard() }
    }
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn next(&mut self) -> Option<Delivery> {
        let permit = self.room.clone().acquire_owned().await.ok()?;
        let arrived = self.inbox.take().await?;
        metrics::delivered(arrived.redelivered);
        let ack = RabbitAck { tag: Some(arrived.tag), acks: arrived.acks, _permit: permit };
        Some(Delivery { hint: arrived.hint, redelivered: arrived.redelivered, ack: Ack(Box::new(ack)) })
    }
}

/// Gives the message back on drop unless acknowledged.
struct RabbitAck {
    tag: Option<u64>,
    acks: AckSender,
    _permit: OwnedSemaphorePermit,
}

#[async_trait]
impl Acknowledge for RabbitAck {
    async fn acknowledge(mut self: Box<Self>) {
        if let Some(tag) = self.tag.take() {
            // Without its channel there is nobody to tell: the broker delivers it again.
            let _ = self.acks.send(Settled::Acknowledged(tag));
        }
    }
}

impl Drop for RabbitAck {
    fn drop(&mut self) {
        if let Some(tag) = self.tag.take() {
            let _ = self.acks.send(Settled::GivenBack(tag));
        }
    }
}
