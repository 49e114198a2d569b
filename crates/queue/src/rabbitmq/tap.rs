use std::sync::Arc;

use futures_util::StreamExt;
use lapin::message::Delivery as Message;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection, Consumer};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::acks::{AckSender, Open, Settled};
use super::backoff::Backoff;
use super::connection::Broker;
use super::inbox::{Arrived, Inbox};
use super::parking::{self, Unreadable};
use super::publisher::Publisher;
use super::topology;
use crate::{Cause, message, metrics};

/// Consumes one queue over a channel of its own, so that a queue in trouble (a quorum queue without a leader answers nothing) does not
/// hold up the others. A closed channel and a cancelled consumer lead to a new subscription, which declares the queue again.
pub(super) struct Tap {
    pub(super) queue: ShortString,
    pub(super) class: usize,
    pub(super) prefetch: u16,
    pub(super) connection: Arc<Connection>,
    pub(super) broker: Broker,
    pub(super) inbox: Arc<Inbox>,
    pub(super) publisher: Publisher,
    pub(super) tasks: TaskTracker,
    /// Whether to hold nothing for now.
    pub(super) paused: watch::Receiver<bool>,
    pub(super) stop: CancellationToken,
}

impl Tap {
    /// Works until told to stop; the last acknowledgements are out then. Aborted when the connection is lost.
    pub(super) async fn run(self) {
        let mut backoff = Backoff::default();
        while let Some(opened) = self.stop.run_until_cancelled(self.open()).await {
            let ended = match opened {
                Ok(mut session) => {
                    backoff.reset();
                    self.serve(&mut session).await
                }
                Err(cause) => Err(cause),
            };
            let Err(cause) = ended else { return };
            if self.connection.status().connected() {
                warn!(queue = %self.queue, error = %cause, "Lost the subscription to a queue of the message broker");
            }
            if backoff.pause(&self.stop).await.is_none() {
                return;
            }
        }
    }

    async fn open(&self) -> Result<Session, Cause> {
        let channel = self.broker.channel(&self.connection).await?;
        self.broker.within(topology::declare(&channel, &self.queue)).await?;
        self.broker.within(channel.basic_qos(self.prefetch, BasicQosOptions { global: false })).await?;
        let (acks, settling) = mpsc::unbounded_channel();
        Ok(Session { channel, open: Open::default(), acks, settling })
    }

    /// `Ok` when told to stop.
    async fn serve(&self, session: &mut Session) -> Result<(), Cause> {
        while !self.stop.is_cancelled() {
            if *self.paused.borrow() {
                self.rest(session).await?;
            } else {
                self.consume(session).await?;
            }
        }
        session.settle_rest(&self.broker).await
    }

    /// Takes deliveries in and acknowledgements out until told to pause or stop.
    async fn consume(&self, session: &mut Session) -> Result<(), Cause> {
        // The name of the queue serves as the name of the consumer too: it is the only one on the channel.
        let (queue, tag) = (self.queue.clone(), self.queue.clone());
        let consuming = session.channel.basic_consume(queue, tag, BasicConsumeOptions::default(), FieldTable::default());
        let mut messages = self.broker.within(consuming).await?;
        let _subscribed = Subscribed::new();
        let mut paused = self.paused.clone();
        let mut settled = Vec::new();
        loop {
            tokio::select! {
                _ = session.settling.recv_many(&mut settled, 256) => session.settle(&self.broker, &mut settled).await?,
                message = messages.next() => self.take(session, message.ok_or(Cause::Cancelled)??),
                () = becomes(&mut paused, true) => return self.unsubscribe(session, messages).await,
                () = self.stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Carries acknowledgements until told to go on or stop.
    async fn rest(&self, session: &mut Session) -> Result<(), Cause> {
        let mut paused = self.paused.clone();
        let mut settled = Vec::new();
        loop {
            tokio::select! {
                _ = session.settling.recv_many(&mut settled, 256) => session.settle(&self.broker, &mut settled).await?,
                () = becomes(&mut paused, false) => return Ok(()),
                () = self.stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Cancels the consumer and gives back what was on its way to it.
    async fn unsubscribe(&self, session: &mut Session, mut messages: Consumer) -> Result<(), Cause> {
        self.broker.within(session.channel.basic_cancel(self.queue.clone(), BasicCancelOptions::default())).await?;
        let mut settled = Vec::new();
        while let Some(message) = messages.next().await {
            let tag = message?.delivery_tag;
            session.open.delivered(tag);
            settled.push(Settled::GivenBack(tag));
        }
        session.settle(&self.broker, &mut settled).await
    }

    fn take(&self, session: &mut Session, message: Message) {
        let (tag, acks) = (message.delivery_tag, session.acks.clone());
        session.open.delivered(tag);
        match message::decode(&message.data) {
            Ok(hint) => self.inbox.put(self.class, Arrived { hint, redelivered: message.redelivered, tag, acks }),
            Err(reason) => {
                let unreadable = Unreadable { queue: self.queue.to_string(), body: message.data, reason, tag, acks };
                self.tasks.spawn(parking::park(unreadable, self.publisher.clone(), self.stop.clone()));
            }
        }
    }
}

async fn becomes(paused: &mut watch::Receiver<bool>, wanted: bool) {
    // Without its sender the subscription is over, and this task is about to be aborted.
    let _ = paused.wait_for(|paused| *paused == wanted).await;
}

/// One channel and what is not settled on it.
struct Session {
    channel: Channel,
    open: Open,
    acks: AckSender,
    settling: mpsc::UnboundedReceiver<Settled>,
}

impl Session {
    async fn settle(&mut self, broker: &Broker, settled: &mut Vec<Settled>) -> Result<(), Cause> {
        let telling = self.open.settle(settled);
        settled.clear();
        broker.within(telling.tell(&self.channel)).await
    }

    /// Tells the broker what was settled until now; what was not goes back to its queue with the channel.
    async fn settle_rest(&mut self, broker: &Broker) -> Result<(), Cause> {
        let mut settled = Vec::new();
        while let Ok(last) = self.settling.try_recv() {
            settled.push(last);
        }
        self.settle(broker, &mut settled).await
    }
}

/// Counts a subscription for as long as it lives.
struct Subscribed;

impl Subscribed {
    fn new() -> Self {
        metrics::subscribed(1.0);
        Self
    }
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        metrics::subscribed(-1.0);
    }
}
