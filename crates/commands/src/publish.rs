//! Hints on their way to the broker, after the transaction that recorded them has committed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thaiyyal_model::{Hint, OutboxId};
use thaiyyal_queue::Queue;
use thaiyyal_store::Dispatch;
use tokio_util::task::TaskTracker;

use crate::batch::{Batcher, Shape};

/// Publishes hints in natural batches and takes those the broker confirmed out of the outbox.
///
/// It never blocks and never fails: the hints are in the outbox (or will be swept), so whatever goes wrong here is made good by the
/// relay. It ends when its last clone is gone and everything published was confirmed or given up.
#[derive(Clone)]
pub struct Publisher {
    hints: Batcher<Hint, (), std::convert::Infallible>,
    dropped: metrics::Counter,
}

/// How hints are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The most hints one batch holds.
    pub max_batch: usize,
    /// How many batches may wait for the broker at a time.
    pub concurrency: usize,
    /// How many hints may wait in memory; more are dropped, and published by the relay later.
    pub max_waiting: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_batch: 256, concurrency: 2, max_waiting: 16_384 }
    }
}

impl Publisher {
    /// Starts publishing on `tracker`.
    #[must_use]
    pub fn spawn(tracker: &TaskTracker, queue: Arc<dyn Queue>, dispatch: Arc<dyn Dispatch>, settings: &Settings) -> Self {
        let confirmed =
            Batcher::spawn(tracker, "confirm", Shape::sequential(2_048), move |ids: Vec<OutboxId>| confirm(Arc::clone(&dispatch), ids));
        let shape = Shape {
            max_items: settings.max_batch.max(1),
            concurrency: settings.concurrency.max(1),
            max_waiting: settings.max_waiting.max(settings.max_batch.max(1)),
        };
        let hints = Batcher::spawn(tracker, "publish", shape, move |hints| publish(Arc::clone(&queue), confirmed.clone(), hints));
        Self { hints, dropped: metrics::counter!("thaiyyal_commands_hints_dropped_total") }
    }

    /// Takes over hints whose transaction has committed.
    pub fn publish(&self, hints: Vec<Hint>) {
        if hints.is_empty() {
            return;
        }
        let dropped = self.hints.offer(hints).len();
        if dropped > 0 {
            self.dropped.increment(dropped as u64);
        }
    }

    /// How many hints wait for the broker.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.hints.waiting()
    }
}

type Confirm = Batcher<OutboxId, (), std::convert::Infallible>;

async fn publish(queue: Arc<dyn Queue>, confirmed: Confirm, hints: Vec<Hint>) -> Result<Vec<()>, std::convert::Infallible> {
    let outcomes = queue.publish(&hints).await;
    let mut ids = Vec::with_capacity(hints.len());
    let mut failure = None;
    for (hint, outcome) in hints.iter().zip(outcomes) {
        match outcome {
            Ok(()) => ids.extend(hint.outbox),
            Err(error) => failure = Some(error),
        }
    }
    if let Some(error) = failure {
        metrics::counter!("thaiyyal_commands_hints_unpublished_total").increment(1);
        tracing::debug!(error = &error as &dyn std::error::Error, "Could not publish hints, the relay will");
    }
    // A confirmation without room stays in the outbox: the relay publishes that hint again, which is harmless.
    drop(confirmed.offer(ids));
    Ok(vec![(); hints.len()])
}

async fn confirm(dispatch: Arc<dyn Dispatch>, ids: Vec<OutboxId>) -> Result<Vec<()>, std::convert::Infallible> {
    if let Err(error) = dispatch.confirm(&ids).await {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "Could not take confirmed hints out of the outbox, the relay will repeat them"
        );
    }
    Ok(vec![(); ids.len()])
}
