mod acks;
mod backoff;
mod connection;
mod consumer;
mod inbox;
mod lane;
mod parking;
mod publisher;
mod settings;
mod sickbay;
mod subscription;
mod tap;
mod topology;

use std::sync::Arc;

use async_trait::async_trait;
use thaiyyal_model::{Hint, Priority};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{Cause, Consumer, Error, Queue};
use connection::Broker;
use consumer::RabbitConsumer;
use publisher::Publisher;
pub use settings::Settings;
use subscription::Subscription;
use topology::Topology;

/// Hints over RabbitMQ: a durable quorum queue per priority class and shard, published with confirms over one connection, consumed over
/// another, so that a broker that blocks publishers does not stop acknowledgements.
///
/// It works without help through the loss of connections, a broker that restarts and one that forgot everything: it connects again for
/// ever, declares its queues again and subscribes again. Dropping it closes everything; [`RabbitQueue::close`] waits until it is done.
pub struct RabbitQueue {
    broker: Broker,
    topology: Arc<Topology>,
    publisher: Publisher,
    tasks: TaskTracker,
    closed: CancellationToken,
}

impl RabbitQueue {
    /// Starts to connect and waits until it succeeded, at most for the connection time-out: a broker that is away now is found later.
    /// `Err` only when the settings cannot work.
    pub async fn connect(settings: Settings) -> Result<Self, settings::Invalid> {
        let broker = Broker::new(&settings)?;
        let topology = Arc::new(Topology::new(&settings)?);
        let tasks = TaskTracker::new();
        let closed = CancellationToken::new();
        let publisher = Publisher::start(&settings, broker.clone(), topology.clone(), &tasks, closed.clone());
        publisher.wait_for_connection(settings.connect_timeout()).await;
        Ok(Self { broker, topology, publisher, tasks, closed })
    }

    /// Ends every consumer and connection, and waits until acknowledgements and messages on their way are out.
    pub async fn close(&self) {
        self.closed.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for RabbitQueue {
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

#[async_trait]
impl Queue for RabbitQueue {
    async fn publish(&self, hints: &[Hint]) -> Vec<Result<(), Error>> {
        self.publisher.publish(hints).await
    }

    async fn consume(&self, prefetch: u16) -> Result<Box<dyn Consumer>, Error> {
        if self.closed.is_cancelled() {
            return Err(Cause::Closed.into());
        }
        let subscription = Subscription {
            broker: self.broker.clone(),
            topology: self.topology.clone(),
            publisher: self.publisher.clone(),
            inbox: Arc::default(),
            tasks: self.tasks.clone(),
            prefetch,
        };
        Ok(Box::new(RabbitConsumer::start(subscription, self.closed.child_token())))
    }

    async fn ping(&self) -> Result<(), Error> {
        self.publisher.ping().await
    }

    async fn depth(&self) -> Result<Vec<(Priority, u64)>, Error> {
        self.publisher.depth().await
    }
}
