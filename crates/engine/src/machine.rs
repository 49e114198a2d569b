mod block;
mod cell;
mod child;
mod depot;
mod entry;
mod flight;
mod frame;
mod held;
mod loading;
mod replay;
mod rerun;
mod retry;
mod run;
mod schedule;
mod types;
mod world;

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use thaiyyal_model::{ExecutionStatus, Failure, Limits, Record, Seq, StepId, TenantId, Value};

use crate::fault::Fault;
use crate::plan::Plan;
use crate::state::State;
use block::Active;
use bytes::Bytes;
use cell::CellState;
pub(crate) use depot::Depot;
pub use depot::Traffic;
use entry::Entry;
use flight::Flight;
use frame::{Frame, Key, Place};
use replay::History;
use run::{Current, ROOT};
use world::Surroundings;

pub use child::Child;
pub(crate) use frame::Bound;
pub(crate) use loading::does_not_fit;
pub(crate) use rerun::{Rerun, is_overdue, soft_error};
pub(crate) use retry::Retry;
pub(crate) use run::caught_value;
pub use types::{Answer, Callbacks, Effect, EffectKind, Expected, Outcome, Progress, ResumeError, Start, Stop};
pub(crate) use world::{EXECUTION_MEMBERS, View, World};

/// The state of one execution in memory. It has no I/O: [`Machine::advance`] runs what can run and says what the world should do,
/// [`Machine::complete`] takes what the world answered.
///
/// Nodes behave as if they ran one after the other in the plan's order; only waiting for the world overlaps. A node starts when the nodes
/// it depends on (its inputs, the results its expressions read, the shared state it touches) are settled, so results never depend on how
/// long answers take. When a node fails, later nodes start no more and earlier ones finish first, as if they had run one by one.
///
/// Answers are taken in one at a time, each when nothing is left to compute. So the journal, which has them in their order, is enough to
/// run the execution again to the same point.
pub struct Machine {
    plan: Arc<Plan>,
    limits: Arc<Limits>,
    surroundings: Surroundings,
    state: State,
    /// The passes through regions that are under way, and free ones; the first is that of the whole plan.
    frames: Vec<Frame>,
    /// Frames that are free to be used.
    free: Vec<u32>,
    /// Frames besides the first in which something may be left to run, the next one first; the first comes before them.
    queued: VecDeque<u32>,
    blocks: BTreeMap<Key, Active>,
    /// Blocks that wait for nodes before them, one of which is settled.
    nudged: Vec<Key>,
    current: Option<Current>,
    flights: BTreeMap<Place, Flight>,
    /// Flights with something that may not have been handed out.
    outgoing: Vec<Place>,
    /// What the world should stop doing.
    dropped: Vec<Effect>,
    inbox: VecDeque<(StepId, Answer, Timestamp)>,
    history: History,
    entries: Vec<Entry>,
    next_seq: Seq,
    /// The time of the last thing that came in.
    now: Timestamp,
    /// The time given to the current `advance`.
    wall: Timestamp,
    deadline: Timestamp,
    node_executions: u32,
    calls: u32,
    children: u32,
    /// The sizes of the values that nodes gave and that are still there, what they share counted wherever it stands.
    bytes: u64,
    /// When they come to more than this, it is counted what they take together.
    bytes_until_count: u64,
    stopping: Option<Stop>,
    ended: Option<Outcome>,
    /// What is left of this slice's work.
    fuel: Cell<u64>,
    /// What earlier slices have worked.
    steps: u64,
    /// Values of nodes in bodies that run once, whose passes are over.
    kept: BTreeMap<u32, Value>,
    /// What is in the object store.
    depot: Depot,
    /// An empty list kept for the next node's inputs.
    inputs: Vec<Value>,
}

/// How much one call of [`Machine::advance`] computes, in steps of about ten nanoseconds.
const FUEL: u64 = 200_000;

