//! From hints to running executions.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use thaiyyal_engine::Progress;
use thaiyyal_ephemeral::Live;
use thaiyyal_model::{Epoch, ExecutionId, ExecutionStatus, Failure};
use thaiyyal_queue::{Ack, Consumer, Delivery, Queue};
use thaiyyal_store::{
    Error,
    dispatch::{Claimed, Finish, Lease},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::Instant,
};
use tracing::Instrument;

use crate::{
    backoff::Backoff,
    core::Core,
    drought::Drought,
    held::Ticket,
    keeping,
    plans::Planned,
    slice::{self, Begun, Journal, Slice},
    slots::Seats,
    spans,
};

/// How long executions are run in a row before other tasks get their turn.
const TURN: Duration = Duration::from_micros(500);

/// Takes hints while there are free slots, and claims what they name, until the worker is to stop.
pub(crate) async fn run(core: &Arc<Core>, queue: &dyn Queue) {
    let claims = Arc::new(Semaphore::new((core.settings.claims_in_flight as usize).max(1)));
    let mut backoff = Backoff::for_outage();
    while !core.stop.is_cancelled() {
        match queue.consume(core.settings.prefetch.max(1)).await {
            Ok(mut consumer) => {
                backoff.reset();
                core.stop.run_until_cancelled(take(core, consumer.as_mut(), &claims)).await;
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "Cannot subscribe to hints, trying again"),
        }
        core.stop.run_until_cancelled(tokio::time::sleep(backoff.next())).await;
    }
}

/// Hands hints to claims; while none come, claims without. What comes while as many claims as allowed are under way, or while no slot
/// is free, forms the next claim.
async fn take(core: &Arc<Core>, consumer: &mut dyn Consumer, claims: &Arc<Semaphore>) {
    let mut drought = Drought::new(core.settings.claim_directly_after());
    loop {
        let Ok(permit) = Arc::clone(claims).acquire_owned().await else { return };
        core.trust.good().await;
        let free = core.slots.free().await;
        let first = tokio::select! {
            biased;
            first = consumer.next() => first,
            () = drought.lasts() => {
                let most = free.min(core.settings.claim_batch as usize);
                drought.looked(claim_directly(core, permit, drought.lost_after(), most).await);
                continue;
            }
        };
        let Some(first) = first else { return };
        drought.ends();
        let mut hints = Hints::default();
        hints.add(first);
        let most = free.min(core.settings.claim_batch as usize);
        while hints.executions.len() < most {
            let Some(Some(next)) = consumer.next().now_or_never() else { break };
            hints.add(next);
        }
        let seats = core.slots.take(hints.executions.len());
        core.meters.free_slots.set(core.slots.count() as f64);
        let core_of_claim = Arc::clone(core);
        core.spawn(async move {
            let core = core_of_claim;
            let claimed = claim(&core, hints).await;
            drop(permit);
            if let Some(claimed) = claimed {
                run_all(&core, claimed, seats).await;
            }
        });
    }
}

/// Claims without hints, and runs what it got; how many that were.
async fn claim_directly(core: &Arc<Core>, permit: OwnedSemaphorePermit, lost_after: Duration, most: usize) -> usize {
    let seats = core.slots.take(most);
    let (told, count) = oneshot::channel();
    let core_of_claim = Arc::clone(core);
    core.spawn(async move {
        let core = core_of_claim;
        let begun = Instant::now();
        match core.dispatch.claim_overdue(core.id, lost_after, u32::try_from(most).unwrap_or(u32::MAX)).await {
            Ok(claimed) => {
                drop(permit);
                // Whoever asked may have been told to stop meanwhile.
                let _ = told.send(claimed.len());
                if !claimed.is_empty() {
                    core.meters.claims.record(begun.elapsed());
                    core.meters.claimed.increment(claimed.len() as u64);
                    core.meters.unhinted.increment(claimed.len() as u64);
                    run_all(&core, claimed, seats).await;
                }
            }
            // Leases of a claim whose answer was lost are found when the worker compares what it holds with the database.
            Err(error) => tracing::debug!(error = &error as &dyn std::error::Error, "Could not claim without hints"),
        }
    });
    count.await.unwrap_or(0)
}

/// Deliveries that are claimed together.
#[derive(Default)]
struct Hints {
    executions: Vec<ExecutionId>,
    acks: Vec<Ack>,
}

impl Hints {
    fn add(&mut self, delivery: Delivery) {
        self.executions.extend(delivery.hint.executions);
        self.acks.push(delivery.ack);
    }
}

