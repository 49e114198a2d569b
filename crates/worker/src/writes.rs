//! Everything a worker writes under its leases, in natural batches, each followed by its live hints.

use std::{ops::Range, sync::Arc};

use futures_util::future::BoxFuture;
use thaiyyal_commands::{
    batch::{Batcher, Shape, Unanswered, Weighing},
    publish::Publisher,
};
use thaiyyal_ephemeral::{Ephemeral, Live};
use thaiyyal_model::ExecutionStatus;
use thaiyyal_store::{
    Dispatch, Error,
    dispatch::{Append, Finish, Lease, Release, Segment, Suspend, Written},
};
use tokio_util::task::TaskTracker;

use crate::{
    Settings,
    backoff::Backoff,
    trust::{Lapsed, Trust},
};

/// The four ways a slice writes.
pub(crate) struct Writes {
    append: Batcher<Append, Wrote, Lapsed>,
    finish: Batcher<Finish, Wrote, Lapsed>,
    suspend: Batcher<Suspend, Wrote, Lapsed>,
    release: Batcher<Release, Wrote, Lapsed>,
}

/// What became of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrote {
    /// It is durable.
    Yes,
    /// The lease is no longer ours: nothing was written, drop it.
    Fenced,
    /// It is durable but the lease is still held, because someone asked for a cancel.
    CancelRequested,
    /// It is durable but the lease is still held, because there are signals that were not seen.
    Signalled,
    /// The database will not take this, however often it is asked.
    Refused,
}

impl From<Written> for Wrote {
    fn from(written: Written) -> Self {
        match written {
            Written::Yes => Self::Yes,
            Written::Fenced => Self::Fenced,
            Written::CancelRequested => Self::CancelRequested,
            Written::Signalled => Self::Signalled,
        }
    }
}

/// Where writes and their hints go.
#[derive(Clone)]
pub(crate) struct Outlets {
    pub(crate) dispatch: Arc<dyn Dispatch>,
    pub(crate) ephemeral: Arc<dyn Ephemeral>,
    pub(crate) publisher: Publisher,
    pub(crate) trust: Arc<Trust>,
}

impl Writes {
    pub(crate) fn spawn(tracker: &TaskTracker, settings: &Settings, outlets: &Outlets) -> Self {
        let max_items = (settings.write_batch as usize).max(1);
        let shape = Shape { max_items, concurrency: (settings.writes_in_flight as usize).max(1), max_waiting: max_items * 8 };
        let on = |outlets: &Outlets| outlets.clone();
        Self {
            append: Batcher::spawn_weighing(tracker, "append", shape, Weighing::by(|item| item.segment.bytes.len()), {
                let outlets = on(outlets);
                move |items| append(outlets.clone(), items)
            }),
            finish: Batcher::spawn_weighing(
                tracker,
                "finish",
                shape,
                Weighing::by(|item| bytes(&item.segment) + item.output.as_ref().map_or(0, Vec::len)),
                {
                    let outlets = on(outlets);
                    move |items| finish(outlets.clone(), items)
                },
            ),
            suspend: Batcher::spawn_weighing(tracker, "suspend", shape, Weighing::by(|item| bytes(&item.segment)), {
                let outlets = on(outlets);
                move |items| suspend(outlets.clone(), items)
            }),
            release: Batcher::spawn_weighing(tracker, "release", shape, Weighing::by(|item| bytes(&item.segment)), {
                let outlets = on(outlets);
                move |items| release(outlets.clone(), items)
            }),
        }
    }

    pub(crate) async fn append(&self, item: Append) -> Result<Wrote, Unanswered<Lapsed>> {
        self.append.submit(item).await
    }

    pub(crate) async fn finish(&self, item: Finish) -> Result<Wrote, Unanswered<Lapsed>> {
        self.finish.submit(item).await
    }

    pub(crate) async fn finish_all(&self, items: Vec<Finish>) -> Result<Vec<Wrote>, Unanswered<Lapsed>> {
        self.finish.submit_all(items).await
    }

    pub(crate) async fn suspend(&self, item: Suspend) -> Result<Wrote, Unanswered<Lapsed>> {
        self.suspend.submit(item).await
    }

    pub(crate) async fn release(&self, item: Release) -> Result<Wrote, Unanswered<Lapsed>> {
        self.release.submit(item).await
    }

    pub(crate) async fn release_all(&self, items: Vec<Release>) -> Result<Vec<Wrote>, Unanswered<Lapsed>> {
        self.release.submit_all(items).await
    }
}

fn bytes(segment: &Option<Segment>) -> usize {
    segment.as_ref().map_or(0, |segment| segment.bytes.len())
}

