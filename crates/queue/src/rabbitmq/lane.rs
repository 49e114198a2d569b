use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use tokio::sync::{Mutex, Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::connection::Broker;
use super::publisher::State;
use super::sickbay::Sickbay;
use crate::{Cause, Error};

/// The most messages that wait for their confirms on one channel.
const BATCH: usize = 1_024;
const PERSISTENT: u8 = 2;

/// A message to publish.
pub(super) struct Message {
    pub(super) queue: ShortString,
    pub(super) body: Vec<u8>,
    pub(super) headers: Option<FieldTable>,
}

/// Messages of one caller, and where it waits.
pub(super) struct Job {
    pub(super) messages: Vec<Message>,
    pub(super) answer: oneshot::Sender<Vec<Result<(), Error>>>,
}

/// Publishes one batch at a time over a channel of its own: takes what waits, sends all of it, then waits for all confirms.
///
/// A channel is never shared, because the client pairs confirms with messages by counting: two tasks publishing over one channel could
/// each get the confirm of the other's message.
pub(super) struct Lane {
    shared: Shared,
    channel: Option<Open>,
}

/// What all lanes of a process have in common.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) jobs: Arc<Mutex<mpsc::Receiver<Job>>>,
    pub(super) state: watch::Receiver<State>,
    pub(super) broker: Broker,
    /// Rung by a lane that waited in vain: the connection may be a black hole.
    pub(super) suspect: Arc<Notify>,
    /// Rung by a lane whose message came back: its queue is gone.
    pub(super) returned: Arc<Notify>,
    /// Queues to spare.
    pub(super) sickbay: Arc<Sickbay>,
    pub(super) timeout: Duration,
}

/// A channel in confirm mode and the connection it belongs to.
struct Open {
    connection: Arc<Connection>,
    channel: Channel,
}

/// Queues that did not answer, and the connection they were asked over.
struct Silence {
    connection: Arc<Connection>,
    queues: HashSet<ShortString>,
}

