use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thaiyyal_model::ExecutionId;
use thaiyyal_store::dispatch::{Accept, Accepted, NewExecution, Target};
use thaiyyal_store::{Dispatch, Storage, Store};
use tokio_util::task::TaskTracker;

use crate::Error;
use crate::batch::{Batcher, Shape, Unanswered, Weighing};
use crate::publish::Publisher;

/// Accepts executions: many requests share one transaction, and their hints are published once it has committed.
#[derive(Clone)]
pub struct Accepting {
    batches: Batcher<NewExecution, Outcome, thaiyyal_store::Error>,
}

/// How requests are collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The most requests one transaction holds.
    pub max_batch: usize,
    /// How many transactions may be in flight.
    pub concurrency: usize,
    /// How many requests may wait for a transaction before further ones wait in turn.
    pub max_waiting: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_batch: 256, concurrency: 2, max_waiting: 8_192 }
    }
}

/// What became of one request of a batch.
#[derive(Debug)]
enum Outcome {
    Answered(Accept),
    /// The connection broke while committing, and nothing was found afterwards.
    Unknown,
}

/// About how many bytes an execution takes on its way to the database.
fn weight(new: &NewExecution) -> usize {
    let definition = match &new.target {
        Target::Inline { text, .. } => text.len(),
        Target::Published(_) | Target::Version(..) | Target::Draft(_) => 0,
    };
    new.input.len() + definition
}

impl Accepting {
    /// Starts accepting on `tracker`.
    #[must_use]
    pub fn spawn(tracker: &TaskTracker, storage: &Storage, publisher: Publisher, settings: &Settings) -> Self {
        let max_items = settings.max_batch.max(1);
        let shape = Shape { max_items, concurrency: settings.concurrency.max(1), max_waiting: settings.max_waiting.max(max_items) };
        let (dispatch, store) = (Arc::clone(&storage.dispatch), Arc::clone(&storage.store));
        let write = move |batch: Vec<NewExecution>| write(Arc::clone(&dispatch), Arc::clone(&store), publisher.clone(), batch);
        Self { batches: Batcher::spawn_weighing(tracker, "accept", shape, Weighing::by(weight), write) }
    }
}

/// Accepts one execution. When it answers [`Accept::New`], the execution is durable.
pub async fn accept(accepting: &Accepting, new: NewExecution) -> Result<Accept, Error> {
    let execution = new.id;
    match accepting.batches.submit(new).await {
        Ok(Outcome::Answered(answer)) => Ok(answer),
        Ok(Outcome::Unknown) | Err(Unanswered::Lost) => Err(Error::OutcomeUnknown { execution }),
        Err(Unanswered::Failed(error)) => Err(Error::Batch(error)),
    }
}

async fn write(
    dispatch: Arc<dyn Dispatch>,
    store: Arc<dyn Store>,
    publisher: Publisher,
    batch: Vec<NewExecution>,
) -> Result<Vec<Outcome>, thaiyyal_store::Error> {
    match dispatch.accept(&batch).await {
        Ok(accepted) => {
            publisher.publish(accepted.hints);
            Ok(accepted.outcomes.into_iter().map(Outcome::Answered).collect())
        }
        Err(thaiyyal_store::Error::Unknown(error)) => {
            tracing::warn!(
                error = &*error as &dyn std::error::Error,
                batch.size = batch.len(),
                "Lost the connection while accepting {} executions, looking them up",
                batch.len()
            );
            Ok(look_up(&*store, &batch).await)
        }
        Err(error) => Err(error),
    }
}

/// Finds out which of `batch` were recorded. The hints of those that were stay in the outbox, where the relay finds them.
async fn look_up(store: &dyn Store, batch: &[NewExecution]) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(batch.len());
    for new in batch {
        match find(store, new).await {
            Ok(Some(accepted)) => outcomes.push(Outcome::Answered(Accept::New(accepted))),
            Ok(None) => outcomes.push(Outcome::Unknown),
            // The database is away: the others would only wait for that in turn.
            Err(_) => break,
        }
    }
    outcomes.resize_with(batch.len(), || Outcome::Unknown);
    outcomes
}

async fn find(store: &dyn Store, new: &NewExecution) -> Result<Option<Accepted>, thaiyyal_store::Error> {
    let id: ExecutionId = new.id;
    let mut tx = store.begin(&new.scope).await?;
    let found = tx.find_execution(id).await?;
    tx.commit().await?;
    Ok(found.map(|execution| Accepted { execution: id, workflow: execution.summary.workflow, version: execution.summary.version }))
}
