use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Fuse, FusedFuture, FutureExt};
use lapin::Connection;
use lapin::types::{AMQPValue, FieldTable};
use thaiyyal_model::{Hint, Priority};
use tokio::sync::{Mutex, Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::Settings;
use super::backoff::Backoff;
use super::connection::{Broker, Change, changes};
use super::lane::{Job, Lane, Message, Shared};
use super::sickbay::Sickbay;
use super::topology::Topology;
use crate::metrics::{self, Role};
use crate::{Cause, Error, message};

/// Calls that may wait for a lane; more wait for their turn to wait, within their time-out.
const WAITING_JOBS: usize = 1_024;
/// How often the connection is looked at, in case its end was not announced.
const HEALTH_CHECK: Duration = Duration::from_secs(1);
const DELETION_SETTLES: Duration = Duration::from_secs(1);

/// The publishing side: one connection, kept up by a task of its own, and a few lanes that share it.
#[derive(Clone)]
pub(super) struct Publisher {
    jobs: mpsc::Sender<Job>,
    state: watch::Receiver<State>,
    broker: Broker,
    topology: Arc<Topology>,
    sickbay: Arc<Sickbay>,
    timeout: Duration,
}

/// What publishing can expect.
#[derive(Clone)]
pub(super) enum State {
    Down,
    Up(Arc<Connection>),
    Blocked { reason: String },
}

impl Publisher {
    pub(super) fn start(
        settings: &Settings,
        broker: Broker,
        topology: Arc<Topology>,
        tasks: &TaskTracker,
        closed: CancellationToken,
    ) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let (sender, state) = watch::channel(State::Down);
        let (suspect, returned) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let sickbay = Arc::new(Sickbay::default());
        let timeout = settings.publish_timeout();
        let shared = Shared {
            jobs: Arc::new(Mutex::new(waiting)),
            state: state.clone(),
            broker: broker.clone(),
            suspect: suspect.clone(),
            returned: returned.clone(),
            sickbay: sickbay.clone(),
            timeout,
        };
        let lanes = TaskTracker::new();
        for _ in 0..settings.lanes.max(1) {
            lanes.spawn(Lane::new(shared.clone()).run(closed.clone()));
        }
        lanes.close();
        let keeper = Keeper { broker: broker.clone(), topology: topology.clone(), state: sender, suspect, returned, lanes, closed };
        tasks.spawn(keeper.run());
        Self { jobs, state, broker, topology, sickbay, timeout }
    }

    /// Waits until the first connection is up, at most for `longest`.
    pub(super) async fn wait_for_connection(&self, longest: Duration) {
        let mut state = self.state.clone();
        // Not having one yet is no failure: it is looked for in the background.
        let _ = tokio::time::timeout(longest, state.wait_for(|state| matches!(state, State::Up(_)))).await;
    }

    pub(super) async fn publish(&self, hints: &[Hint]) -> Vec<Result<(), Error>> {
        let messages = hints.iter().map(|hint| self.address(hint)).collect();
        let answers = self.send(messages).await.unwrap_or_else(|cause| hints.iter().map(|_| Err(cause.clone().into())).collect());
        let failed = answers.iter().filter(|answer| answer.is_err()).count();
        metrics::published(answers.len() - failed, failed);
        answers
    }

    /// The message for a hint, to the queue of its shard unless that confirms nothing at present: any consumer reads any queue.
    fn address(&self, hint: &Hint) -> Message {
        let mut queues = self.topology.queues_of(hint);
        let own = queues.next().expect("every class has a queue");
        let queue = if self.sickbay.has(own) { queues.find(|queue| !self.sickbay.has(queue)).unwrap_or(own) } else { own };
        Message { queue: queue.clone(), body: message::encode(hint), headers: None }
    }

    /// Puts a message aside that nobody can read, with the reason.
    pub(super) async fn park(&self, from: &str, reason: &str, body: Vec<u8>) -> Result<(), Error> {
        let mut headers = FieldTable::default();
        headers.insert("thaiyyal-reason".into(), AMQPValue::LongString(reason.into()));
        headers.insert("thaiyyal-queue".into(), AMQPValue::LongString(from.into()));
        let parked = Message { queue: self.topology.parking().clone(), body, headers: Some(headers) };
        self.send(vec![parked]).await?.pop().unwrap_or(Err(Cause::Closed.into()))
    }

    async fn send(&self, messages: Vec<Message>) -> Result<Vec<Result<(), Error>>, Cause> {
        self.check()?;
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        let job = Job { messages, answer };
        let sending = async {
            self.jobs.send(job).await.map_err(|_| Cause::Closed)?;
            answered.await.map_err(|_| Cause::Closed)
        };
        let ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        tokio::time::timeout(self.timeout, sending).await.map_err(|_| Cause::TimedOut { ms })?
    }

    pub(super) async fn ping(&self) -> Result<(), Error> {
        let connection = self.check()?;
        self.broker.channel(&connection).await?;
        Ok(())
    }

    pub(super) async fn depth(&self) -> Result<Vec<(Priority, u64)>, Error> {
        let connection = self.check()?;
        Ok(self.topology.declare_all(&self.broker, &connection).await?)
    }

    /// The connection, when publishing over it would work.
    fn check(&self) -> Result<Arc<Connection>, Cause> {
        match &*self.state.borrow() {
            State::Up(connection) => Ok(connection.clone()),
            State::Down => Err(Cause::Disconnected),
            State::Blocked { reason } => Err(Cause::Blocked { reason: reason.clone() }),
        }
    }
}