impl Lane {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared, channel: None }
    }

    /// Works until stopped and nothing waits any more.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            let jobs = self.collect(&stop).await;
            if jobs.is_empty() {
                return;
            }
            self.serve(jobs).await;
        }
    }

    /// What waits now, at least one job; none once stopped.
    async fn collect(&self, stop: &CancellationToken) -> Vec<Job> {
        let mut waiting = self.shared.jobs.lock().await;
        let first = match stop.run_until_cancelled(waiting.recv()).await {
            Some(Some(first)) => first,
            Some(None) => return Vec::new(),
            None => match waiting.try_recv() {
                Ok(first) => first,
                Err(_) => return Vec::new(),
            },
        };
        let mut messages = first.messages.len();
        let mut jobs = vec![first];
        while messages < BATCH
            && let Ok(job) = waiting.try_recv()
        {
            messages += job.messages.len();
            jobs.push(job);
        }
        // Whoever gave up waiting will repeat its messages.
        jobs.retain(|job| !job.answer.is_closed());
        jobs
    }

    async fn serve(&mut self, jobs: Vec<Job>) {
        let messages: Vec<&Message> = jobs.iter().flat_map(|job| &job.messages).collect();
        let (results, silence) = match self.open().await {
            Ok((connection, channel)) => {
                let (results, silent) = self.publish(&channel, &messages).await;
                (results, Some(Silence { connection, queues: silent }))
            }
            Err(cause) => (messages.iter().map(|_| Err(cause.clone().into())).collect(), None),
        };
        if results.iter().any(|result| matches!(result, Err(Error::Returned { .. }))) {
            self.shared.returned.notify_one();
        }
        let confirmed_any = results.iter().any(Result::is_ok);
        let mut results = results.into_iter();
        for job in jobs {
            let own = results.by_ref().take(job.messages.len()).collect();
            // The caller may have given up waiting; the sweeper repeats what it did not hear about.
            let _ = job.answer.send(own);
        }
        if let Some(silence) = silence.filter(|silence| !silence.queues.is_empty()) {
            self.diagnose(silence, confirmed_any).await;
        }
    }

    /// Is it the connection that is silent, or only some queues?
    async fn diagnose(&self, silence: Silence, confirmed_any: bool) {
        if confirmed_any || self.shared.broker.channel(&silence.connection).await.is_ok() {
            silence.queues.iter().for_each(|queue| self.shared.sickbay.admit(queue));
        } else {
            self.shared.suspect.notify_one();
        }
    }

    /// The lane's channel on the connection of now.
    async fn open(&mut self) -> Result<(Arc<Connection>, Channel), Cause> {
        let connection = match &*self.shared.state.borrow() {
            State::Up(connection) => connection.clone(),
            State::Down => return Err(Cause::Disconnected),
            State::Blocked { reason } => return Err(Cause::Blocked { reason: reason.clone() }),
        };
        if let Some(open) = &self.channel
            && Arc::ptr_eq(&open.connection, &connection)
            && open.channel.status().connected()
        {
            return Ok((connection, open.channel.clone()));
        }
        self.channel = None;
        let channel = self.shared.broker.channel(&connection).await?;
        self.shared.broker.within(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        self.channel = Some(Open { connection: connection.clone(), channel: channel.clone() });
        Ok((connection, channel))
    }

    /// Publishes all, and waits for the confirms until the time is up or the broker stops taking messages. Also tells which queues were
    /// still silent when the time was up.
    async fn publish(&mut self, channel: &Channel, messages: &[&Message]) -> (Vec<Result<(), Error>>, HashSet<ShortString>) {
        let mut confirming: FuturesUnordered<_> =
            messages.iter().enumerate().map(|(index, message)| async move { (index, publish(channel, message).await) }).collect();
        let mut results: Vec<Option<lapin::Result<Confirmation>>> = messages.iter().map(|_| None).collect();
        let mut state = self.shared.state.clone();
        state.mark_unchanged();
        let deadline = tokio::time::sleep(self.shared.timeout);
        tokio::pin!(deadline);
        let trouble = loop {
            tokio::select! {
                confirmation = confirming.next() => match confirmation {
                    Some((index, confirmation)) => {
                        if confirmation.is_ok() {
                            self.shared.sickbay.discharge(&messages[index].queue);
                        }
                        results[index] = Some(confirmation);
                    }
                    None => break None,
                },
                _ = state.changed() => match &*state.borrow_and_update() {
                    State::Up(_) => {}
                    State::Down => break Some(Cause::Disconnected),
                    State::Blocked { reason } => break Some(Cause::Blocked { reason: reason.clone() }),
                },
                () = &mut deadline => break Some(Cause::TimedOut { ms: u64::try_from(self.shared.timeout.as_millis()).unwrap_or(u64::MAX) }),
            }
        };
        drop(confirming);
        let mut silent = HashSet::new();
        if trouble.is_some() {
            // Confirms that come later must not be taken for those of the next batch.
            self.channel = None;
        }
        if matches!(trouble, Some(Cause::TimedOut { .. })) {
            let unanswered = messages.iter().zip(&results).filter(|(_, result)| result.is_none());
            silent.extend(unanswered.map(|(message, _)| message.queue.clone()));
        }
        (judge(messages, results, &trouble.unwrap_or(Cause::Disconnected)), silent)
    }
}

async fn publish(channel: &Channel, message: &Message) -> lapin::Result<Confirmation> {
    let mut properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
    if let Some(headers) = &message.headers {
        properties = properties.with_headers(headers.clone());
    }
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    channel.basic_publish("".into(), message.queue.clone(), options, &message.body, properties).await?.await
}

/// The answer for each message; `missing` for those that got none.
///
/// The client hands a returned message to whichever confirm comes next, not necessarily that of the message. So every message to the
/// queue it was meant for counts as returned.
fn judge(messages: &[&Message], results: Vec<Option<lapin::Result<Confirmation>>>, missing: &Cause) -> Vec<Result<(), Error>> {
    let mut returned = HashMap::new();
    let mut answers: Vec<Result<(), Error>> = Vec::with_capacity(results.len());
    for result in results {
        answers.push(match result {
            None => Err(missing.clone().into()),
            Some(Err(error)) => Err(Cause::Protocol(error).into()),
            Some(Ok(confirmation)) => {
                let refused = confirmation.is_nack();
                if let Some(message) = confirmation.take_message() {
                    returned.insert(message.delivery.routing_key.clone(), format!("{} {}", message.reply_code, message.reply_text));
                }
                if refused { Err(Cause::Refused.into()) } else { Ok(()) }
            }
        });
    }
    if !returned.is_empty() {
        for (message, answer) in messages.iter().zip(&mut answers) {
            if let Some(reason) = returned.get(&message.queue) {
                *answer = Err(Error::Returned { reason: reason.clone() });
            }
        }
    }
    answers
}
