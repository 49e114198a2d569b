//! What a worker does between claiming an execution and giving it back.

mod begin;
mod call;
mod family;
mod give_back;
mod inbox;
mod questions;

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use thaiyyal_engine::{Answer, Child, Effect, EffectKind, Progress, Traffic};
use thaiyyal_model::{ExecutionId, Failure, Reason, StepId, Str, Timestamp};
use thaiyyal_store::{
    approvals::Question,
    dispatch::{Append, Segment},
};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{core::Core, heavy::Room, keeping, slots::Seats, writes::Wrote};

pub(crate) use begin::{Begun, Journal, begin};
pub use call::{Caller, call};
use family::Family;
pub(crate) use give_back::{conclude, conclude_all, failed, keep_and_conclude};

/// An execution that needs the world, or more than one turn.
pub(crate) struct Slice {
    core: Arc<Core>,
    begun: Begun,
    since: Instant,
    /// Records written in this slice.
    records: u64,
    /// The place among the running; none while it only waits.
    seats: Option<Seats>,
    /// The place among the heavy ones, once it has become one.
    room: Option<OwnedSemaphorePermit>,
    /// Calls that are allowed to begin once what led to them is in the journal.
    next: Vec<Effect>,
    /// Each gives nothing when it was stopped.
    calls: FuturesUnordered<BoxFuture<'static, Option<Came>>>,
    /// Stops one of the calls.
    stops: HashMap<StepId, CancellationToken>,
    waits: Vec<Wait>,
    /// What people have to be told of these waits.
    questions: Vec<Question>,
    family: Family,
    cancelled: CancellationToken,
}

/// Whoever drops a slice stops its calls.
impl Drop for Slice {
    fn drop(&mut self) {
        self.cancelled.cancel();
    }
}

/// A step that waits.
struct Wait {
    step: StepId,
    until: Option<Timestamp>,
    reason: Reason,
    /// The name of what ends it from outside.
    signal: Option<Str>,
    /// The attempt of the step whose question people see, if they are asked one.
    asks: Option<u32>,
    /// The execution whose end it is for.
    child: Option<ExecutionId>,
}

/// What came of something that was begun.
enum Came {
    Answer(StepId, Answer),
    /// A child was started, and its end is to be waited for.
    Child(Wait),
    /// The lease was lost before a child was started.
    Nothing(StepId),
}

/// What to do when nothing is left to compute.
enum Next {
    /// The machine was told something: compute on.
    Advance,
    /// Give the lease back with work left.
    Release,
    /// Give the lease back until the time comes, or something else wakes it.
    Suspend,
    /// Wait here.
    Await,
    /// Nothing can ever happen again.
    Stuck,
}

/// Whether the slice goes on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Quit,
}

impl Slice {
    pub(crate) fn new(core: Arc<Core>, begun: Begun, seats: Seats) -> Self {
        Self {
            core,
            begun,
            since: Instant::now(),
            records: 0,
            seats: Some(seats),
            room: None,
            next: Vec::new(),
            calls: FuturesUnordered::new(),
            stops: HashMap::new(),
            waits: Vec::new(),
            questions: Vec::new(),
            family: Family::default(),
            cancelled: CancellationToken::new(),
        }
    }

