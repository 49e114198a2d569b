//! Natural batching: while one write is in flight, the next collects; an idle system adds no latency.

use std::{fmt, future::Future, panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

#[cfg(test)]
mod tests;

/// How a [`Batcher`] collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The most items one batch holds.
    pub max_items: usize,
    /// How many batches may be in flight. With one, items are written in the order they were submitted.
    pub concurrency: usize,
    /// How many items may wait for a batch before submitters have to wait (or [`Batcher::offer`] refuses).
    pub max_waiting: usize,
}

impl Shape {
    /// Batches of at most `max_items`, one in flight, with room for eight more to collect.
    #[must_use]
    pub const fn sequential(max_items: usize) -> Self {
        Self { max_items, concurrency: 1, max_waiting: max_items * 8 }
    }
}

/// How heavy items are: a few large ones make a batch as well as many small ones.
#[derive(Debug)]
pub struct Weighing<T> {
    /// About how many bytes an item takes on its way.
    pub of: fn(&T) -> usize,
    /// The most bytes one batch holds; a heavier item or job goes alone.
    pub max: usize,
}

/// What a connection to a database carries in one go without holding everything else up, and without a buffer it never gives back.
pub const MAX_BATCH_BYTES: usize = 4 << 20;

impl<T> Weighing<T> {
    /// Batches of at most [`MAX_BATCH_BYTES`].
    #[must_use]
    pub const fn by(of: fn(&T) -> usize) -> Self {
        Self { of, max: MAX_BATCH_BYTES }
    }

    /// For items that are all small.
    const fn none() -> Self {
        Self { of: |_| 0, max: usize::MAX }
    }

    fn all(&self, items: &[T]) -> usize {
        items.iter().map(self.of).fold(0, usize::saturating_add)
    }
}

impl<T> Clone for Weighing<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Weighing<T> {}

/// Turns many small writes into few large ones: whatever was submitted while a batch was in flight forms the next one.
///
/// There is no timer: a lone item is written at once. Submitters are served in the order they came. A submitter that is dropped
/// loses its answer only; its item is written all the same. The batcher ends when its last clone is gone and everything submitted was
/// written.
pub struct Batcher<T, R, E> {
    jobs: mpsc::UnboundedSender<Job<T, R, E>>,
    room: Arc<Semaphore>,
    max_items: usize,
    max_waiting: usize,
    weighing: Weighing<T>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered<E> {
    /// The whole batch failed; everyone in it gets the same error.
    #[error("the batch was not written")]
    Failed(Arc<E>),
    /// The batch function panicked or the process is shutting down: whether the item was written is not known.
    #[error("the batch ended without an answer")]
    Lost,
}

impl<E> Clone for Unanswered<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Failed(error) => Self::Failed(Arc::clone(error)),
            Self::Lost => Self::Lost,
        }
    }
}

type Answer<R, E> = Result<Vec<R>, Unanswered<E>>;
/// `None` for items that were offered without wanting an answer.
type Reply<R, E> = Option<oneshot::Sender<Answer<R, E>>>;

/// What one caller submitted; stays together in one batch.
struct Job<T, R, E> {
    items: Items<T>,
    reply: Reply<R, E>,
}

/// Most jobs are one item, which needs no list of its own.
enum Items<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Items<T> {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(items) => items.len(),
        }
    }

    fn weight(&self, weighing: &Weighing<T>) -> usize {
        match self {
            Self::One(item) => (weighing.of)(item),
            Self::Many(items) => weighing.all(items),
        }
    }
}