/// Claims and, once that is committed, acknowledges, also what gave nothing. While the database is away the hints stay
/// unacknowledged; when the worker may claim no more, others get them.
async fn claim(core: &Arc<Core>, hints: Hints) -> Option<Vec<Claimed>> {
    let mut backoff = Backoff::for_outage();
    loop {
        if !core.trust.is_good() || core.stop.is_cancelled() {
            return None;
        }
        let begun = Instant::now();
        match core.dispatch.claim(core.id, &hints.executions).await {
            Ok(claimed) => {
                core.meters.claims.record(begun.elapsed());
                core.meters.claimed.increment(claimed.len() as u64);
                core.meters.unclaimed.increment(hints.executions.len().saturating_sub(claimed.len()) as u64);
                // What was claimed need not wait for the broker.
                core.spawn(async move {
                    for ack in hints.acks {
                        ack.ack().await;
                    }
                });
                return Some(claimed);
            }
            // Leases of a claim whose answer was lost are found when the worker compares what it holds with the database.
            Err(error @ (Error::Unavailable(_) | Error::Unknown(_))) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "Could not claim, trying again");
                core.stop.run_until_cancelled(tokio::time::sleep(backoff.next())).await;
            }
            Err(error @ (Error::Exists { .. } | Error::Corrupt { .. } | Error::Internal(_))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "The database refuses a claim");
                core.stop.run_until_cancelled(tokio::time::sleep(backoff.next())).await;
                return None;
            }
        }
    }
}

/// Runs what was claimed. What ends at once, as pure executions do, is run here one after the other and recorded together; the rest
/// goes on in tasks of its own.
async fn run_all(core: &Arc<Core>, claimed: Vec<Claimed>, mut seats: Seats) {
    seats.shrink(claimed.len());
    let tickets: Vec<_> = claimed.iter().map(ticket).collect();
    core.held.add(&tickets);
    let mut ends = Vec::with_capacity(claimed.len());
    let mut ended = Vec::with_capacity(claimed.len());
    let mut running = Vec::new();
    let mut turn = Instant::now();
    for (claimed, ticket) in claimed.into_iter().zip(tickets) {
        if claimed.epoch == Epoch(1) {
            core.meters.waited(claimed.created_at, core.clock.as_ref());
        }
        if turn.elapsed() > TURN {
            tokio::task::yield_now().await;
            turn = Instant::now();
        }
        let first = match core.plans.find(claimed.scope, claimed.definition).await {
            Some(planned) => first_turn(core, claimed, None, &ticket, planned),
            None => First::Unplanned(claimed),
        };
        match first {
            First::Ended(finish) => {
                ends.push(finish);
                ended.push(ticket);
            }
            First::GoesOn(begun, progress, span) => {
                running.push(status(&begun.ticket.lease, ExecutionStatus::Running));
                let slice = Slice::new(Arc::clone(core), *begun, seats.split());
                core.spawn(guard(Arc::clone(core), ticket, slice.run(progress)).instrument(span));
            }
            First::Keeps(begun, finish, span) => {
                let core_of_end = Arc::clone(core);
                let end = async move { slice::keep_and_conclude(&core_of_end, *begun, finish).await };
                core.spawn(guard(Arc::clone(core), ticket, end).instrument(span));
            }
            First::Unplanned(claimed) => {
                running.push(status(&ticket.lease, ExecutionStatus::Running));
                core.spawn(guard(Arc::clone(core), Arc::clone(&ticket), plan_and_run(Arc::clone(core), claimed, ticket, seats.split())));
            }
        }
    }
    if !running.is_empty() {
        core.ephemeral.publish(&running).await;
    }
    if !ends.is_empty() {
        slice::conclude_all(core, &ended, ends).await;
    }
}

fn ticket(claimed: &Claimed) -> Arc<Ticket> {
    let lease = Lease { tenant: claimed.scope.tenant(), execution: claimed.execution, epoch: claimed.epoch };
    Ticket::new(lease, claimed.parent.is_some(), claimed.cancel_requested)
}

fn status(lease: &Lease, status: ExecutionStatus) -> Live {
    Live::Status { tenant: lease.tenant, execution: lease.execution, status }
}

/// How far an execution came in its first turn.
enum First {
    Ended(Finish),
    GoesOn(Box<Begun>, Progress, tracing::Span),
    /// It ended, and something of it belongs into the object store first.
    Keeps(Box<Begun>, Finish, tracing::Span),
    /// Its plan or its journal is not all here.
    Unplanned(Claimed),
}