/// Keeps the publishing connection up.
struct Keeper {
    broker: Broker,
    topology: Arc<Topology>,
    state: watch::Sender<State>,
    suspect: Arc<Notify>,
    returned: Arc<Notify>,
    lanes: TaskTracker,
    closed: CancellationToken,
}

impl Keeper {
    async fn run(self) {
        let mut backoff = Backoff::default();
        loop {
            match self.closed.run_until_cancelled(self.open()).await {
                None => break,
                Some(Ok(connection)) => {
                    info!("Publishing to the message broker");
                    backoff.reset();
                    self.serve(connection).await;
                    metrics::reconnected(Role::Publish);
                }
                Some(Err(cause)) => warn!(error = %cause, "Cannot publish to the message broker"),
            }
            metrics::connected(Role::Publish, false);
            self.state.send_replace(State::Down);
            if backoff.pause(&self.closed).await.is_none() {
                break;
            }
        }
        self.lanes.wait().await;
    }

    async fn open(&self) -> Result<Arc<Connection>, Cause> {
        let connection = Arc::new(self.broker.connect(Role::Publish).await?);
        self.topology.declare_all(&self.broker, &connection).await?;
        Ok(connection)
    }

    /// Returns once the connection is of no use any more.
    async fn serve(&self, connection: Arc<Connection>) {
        let mut changes = changes(&connection);
        let up = State::Up(connection.clone());
        self.announce(up.clone());
        let mut health = tokio::time::interval(HEALTH_CHECK);
        let mut redeclaring = pin!(Fuse::terminated());
        loop {
            tokio::select! {
                change = futures_util::StreamExt::next(&mut changes) => match change {
                    Some(Change::Blocked(reason)) => {
                        warn!(reason, "The message broker blocks publishers");
                        self.announce(State::Blocked { reason });
                    }
                    Some(Change::Unblocked) => {
                        info!("The message broker takes messages again");
                        self.announce(up.clone());
                    }
                    Some(Change::Lost(error)) => {
                        warn!(error = %error, "Lost the publishing connection to the message broker");
                        return;
                    }
                    None => return,
                },
                () = self.suspect.notified() => {
                    warn!("The message broker confirms nothing; connecting anew");
                    return;
                }
                () = self.returned.notified(), if redeclaring.is_terminated() => redeclaring.set(self.redeclare(&connection).fuse()),
                () = &mut redeclaring => {}
                _ = health.tick() => {
                    if !connection.status().connected() {
                        warn!("The publishing connection to the message broker ended");
                        return;
                    }
                }
                () = self.closed.cancelled() => {
                    // Messages on their way still want their confirms.
                    self.lanes.wait().await;
                    self.broker.close(&connection).await;
                    return;
                }
            }
        }
    }

    /// Somebody deleted a queue.
    ///
    /// The broker needs a moment to cancel the consumers it had: those of a quorum queue that is back before are silently moved to the
    /// new one, and RabbitMQ 3.10 then counts messages as delivered to them that never arrive.
    async fn redeclare(&self, connection: &Arc<Connection>) {
        tokio::time::sleep(DELETION_SETTLES).await;
        match self.topology.declare_all(&self.broker, connection).await {
            Ok(_) => warn!("Declared the queues anew after the message broker returned a message"),
            Err(cause) => warn!(error = %cause, "Cannot declare the queues"),
        }
    }

    fn announce(&self, state: State) {
        metrics::connected(Role::Publish, matches!(state, State::Up(_)));
        self.state.send_replace(state);
    }
}