    /// Goes on from the machine's first answer until the execution ends, waits, is handed back or lost.
    pub(crate) async fn run(mut self, mut progress: Progress) {
        loop {
            if self.weigh(&progress).await == Then::Quit {
                return;
            }
            match progress {
                Progress::Ended(outcome) => return self.end(outcome).await,
                Progress::More => {
                    // What is pure can be computed again elsewhere.
                    if self.core.stop.is_cancelled() && self.calls.is_empty() {
                        return self.release().await;
                    }
                    tokio::task::yield_now().await;
                    self.take_answers();
                }
                Progress::Objects(traffic) => {
                    if self.carry(traffic).await == Then::Quit {
                        return;
                    }
                    self.take_answers();
                }
                Progress::Effects(effects) => {
                    self.sort(effects);
                    if self.ask().await == Then::Quit {
                        return;
                    }
                    match self.next() {
                        Next::Advance => {}
                        Next::Release => return self.release().await,
                        Next::Suspend => {
                            if self.suspend().await == Then::Quit {
                                return;
                            }
                        }
                        Next::Stuck => return self.fail(Failure::new("internal", "the execution waits for nothing")).await,
                        Next::Await => {
                            if self.go_on().await == Then::Quit {
                                return;
                            }
                        }
                    }
                }
            }
            if self.begun.ticket.take_signalled() {
                self.look_into_inbox().await;
            }
            if self.is_lost() {
                return;
            }
            progress = self.begun.advance(&self.core);
        }
    }

    /// Sees to it that no more heavy executions go on at a time than the worker has memory for. Whoever has to wait for that still hears
    /// what it is told, and calls under way go on.
    async fn weigh(&mut self, progress: &Progress) -> Then {
        let core = Arc::clone(&self.core);
        // Only between two stretches of computing nothing was handed out that would be lost.
        let can_leave = match progress {
            Progress::Ended(_) => return Then::GoOn,
            Progress::More => self.calls.is_empty() && self.next.is_empty(),
            Progress::Objects(_) | Progress::Effects(_) => false,
        };
        if !core.heavy.is_heavy(self.begun.machine.held_bytes()) {
            self.room = None;
            return Then::GoOn;
        }
        if self.room.is_none() {
            match core.heavy.room() {
                Room::Now(place) => self.room = Some(place),
                Room::Later if can_leave && self.begun.may_pause(&core) => return self.put_off().await,
                Room::Soon | Room::Later => self.wait_for_room(&core).await,
            }
        }
        Then::GoOn
    }

    async fn wait_for_room(&mut self, core: &Core) {
        let left = Duration::try_from(self.begun.deadline().duration_since(core.clock.now())).unwrap_or_default();
        let deadline = tokio::time::sleep(left);
        let turn = core.heavy.turn();
        tokio::pin!(deadline, turn);
        while self.begun.may_pause(core) && !core.stop.is_cancelled() {
            tokio::select! {
                biased;
                () = self.begun.ticket.ordered() => return,
                room = &mut turn => {
                    self.room = room;
                    return;
                }
                Some(answered) = self.calls.next(), if !self.calls.is_empty() => self.answered(answered),
                () = core.stop.cancelled() => return,
                () = &mut deadline => return,
            }
        }
    }

    /// Stores and reads what the machine asks for.
    async fn carry(&mut self, traffic: Traffic) -> Then {
        self.begun.objects.extend(traffic.put);
        if self.store().await == Then::Quit {
            return Then::Quit;
        }
        let Some((hash, shelf)) = traffic.get.zip(self.begun.shelf()) else { return Then::GoOn };
        match keeping::fetch(&shelf, hash, self.core.may_wait(&self.begun.ticket)).await {
            None => Then::Quit,
            Some(content) => {
                self.begun.machine.supply(content);
                Then::GoOn
            }
        }
    }

    /// Stores what the next write to the database names. An execution whose objects cannot be stored before the worker ends, or loses it,
    /// is taken up again from what was written before.
    async fn store(&mut self) -> Then {
        if self.storing().await { Then::GoOn } else { Then::Quit }
    }

    /// The same, for others to go on meanwhile; whether all is stored.
    fn storing(&mut self) -> impl Future<Output = bool> + Send + use<> {
        let objects = std::mem::take(&mut self.begun.objects);
        let shelf = self.begun.shelf().filter(|_| !objects.is_empty());
        let may_wait = self.core.may_wait(&self.begun.ticket);
        async move {
            match shelf {
                Some(shelf) => keeping::store(&shelf, objects, may_wait).await,
                None => true,
            }
        }
    }