async fn append(outlets: Outlets, items: Vec<Append>) -> Result<Vec<Wrote>, Lapsed> {
    let wrote = persist(&outlets.trust, "append", &items, |items| outlets.dispatch.append(items)).await?;
    let progress = |item: &Append| Live::Progress { tenant: item.lease.tenant, execution: item.lease.execution, seq: item.segment.last };
    outlets.tell(&wrote, items.iter().map(progress)).await;
    Ok(wrote.items)
}

async fn finish(outlets: Outlets, items: Vec<Finish>) -> Result<Vec<Wrote>, Lapsed> {
    let wrote = persist(&outlets.trust, "finish", &items, |items| outlets.dispatch.finish(items)).await?;
    outlets.tell(&wrote, items.iter().map(|item| status(&item.lease, item.status))).await;
    Ok(wrote.items)
}

async fn suspend(outlets: Outlets, items: Vec<Suspend>) -> Result<Vec<Wrote>, Lapsed> {
    let wrote = persist(&outlets.trust, "suspend", &items, |items| outlets.dispatch.suspend(items)).await?;
    outlets.tell(&wrote, items.iter().map(|item| status(&item.lease, ExecutionStatus::Waiting))).await;
    Ok(wrote.items)
}

async fn release(outlets: Outlets, items: Vec<Release>) -> Result<Vec<Wrote>, Lapsed> {
    let publisher = &outlets.publisher;
    let dispatch = &outlets.dispatch;
    let release = |items| -> BoxFuture<'_, _> {
        Box::pin(async move {
            let (written, hints) = dispatch.release(items).await?;
            publisher.publish(hints);
            Ok(written)
        })
    };
    let wrote = persist(&outlets.trust, "release", &items, release).await?;
    outlets.tell(&wrote, items.iter().map(|item| status(&item.lease, ExecutionStatus::Queued))).await;
    Ok(wrote.items)
}

fn status(lease: &Lease, status: ExecutionStatus) -> Live {
    Live::Status { tenant: lease.tenant, execution: lease.execution, status }
}

impl Outlets {
    /// Sends the live hints of what was written.
    async fn tell(&self, wrote: &Persisted, hints: impl Iterator<Item = Live>) {
        let is_news = |item: Wrote| match item {
            Wrote::Yes | Wrote::CancelRequested | Wrote::Signalled => true,
            // A first try whose answer was lost may have been the one that wrote. "Look again" is never wrong.
            Wrote::Fenced => wrote.is_repeated,
            Wrote::Refused => false,
        };
        let hints: Vec<_> = wrote.items.iter().zip(hints).filter(|(item, _)| is_news(**item)).map(|(_, hint)| hint).collect();
        if !hints.is_empty() {
            self.ephemeral.publish(&hints).await;
        }
    }
}

struct Persisted {
    items: Vec<Wrote>,
    /// Whether a try ended without saying if it had written.
    is_repeated: bool,
}

/// Writes a batch, for as long as the leases are trusted. While the database is away it is tried again (fenced writes may be repeated);
/// a batch it will not take is halved until the item it will not take stands alone, so that one bad item does no harm to the others.
async fn persist<'a, T, F>(trust: &Trust, what: &'static str, items: &'a [T], write: F) -> Result<Persisted, Lapsed>
where
    F: Fn(&'a [T]) -> BoxFuture<'a, Result<Vec<Written>, Error>>,
{
    let mut persisted = Persisted { items: vec![Wrote::Refused; items.len()], is_repeated: false };
    let mut todo: Vec<Range<usize>> = Vec::new();
    todo.push(0..items.len());
    let mut backoff = Backoff::for_outage();
    while let Some(range) = todo.pop() {
        trust.check()?;
        match write(&items[range.clone()]).await {
            Ok(written) => {
                backoff.reset();
                for (place, written) in persisted.items[range].iter_mut().zip(written) {
                    *place = written.into();
                }
            }
            Err(error @ (Error::Unavailable(_) | Error::Unknown(_))) => {
                persisted.is_repeated |= matches!(error, Error::Unknown(_));
                tracing::debug!(error = &error as &dyn std::error::Error, "Could not {what} {} executions, trying again", range.len());
                todo.push(range);
                tokio::time::sleep(backoff.next()).await;
            }
            Err(error @ (Error::Exists { .. } | Error::Corrupt { .. } | Error::Internal(_))) => {
                if range.len() == 1 {
                    tracing::error!(error = &error as &dyn std::error::Error, "The database refuses to {what} an execution");
                } else {
                    let middle = range.start + range.len() / 2;
                    todo.push(middle..range.end);
                    todo.push(range.start..middle);
                }
            }
        }
    }
    Ok(persisted)
}

#[cfg(test)]
mod tests;