impl<T, R, E> Batcher<T, R, E>
where
    T: Send + 'static,
    R: Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    /// Starts collecting on `tracker`. `write` gets 1 to `shape.max_items` items and answers each, in order, or fails as a whole.
    /// `name` tells batchers apart in metrics and logs.
    ///
    /// # Panics
    /// When a number in `shape` is zero or `max_waiting` is smaller than `max_items`.
    pub fn spawn<F, Fut>(tracker: &TaskTracker, name: &'static str, shape: Shape, write: F) -> Self
    where
        F: Fn(Vec<T>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<R>, E>> + Send + 'static,
    {
        Self::spawn_weighing(tracker, name, shape, Weighing::none(), write)
    }

    /// As [`spawn`](Self::spawn), for items of which some are large.
    ///
    /// # Panics
    /// As there.
    pub fn spawn_weighing<F, Fut>(tracker: &TaskTracker, name: &'static str, shape: Shape, weighing: Weighing<T>, write: F) -> Self
    where
        F: Fn(Vec<T>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<R>, E>> + Send + 'static,
    {
        assert!(shape.max_items > 0 && shape.concurrency > 0 && shape.max_waiting >= shape.max_items, "batcher {name} cannot hold a batch");
        let (jobs, queue) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(shape.max_waiting));
        let collector =
            Collector { queue, held: None, room: Arc::clone(&room), max_items: shape.max_items, weighing, meters: Meters::of(name) };
        tracker.spawn(collector.run(name, shape.concurrency, write));
        Self { jobs, room, max_items: shape.max_items, max_waiting: shape.max_waiting, weighing }
    }

    /// Submits one item and waits for its answer; waits for room first when too many items are waiting.
    ///
    /// # Errors
    /// When the batch the item was in failed, or there will be no answer.
    pub async fn submit(&self, item: T) -> Result<R, Unanswered<E>> {
        let mut answers = self.send(Items::One(item)).await?.await.map_err(|_| Unanswered::Lost)??;
        answers.pop().ok_or(Unanswered::Lost)
    }

    /// Submits many items, as if each were submitted in turn, and waits for the answers, in order.
    ///
    /// # Errors
    /// When a batch that one of the items was in failed, or there will be no answer; other items may have been written.
    pub async fn submit_all(&self, items: Vec<T>) -> Result<Vec<R>, Unanswered<E>> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        if items.len() <= self.max_items && self.weighing.all(&items) <= self.weighing.max {
            return self.send(Items::Many(items)).await?.await.map_err(|_| Unanswered::Lost)?;
        }
        let mut answers = Vec::with_capacity(items.len());
        let mut pending = Vec::new();
        for chunk in chunks(items, self.max_items, self.weighing) {
            pending.push(self.send(Items::Many(chunk)).await?);
        }
        for reply in pending {
            answers.append(&mut reply.await.map_err(|_| Unanswered::Lost)??);
        }
        Ok(answers)
    }

    /// Submits items without waiting and without an answer; returns those there was no room for.
    pub fn offer(&self, items: Vec<T>) -> Vec<T> {
        let mut refused = Vec::new();
        for chunk in chunks(items, self.max_items, self.weighing) {
            let fits = u32::try_from(chunk.len()).ok().and_then(|count| self.room.try_acquire_many(count).ok());
            match fits {
                Some(permit) => {
                    permit.forget();
                    if let Err(mpsc::error::SendError(Job { items: Items::Many(chunk), .. })) =
                        self.jobs.send(Job { items: Items::Many(chunk), reply: None })
                    {
                        refused.extend(chunk);
                    }
                }
                None => refused.extend(chunk),
            }
        }
        refused
    }

    /// How many items wait for a batch.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.max_waiting - self.room.available_permits()
    }

    async fn send(&self, items: Items<T>) -> Result<oneshot::Receiver<Answer<R, E>>, Unanswered<E>> {
        let count = u32::try_from(items.len()).map_err(|_| Unanswered::Lost)?;
        self.room.acquire_many(count).await.map_err(|_| Unanswered::Lost)?.forget();
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job { items, reply: Some(reply) }).map_err(|_| Unanswered::Lost)?;
        Ok(answer)
    }
}

impl<T, R, E> Clone for Batcher<T, R, E> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
            room: Arc::clone(&self.room),
            max_items: self.max_items,
            max_waiting: self.max_waiting,
            weighing: self.weighing,
        }
    }
}

impl<T, R, E> fmt::Debug for Batcher<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").field("room", &self.room.available_permits()).field("max_items", &self.max_items).finish()
    }
}

/// The items in pieces of at most `size` items and `weighing.max` bytes, in order.
fn chunks<T>(items: Vec<T>, size: usize, weighing: Weighing<T>) -> impl Iterator<Item = Vec<T>> {
    let mut items = items.into_iter().peekable();
    std::iter::from_fn(move || {
        let first = items.next()?;
        let mut weight = (weighing.of)(&first);
        let mut chunk = vec![first];
        while chunk.len() < size {
            let Some(next) = items.next_if(|next| weight.saturating_add((weighing.of)(next)) <= weighing.max) else { break };
            weight = weight.saturating_add((weighing.of)(&next));
            chunk.push(next);
        }
        Some(chunk)
    })
}