    fn sort(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect.kind {
                EffectKind::Call { .. } => self.next.push(effect),
                EffectKind::Wait { until, reason, ref expects } => self.begin_wait(&effect, until, reason, expects.clone()),
                EffectKind::Child(ref child) => match self.ended_already(&effect.step, child) {
                    Some(wait) => self.waits.push(wait),
                    None => self.next.push(effect),
                },
                EffectKind::Cancel { child } => {
                    self.forget(&effect.step);
                    self.family.abandon(child);
                }
            }
        }
    }

    /// Stops what was asked for a step; its answer is not wanted any more.
    fn forget(&mut self, step: &StepId) {
        let (left, forgotten) = std::mem::take(&mut self.waits).into_iter().partition(|wait| wait.step != *step);
        self.waits = left;
        let forgotten: Vec<Wait> = forgotten;
        self.questions.extend(forgotten.iter().filter_map(Wait::closed));
        self.begun.mail.forget(step);
        self.next.retain(|effect| effect.step != *step);
        if let Some(stop) = self.stops.remove(step) {
            stop.cancel();
        }
    }

    fn answered(&mut self, answered: Option<Came>) {
        match answered {
            Some(Came::Answer(step, answer)) => {
                self.stops.remove(&step);
                self.family.began(&step);
                self.begun.machine.complete(&step, answer, self.core.clock.now());
            }
            Some(Came::Child(wait)) => {
                self.family.began(&wait.step);
                if self.family.wants(&wait) {
                    self.waits.push(wait);
                }
            }
            Some(Came::Nothing(step)) => self.family.began(&step),
            None => {}
        }
    }

    fn next(&mut self) -> Next {
        let now = self.core.clock.now();
        // What came in time counts, also when the time is over by now.
        if self.give_signals(now) || self.wake(now) {
            return Next::Advance;
        }
        if !self.calls.is_empty() {
            return Next::Await;
        }
        if !self.next.is_empty() {
            return if self.must_leave() { Next::Release } else { Next::Await };
        }
        match self.first_wait() {
            None if self.waits.is_empty() => Next::Stuck,
            None => Next::Suspend,
            Some(until) => {
                let is_short = until.duration_since(now).as_millis() < i128::from(self.core.settings.inline_wait_ms);
                if is_short && !self.core.stop.is_cancelled() { Next::Await } else { Next::Suspend }
            }
        }
    }

    /// Tells the machine of waits that are over; whether there were any.
    fn wake(&mut self, now: Timestamp) -> bool {
        let before = self.waits.len();
        let (machine, questions, family) = (&mut self.begun.machine, &mut self.questions, &mut self.family);
        self.waits.retain(|wait| {
            let is_over = wait.until.is_some_and(|until| until <= now);
            if is_over {
                questions.extend(wait.closed());
                family.abandon(wait.child);
                machine.complete(&wait.step, wait.child.map_or(Answer::Woken, Child::overdue), now);
            }
            !is_over
        });
        self.waits.len() < before
    }

    fn first_wait(&self) -> Option<Timestamp> {
        self.waits.iter().filter_map(|wait| wait.until).min()
    }

    /// Whether no further call may begin: the worker stops, or others should get a turn.
    fn must_leave(&self) -> bool {
        self.core.stop.is_cancelled()
            || self.records >= self.core.settings.slice_records
            || self.since.elapsed() >= self.core.settings.slice()
    }

    fn is_lost(&self) -> bool {
        self.begun.ticket.is_lost() || !self.core.trust.is_good()
    }

    /// Journals, begins the calls that were waiting for it, and waits for something to happen.
    async fn go_on(&mut self) -> Then {
        let (then, was_answered) = self.journal().await;
        if then == Then::Quit || self.is_lost() {
            return Then::Quit;
        }
        self.let_go().await;
        if was_answered || self.begun.must_stop(&self.core) {
            // What came meanwhile goes first: it may leave nothing to begin.
            return Then::GoOn;
        }
        if !self.must_leave() {
            self.begin_calls();
        } else if self.calls.is_empty() && !self.next.is_empty() {
            return Then::GoOn;
        }
        self.something().await;
        Then::GoOn
    }

    /// Writes what is not in the journal yet; calls go on meanwhile. Also tells whether one of them was answered.
    async fn journal(&mut self) -> (Then, bool) {
        let Some(segment) = self.segment() else { return (Then::GoOn, false) };
        let stored = self.storing();
        let core = Arc::clone(&self.core);
        let append = Append { lease: self.begun.ticket.lease, segment, taken: self.begun.mail.taken() };
        let write = async { if stored.await { Some(core.writes.append(append).await) } else { None } };
        tokio::pin!(write);
        let mut was_answered = false;
        let wrote = loop {
            tokio::select! {
                biased;
                wrote = &mut write => break wrote,
                Some(answered) = self.calls.next(), if !self.calls.is_empty() => {
                    was_answered |= answered.is_some();
                    self.answered(answered);
                }
            }
        };
        let then = match wrote {
            None => Then::Quit,
            Some(Ok(Wrote::Yes | Wrote::Signalled)) => Then::GoOn,
            Some(Ok(Wrote::CancelRequested)) => {
                self.begun.ticket.cancel();
                Then::GoOn
            }
            Some(Ok(Wrote::Refused)) => {
                self.fail(Failure::new("internal", "the journal of the execution could not be written")).await;
                Then::Quit
            }
            Some(Ok(Wrote::Fenced) | Err(_)) => {
                self.drop_quietly();
                Then::Quit
            }
        };
        (then, was_answered)
    }

    fn segment(&mut self) -> Option<Segment> {
        let segment = self.begun.segment()?;
        self.records += segment.last.0 - segment.first.0 + 1;
        Some(segment)
    }

    fn begin_calls(&mut self) {
        let caller = Caller { scope: self.begun.scope, execution: self.begun.ticket.lease.execution, shelf: self.begun.shelf() };
        for effect in self.next.drain(..) {
            if let EffectKind::Child(child) = effect.kind {
                self.calls.push(self.family.start(&self.core, &self.begun.starter, effect.step, *child));
                continue;
            }
            self.core.meters.calls.increment(1);
            let (step, stop) = (effect.step.clone(), self.cancelled.child_token());
            if let Some(call) = call(&self.core.connectors, &caller, effect, &stop) {
                self.stops.insert(step, stop.clone());
                self.calls
                    .push(Box::pin(async move { stop.run_until_cancelled(call).await.map(|(step, answer)| Came::Answer(step, answer)) }));
            }
        }
    }

    /// Waits for an answer, a time, an order, or the worker's stop. Whoever only waits leaves his place to others.
    async fn something(&mut self) {
        let waits_only = self.calls.is_empty();
        if waits_only {
            self.seats = None;
        }
        self.begun.ticket.listen(self.is_listening().then(|| self.begun.mail.seen()));
        let core = Arc::clone(&self.core);
        let wake = [self.first_wait(), Some(self.begun.deadline())].into_iter().flatten().min();
        let pause = wake.map_or(Duration::MAX, |wake| Duration::try_from(wake.duration_since(core.clock.now())).unwrap_or_default());
        tokio::select! {
            biased;
            () = self.begun.ticket.ordered() => {}
            Some(answered) = self.calls.next(), if !self.calls.is_empty() => self.answered(answered),
            () = tokio::time::sleep(pause) => {}
            () = core.stop.cancelled(), if waits_only => {}
        }
        self.take_answers();
        if waits_only {
            self.seats = Some(core.slots.take(1));
        }
    }

    /// Hands the machine what is there already.
    fn take_answers(&mut self) {
        while let Some(Some(answered)) = self.calls.next().now_or_never() {
            self.answered(answered);
        }
    }
}
