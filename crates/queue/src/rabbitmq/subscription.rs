use std::sync::Arc;
use std::time::Duration;

use lapin::Connection;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::backoff::Backoff;
use super::connection::Broker;
use super::inbox::Inbox;
use super::publisher::Publisher;
use super::tap::Tap;
use super::topology::Topology;
use crate::metrics::{self, Role};
use crate::turns::CLASSES;

/// How much of the prefetch each class gets, of seven parts.
const PREFETCH_PARTS: [usize; 3] = [3, 3, 1];
/// More than what is being claimed, so that a queue does not pause for every acknowledgement.
const MIN_PREFETCH: u16 = 4;
const HEALTH_CHECK: Duration = Duration::from_secs(1);

/// Keeps one connection with a tap on every queue, for ever: a lost connection leads to a new one, a lost tap heals itself.
pub(super) struct Subscription {
    pub(super) broker: Broker,
    pub(super) topology: Arc<Topology>,
    pub(super) publisher: Publisher,
    pub(super) inbox: Arc<Inbox>,
    pub(super) tasks: TaskTracker,
    pub(super) prefetch: u16,
}

impl Subscription {
    /// Works until stopped.
    pub(super) async fn keep(self, stop: CancellationToken) {
        let mut backoff = Backoff::default();
        loop {
            match stop.run_until_cancelled(self.broker.connect(Role::Consume)).await {
                None => break,
                Some(Ok(connection)) => {
                    info!("Consuming from the message broker");
                    backoff.reset();
                    metrics::connected(Role::Consume, true);
                    self.serve(&Arc::new(connection), &stop).await;
                    metrics::connected(Role::Consume, false);
                    self.inbox.clear();
                    if !stop.is_cancelled() {
                        warn!("Lost the consuming connection to the message broker");
                        metrics::reconnected(Role::Consume);
                    }
                }
                Some(Err(cause)) => warn!(error = %cause, "Cannot consume from the message broker"),
            }
            if backoff.pause(&stop).await.is_none() {
                break;
            }
        }
        self.inbox.close();
    }

    /// Returns once the connection is lost, or everything said on it when told to stop.
    async fn serve(&self, connection: &Arc<Connection>, stop: &CancellationToken) {
        let paused = watch::Sender::new(false);
        let mut taps = self.open_taps(connection, &paused, stop);
        let mut health = tokio::time::interval(HEALTH_CHECK);
        while !stop.is_cancelled() {
            tokio::select! {
                _ = health.tick() => {
                    if !connection.status().connected() {
                        return;
                    }
                    self.give_back_what_nobody_asks_for(&paused);
                }
                () = self.inbox.wait_until_asked(), if *paused.borrow() => {
                    debug!("Somebody asks for messages again");
                    paused.send_replace(false);
                }
                // They end on their own only when told to stop, or when one panicked.
                ended = taps.join_next() => if ended.is_none_or(|ended| ended.is_err()) {
                    break;
                },
                () = stop.cancelled() => {}
            }
        }
        while taps.join_next().await.is_some() {}
        self.broker.close(connection).await;
    }

    /// A message that waits here for a worker that is busy with other things waits too long: another may be free.
    fn give_back_what_nobody_asks_for(&self, paused: &watch::Sender<bool>) {
        if self.inbox.is_neglected() {
            debug!("Nobody asks for messages; giving them back");
            paused.send_replace(true);
            self.inbox.give_back();
        }
    }

    fn open_taps(&self, connection: &Arc<Connection>, paused: &watch::Sender<bool>, stop: &CancellationToken) -> JoinSet<()> {
        let mut taps = JoinSet::new();
        for (class, parts) in PREFETCH_PARTS.iter().enumerate().take(CLASSES.len()) {
            let queues = self.topology.class(class);
            let share = usize::from(self.prefetch) * parts / (PREFETCH_PARTS.iter().sum::<usize>() * queues.len());
            for queue in queues {
                let tap = Tap {
                    queue: queue.clone(),
                    class,
                    prefetch: u16::try_from(share).unwrap_or(u16::MAX).max(MIN_PREFETCH),
                    connection: connection.clone(),
                    broker: self.broker.clone(),
                    inbox: self.inbox.clone(),
                    publisher: self.publisher.clone(),
                    tasks: self.tasks.clone(),
                    paused: paused.subscribe(),
                    stop: stop.clone(),
                };
                taps.spawn(tap.run());
            }
        }
        taps
    }
}