impl Machine {
    /// An execution at its beginning.
    #[must_use]
    pub fn start(plan: Arc<Plan>, start: Start, limits: Arc<Limits>) -> Self {
        let nodes = plan.len();
        let most = i64::try_from(limits.max_duration_ms).unwrap_or(i64::MAX);
        let deadline = start.started_at.saturating_add(SignedDuration::from_millis(most)).unwrap_or(Timestamp::MAX);
        let mut root = Frame::new(plan.region(0));
        root.is_queued = true;
        Self {
            state: State::default(),
            frames: vec![root],
            free: Vec::new(),
            queued: VecDeque::new(),
            blocks: BTreeMap::new(),
            nudged: Vec::new(),
            kept: BTreeMap::new(),
            dropped: Vec::new(),
            current: None,
            flights: BTreeMap::new(),
            outgoing: Vec::new(),
            inbox: VecDeque::new(),
            history: History::default(),
            entries: Vec::with_capacity(nodes),
            next_seq: Seq(1),
            now: start.started_at,
            wall: start.started_at,
            deadline,
            node_executions: 0,
            calls: 0,
            children: 0,
            bytes: 0,
            bytes_until_count: limits.max_total_bytes,
            stopping: None,
            ended: None,
            fuel: Cell::new(0),
            steps: 0,
            depot: Depot::default(),
            inputs: Vec::new(),
            surroundings: Surroundings::new(start),
            plan,
            limits,
        }
    }

    /// An execution that goes on from its journal: all its records from the first, without gaps, in order.
    ///
    /// The journal is replayed by the next calls of [`Machine::advance`]: pure nodes are computed again, recorded answers are taken from
    /// it. Effects that were handed out but have no answer in the journal are handed out again, waits included.
    pub fn resume(plan: Arc<Plan>, start: Start, limits: Arc<Limits>, journal: Vec<Record>) -> Result<Self, ResumeError> {
        let history = History::new(journal, &plan)?;
        Ok(Self { next_seq: Seq(history.len() as u64 + 1), history, ..Self::start(plan, start, limits) })
    }

