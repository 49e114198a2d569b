//! The changes of an execution as a stream: one reader per execution and process, however many listen.

mod event;
mod stream;

pub(crate) use event::{Data, Event, Name};
pub(crate) use stream::{Opened, Stream, open};

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use thaiyyal_model::{ExecutionId, Seq, TenantScope};
use thaiyyal_store::Store;
use thaiyyal_store::tenant::Execution;
use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio_util::task::TaskTracker;

use crate::journal;
use crate::live::{Watch, Watchers};
use crate::problem::Problem;

/// Events a listener may fall behind before it has to read the database by itself.
const BEHIND: usize = 256;

/// How long the reader trusts that it would have heard of a change; after that it looks by itself, in case live hints are lost.
const LOOK_ANYWAY: Duration = Duration::from_secs(2);

/// By tenant too: what one tenant asks for never meets another's reader.
type Readers = HashMap<(TenantScope, ExecutionId), broadcast::Sender<Arc<Event>>>;

/// The readers of this process.
pub(crate) struct Feeds {
    readers: Arc<Mutex<Readers>>,
    store: Arc<dyn Store>,
    watchers: Arc<Watchers>,
    tracker: TaskTracker,
    runtime: Handle,
}

impl Feeds {
    /// Readers run on the runtime this is called on, so that they outlive the thread of whoever listened first.
    pub(crate) fn new(store: Arc<dyn Store>, watchers: Arc<Watchers>, tracker: TaskTracker) -> Self {
        Self { readers: Arc::default(), store, watchers, tracker, runtime: Handle::current() }
    }

    /// Events from now on. What happened before has to be read by the listener, after this, so that nothing falls in between.
    pub(crate) fn subscribe(&self, scope: TenantScope, execution: ExecutionId) -> broadcast::Receiver<Arc<Event>> {
        let key = (scope, execution);
        let mut readers = self.readers.lock().expect("no holder of this lock can panic");
        if let Some(sender) = readers.get(&key).filter(|sender| sender.receiver_count() > 0) {
            return sender.subscribe();
        }
        let (sender, receiver) = broadcast::channel(BEHIND);
        readers.insert(key, sender.clone());
        let watch = self.watchers.watch(execution);
        let reader =
            Reader { scope, execution, position: Position { after: Seq(0), started: false }, store: Arc::clone(&self.store), sender };
        let (readers, run) = (Arc::clone(&self.readers), reader.run(watch));
        self.tracker.spawn_on(
            async move {
                let sender = run.await;
                let mut readers = readers.lock().expect("no holder of this lock can panic");
                if readers.get(&key).is_some_and(|current| current.same_channel(&sender)) {
                    readers.remove(&key);
                }
            },
            &self.runtime,
        );
        receiver
    }
}

/// How much of an execution was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// The last journal record.
    pub after: Seq,
    /// Whether its start was.
    pub started: bool,
}

/// What is new since a position.
pub(crate) struct News {
    pub events: Vec<Event>,
    pub position: Position,
    /// The last of the events is the end.
    pub ended: bool,
}

/// Reads what happened since `position`; `None` when there is no such execution.
pub(crate) async fn read(store: &dyn Store, scope: &TenantScope, id: ExecutionId, position: Position) -> Result<Option<News>, Problem> {
    let mut tx = store.begin(scope).await?;
    let Some((execution, segments)) = tx.recorded(id, position.after).await? else { return Ok(None) };
    news(&execution, &journal::records(&segments, position.after)?, position).map(Some)
}

fn news(execution: &Execution, records: &[thaiyyal_model::Record], mut position: Position) -> Result<News, Problem> {
    let mut events = Vec::with_capacity(records.len() + 2);
    if !position.started
        && let Some(started_at) = execution.summary.started_at
    {
        events.push(Event::started(&execution.summary, started_at)?);
        position.started = true;
    }
    for record in records {
        if let Some(event) = Event::step(execution.summary.id, record)? {
            events.push(event);
        }
        position.after = record.seq;
    }
    let ended = execution.summary.status.is_terminal();
    if ended {
        events.push(Event::finished(execution, position.after.next())?);
    }
    Ok(News { events, position, ended })
}

struct Reader {
    scope: TenantScope,
    execution: ExecutionId,
    position: Position,
    store: Arc<dyn Store>,
    sender: broadcast::Sender<Arc<Event>>,
}

impl Reader {
    /// Reads until the end, or until nobody listens.
    async fn run(mut self, mut watch: Watch) -> broadcast::Sender<Arc<Event>> {
        loop {
            tokio::select! {
                _ = watch.changed() => {}
                () = tokio::time::sleep(LOOK_ANYWAY) => {}
                () = self.sender.closed() => return self.sender,
            }
            match read(&*self.store, &self.scope, self.execution, self.position).await {
                Ok(Some(news)) => {
                    self.position = news.position;
                    for event in news.events {
                        // Without listeners the next turn ends this.
                        drop(self.sender.send(Arc::new(event)));
                    }
                    if news.ended {
                        return self.sender;
                    }
                }
                // Listeners get an end without a last event, and connect again.
                Ok(None) => return self.sender,
                Err(problem) => {
                    tracing::warn!(execution.id = %self.execution, error = %problem, "Could not read the events of {}", self.execution);
                }
            }
        }
    }
}