/// Begins an execution and lets it compute once; with its journal, if that was read already.
fn first_turn(core: &Core, claimed: Claimed, journal: Option<Journal>, ticket: &Arc<Ticket>, planned: Planned) -> First {
    let span = spans::slice(&claimed);
    let entered = span.enter();
    let turn = || {
        let journal = match journal {
            Some(journal) => journal,
            None => Journal::read(&claimed.journal)?,
        };
        if keeping::is_shortened(&journal.records) {
            return Ok(First::Unplanned(claimed));
        }
        let mut begun = slice::begin(core, claimed, journal, Arc::clone(ticket), planned?)?;
        Ok(match begun.advance(core) {
            Progress::Ended(outcome) => {
                let finish = begun.finish(outcome, core.clock.now());
                if begun.objects.is_empty() { First::Ended(finish) } else { First::Keeps(Box::new(begun), finish, span.clone()) }
            }
            progress @ (Progress::More | Progress::Effects(_) | Progress::Objects(_)) => {
                First::GoesOn(Box::new(begun), progress, span.clone())
            }
        })
    };
    let first = catch_unwind(AssertUnwindSafe(turn)).unwrap_or_else(|_panic| Err(panicked(core, ticket)));
    drop(entered);
    first.unwrap_or_else(|failure: Failure| First::Ended(slice::failed(ticket.lease, &failure, core.clock.now())))
}

/// Runs an execution whose definition this worker has not compiled yet, or of whose journal a part is in the object store.
async fn plan_and_run(core: Arc<Core>, claimed: Claimed, ticket: Arc<Ticket>, seats: Seats) {
    let mut backoff = Backoff::for_outage();
    let planned = loop {
        match core.plans.get(claimed.scope, claimed.definition).await {
            Ok(planned) => break planned,
            Err(error) => {
                if !core.trust.is_good() || ticket.is_lost() {
                    return;
                }
                tracing::debug!(error = &error as &dyn std::error::Error, "Could not read a definition, trying again");
                tokio::time::sleep(backoff.next()).await;
            }
        }
    };
    let journal = match whole_journal(&core, &claimed, &ticket).await {
        None => return,
        Some(Ok(journal)) => journal,
        Some(Err(failure)) => {
            return slice::conclude(&core, &ticket, slice::failed(ticket.lease, &failure, core.clock.now())).await;
        }
    };
    match first_turn(&core, claimed, Some(journal), &ticket, planned) {
        First::Ended(finish) => slice::conclude(&core, &ticket, finish).await,
        First::Keeps(begun, finish, span) => slice::keep_and_conclude(&core, *begun, finish).instrument(span).await,
        First::GoesOn(begun, progress, span) => Slice::new(core, *begun, seats).run(progress).instrument(span).await,
        First::Unplanned(_) => {}
    }
}

/// The journal of an execution with all its values; `None` when the worker is to leave it.
async fn whole_journal(core: &Arc<Core>, claimed: &Claimed, ticket: &Arc<Ticket>) -> Option<Result<Journal, Failure>> {
    let mut journal = match Journal::read(&claimed.journal) {
        Ok(journal) => journal,
        Err(failure) => return Some(Err(failure)),
    };
    if !keeping::is_shortened(&journal.records) {
        return Some(Ok(journal));
    }
    let Some(keeping) = &core.keeping else {
        let message = "the journal names objects, and this worker has no object store: objects.url is not set";
        return Some(Err(Failure::new("object_missing", message)));
    };
    let shelf = keeping.shelf(&claimed.scope, claimed.execution);
    Some(keeping::lengthen(&shelf, &mut journal.records, core.may_wait(ticket)).await?.map(|()| journal))
}

/// Runs a slice; a panic in it ends its execution. Nodes always do the same, so running it again would only panic again.
pub(crate) async fn guard(core: Arc<Core>, ticket: Arc<Ticket>, slice: impl Future<Output = ()>) {
    if AssertUnwindSafe(slice).catch_unwind().await.is_err() {
        let failure = panicked(&core, &ticket);
        slice::conclude(&core, &ticket, slice::failed(ticket.lease, &failure, core.clock.now())).await;
    }
}

/// The one place where a panic becomes a failure.
fn panicked(core: &Core, ticket: &Ticket) -> Failure {
    core.meters.panics.increment(1);
    let execution = ticket.lease.execution;
    tracing::error!(execution.id = %execution, "Running execution {execution} panicked, this is a bug");
    Failure::new("internal", "a bug of ours ended this execution; it was reported")
}