    /// What it may use.
    #[must_use]
    pub fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// About how many bytes it holds: the values of nodes, and what the node that is under way may have by now.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        let under_way = if self.current.is_some() { self.limits.max_value_bytes } else { 0 };
        self.bytes.saturating_add(under_way)
    }

    /// Lets expressions see as `execution.callback_url` where the execution is called back; before the first advance.
    pub fn call_back(&mut self, tenant: TenantId, callbacks: Arc<dyn Callbacks>) {
        self.surroundings.call_back(tenant, callbacks);
    }

    /// Runs what can run and tells what should happen next. `now` must not be before the `now` of earlier calls.
    ///
    /// Computes for about two milliseconds at most; [`Progress::More`] asks to be called again. Effects are handed out once all that can
    /// be computed is.
    pub fn advance(&mut self, now: Timestamp) -> Progress {
        if let Some(outcome) = &self.ended {
            return Progress::Ended(outcome.clone());
        }
        self.wall = self.wall.max(now);
        self.fuel.set(FUEL);
        let progress = self.turn();
        self.steps += FUEL - self.fuel.get();
        progress
    }

    fn turn(&mut self) -> Progress {
        let plan = Arc::clone(&self.plan);
        loop {
            if self.history.is_over() && self.must_stop() || self.is_exhausted() {
                return self.once_stored(Self::stop_now);
            }
            if !self.compute(&plan) {
                return self.depot.traffic().map_or(Progress::More, Progress::Objects);
            }
            // What is not stored yet is named by records.
            if let Some(traffic) = self.depot.traffic() {
                return Progress::Objects(traffic);
            }
            if let Some(outcome) = self.end_reached(&plan) {
                return Progress::Ended(self.end(outcome));
            }
            if self.history.is_over() {
                let Some((step, answer, at)) = self.inbox.pop_front() else { break };
                self.take_in(&plan, &step, answer, at);
            } else {
                self.replay_answer(&plan);
            }
        }
        Progress::Effects(self.hand_out(&plan))
    }

    /// What happens when everything is stored that records name.
    fn once_stored(&mut self, happens: impl FnOnce(&mut Self) -> Outcome) -> Progress {
        match self.depot.traffic().filter(|traffic| !traffic.put.is_empty()) {
            Some(Traffic { put, .. }) => Progress::Objects(Traffic { put, get: None }),
            None => Progress::Ended(happens(self)),
        }
    }

    /// Gives the machine the object that [`Progress::Objects`] asked for, or tells why there is none. Takes effect in the next
    /// [`Machine::advance`].
    pub fn supply(&mut self, content: Result<Bytes, Failure>) {
        self.depot.supply(content);
    }

    /// Takes in what the world answered to the effect of `step`, at `now`. Answers to steps that wait for none are ignored, so repeating
    /// one does no harm. Takes effect in the next [`Machine::advance`].
    pub fn complete(&mut self, step: &StepId, answer: Answer, now: Timestamp) {
        self.inbox.push_back((step.clone(), answer, now));
    }

    /// Ends the execution from outside; the next [`Machine::advance`] tells the outcome (after replaying, when it still has to). The first
    /// reason counts.
    pub fn stop(&mut self, why: Stop, now: Timestamp) {
        self.wall = self.wall.max(now);
        self.stopping.get_or_insert(why);
    }

    /// The records that are not in the journal yet, oldest first.
    pub fn take_records(&mut self) -> Vec<Record> {
        let first = self.next_seq;
        self.next_seq = Seq(first.0 + self.entries.len() as u64);
        let plan = &self.plan;
        self.entries.drain(..).zip(first.0..).map(|(entry, seq)| entry.into_record(Seq(seq), plan)).collect()
    }

    /// The values of the nodes that succeeded, in the order of the definition; nodes that may run several times are not among them. After
    /// a failure only nodes before the failed one count.
    pub fn results(&self) -> impl Iterator<Item = (&str, &Value)> {
        let frame = &self.frames[ROOT as usize];
        let end = frame.end();
        self.plan.listing().iter().filter_map(move |slot| {
            let value = match frame.find(*slot) {
                Some(cell) => (cell.state == CellState::Done && *slot < end).then_some(&cell.value),
                None => self.kept.get(slot),
            };
            Some((self.plan.node(*slot).id.as_str(), value?))
        })
    }

    /// When the execution ends as timed out if it has not ended by then. [`Machine::advance`] sees to it; whoever holds an execution that
    /// waits should wake it then.
    #[must_use]
    pub fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// What the machine computes with.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    fn must_stop(&mut self) -> bool {
        if self.wall >= self.deadline {
            self.stopping.get_or_insert(Stop::TimedOut);
        }
        self.stopping.is_some()
    }

    fn is_exhausted(&self) -> bool {
        self.limits.max_steps.is_some_and(|most| self.steps > most)
    }

    fn exhausted(&self) -> Failure {
        let most = self.limits.max_steps.unwrap_or(u64::MAX);
        let message = format!("an execution may compute {most} steps of about ten nanoseconds, and this one has computed {}", self.steps);
        let failure = Fault::limit("too_many_steps", "max_steps", most, message).into_failure();
        match &self.current {
            Some(current) => failure.at(self.plan.node(current.slot()).id.clone()),
            None => failure,
        }
    }

    fn stop_now(&mut self) -> Outcome {
        let exhausted = self.is_exhausted().then(|| self.exhausted());
        self.history.forget();
        self.now = self.now.max(self.wall);
        self.cancel_all();
        let outcome = match self.stopping {
            _ if exhausted.is_some() => Outcome { status: ExecutionStatus::Failed, output: Value::Null, error: exhausted },
            Some(Stop::Cancel) => Outcome { status: ExecutionStatus::Cancelled, output: Value::Null, error: None },
            Some(Stop::TimedOut) | None => {
                let message = format!("the execution did not end within {} ms", self.limits.max_duration_ms);
                Outcome { status: ExecutionStatus::TimedOut, output: Value::Null, error: Some(Failure::new("timed_out", message)) }
            }
        };
        self.end(outcome)
    }

    /// The outcome, once nothing runs and nothing is waited for.
    fn end_reached(&mut self, plan: &Plan) -> Option<Outcome> {
        if let Some(failure) = self.history.take_divergence() {
            return Some(Outcome { status: ExecutionStatus::Failed, output: Value::Null, error: Some(failure) });
        }
        if !self.flights.is_empty() {
            return None;
        }
        if !self.history.is_over() {
            self.history.diverge("it goes on where the execution ends".to_owned());
            return self.end_reached(plan);
        }
        if !self.blocks.is_empty() {
            let failure = Failure::new("internal", "a block waits for nothing");
            return Some(Outcome { status: ExecutionStatus::Failed, output: Value::Null, error: Some(failure) });
        }
        let frame = &self.frames[ROOT as usize];
        if let Some((_, failure)) = &frame.failed {
            return Some(Outcome { status: ExecutionStatus::Failed, output: Value::Null, error: Some(failure.clone()) });
        }
        Some(Outcome { status: ExecutionStatus::Succeeded, output: frame.output(&plan.region(0).outputs), error: None })
    }

    fn end(&mut self, outcome: Outcome) -> Outcome {
        self.ended.insert(outcome).clone()
    }
}