/// The receiving end: forms batches and hands the answers back.
struct Collector<T, R, E> {
    queue: mpsc::UnboundedReceiver<Job<T, R, E>>,
    /// A job that did not fit into the batch before.
    held: Option<Job<T, R, E>>,
    room: Arc<Semaphore>,
    max_items: usize,
    weighing: Weighing<T>,
    meters: Meters,
}

struct Batch<T, R, E> {
    items: Vec<T>,
    /// How many of the items each reply is for.
    replies: Vec<(usize, Reply<R, E>)>,
}

impl<T, R, E> Collector<T, R, E>
where
    T: Send + 'static,
    R: Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    async fn run<F, Fut>(mut self, name: &'static str, concurrency: usize, write: F)
    where
        F: Fn(Vec<T>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<R>, E>> + Send + 'static,
    {
        let meters = self.meters.clone();
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(()) = running.next(), if !running.is_empty() => {}
                batch = self.gather(), if running.len() < concurrency => match batch {
                    Some(batch) => running.push(written(name, &meters, &write, batch)),
                    None => break,
                },
            }
        }
        while running.next().await.is_some() {}
    }

    /// The next batch, `None` after the last one. Cancel-safe: the only wait comes before anything was taken.
    async fn gather(&mut self) -> Option<Batch<T, R, E>> {
        let first = match self.held.take() {
            Some(job) => job,
            None => self.queue.recv().await?,
        };
        let mut weight = first.items.weight(&self.weighing);
        let mut batch = Batch { items: Vec::with_capacity(first.items.len() + self.queue.len().min(self.max_items)), replies: Vec::new() };
        batch.take(first);
        while batch.items.len() < self.max_items {
            let Ok(job) = self.queue.try_recv() else { break };
            let with_it = weight.saturating_add(job.items.weight(&self.weighing));
            if batch.items.len() + job.items.len() > self.max_items || with_it > self.weighing.max {
                self.held = Some(job);
                break;
            }
            weight = with_it;
            batch.take(job);
        }
        self.room.add_permits(batch.items.len());
        Some(batch)
    }
}

impl<T, R, E> Batch<T, R, E> {
    fn take(&mut self, job: Job<T, R, E>) {
        self.replies.push((job.items.len(), job.reply));
        match job.items {
            Items::One(item) => self.items.push(item),
            Items::Many(items) => self.items.extend(items),
        }
    }
}

/// Writes one batch and answers everyone in it.
async fn written<T, R, E, F, Fut>(name: &'static str, meters: &Meters, write: &F, batch: Batch<T, R, E>)
where
    E: std::error::Error + Send + Sync + 'static,
    F: Fn(Vec<T>) -> Fut,
    Fut: Future<Output = Result<Vec<R>, E>>,
{
    let count = batch.items.len();
    let begun = Instant::now();
    let outcome = AssertUnwindSafe(async { write(batch.items).await }).catch_unwind().await;
    meters.record(count, begun);
    let mut answers = match outcome {
        Ok(Ok(answers)) if answers.len() == count => Ok(answers.into_iter()),
        Ok(Ok(answers)) => {
            tracing::error!(batch.name = name, batch.size = count, "The batch {name} of {count} items got {} answers", answers.len());
            Err(Unanswered::Lost)
        }
        Ok(Err(error)) => Err(Unanswered::Failed(Arc::new(error))),
        Err(_panic) => {
            tracing::error!(batch.name = name, batch.size = count, "Writing the batch {name} of {count} items panicked");
            Err(Unanswered::Lost)
        }
    };
    for (count, reply) in batch.replies {
        let answer = match &mut answers {
            Ok(answers) => Ok(answers.by_ref().take(count).collect()),
            Err(unanswered) => Err(unanswered.clone()),
        };
        if let Some(reply) = reply {
            // A submitter that went away does not want its answer.
            drop(reply.send(answer));
        }
    }
}

#[derive(Clone)]
struct Meters {
    size: metrics::Histogram,
    duration: metrics::Histogram,
}

impl Meters {
    fn of(name: &'static str) -> Self {
        Self {
            size: metrics::histogram!("thaiyyal_commands_batch_size_items", "batch" => name),
            duration: metrics::histogram!("thaiyyal_commands_batch_duration_seconds", "batch" => name),
        }
    }

    fn record(&self, count: usize, begun: Instant) {
        #[expect(clippy::cast_precision_loss, reason = "batches are far smaller than 2^52")]
        self.size.record(count as f64);
        self.duration.record(begun.elapsed());
    }
}
