use std::cell::Cell;
use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use thaiyyal_expr::References;
use thaiyyal_model::{Failure, Limits, ObjectHash, Reason, StepId, Str, Value, VersionNumber};

use crate::fault::Fault;
use crate::machine::{Bound, Depot, Expected, Rerun, View, World};
use crate::plan::Catches;
use crate::state::{Parts, State};

/// A node of a plan: its settings are read and its expressions compiled.
pub(crate) trait Node: Send + Sync {
    /// Does the node's work, or the first part of it.
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault>;

    /// What the node reads and changes besides its inputs.
    fn uses(&self) -> Uses {
        Uses::default()
    }

    /// The output that an edge with this handle leaves from; `None` when there is no such output.
    fn port(&self, handle: &str) -> Option<Port> {
        let _ = handle;
        None
    }

    /// Whether the node begins before all the nodes that its edges come from are settled.
    fn races(&self) -> bool {
        false
    }

    /// What the node does about failures of the nodes that its edges come from.
    fn guard(&self) -> Guard {
        Guard::default()
    }

    /// What the node does with inputs of which parts are in the object store.
    fn with_large(&self) -> WithLarge {
        WithLarge::Loads
    }

    /// The members its results can have, when they are objects with no others.
    fn members(&self) -> Option<&'static [&'static str]> {
        None
    }
}

/// What a node does with inputs of which parts are in the object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WithLarge {
    /// It needs them in memory.
    Loads,
    /// It passes them on, or uses other parts; expressions that need more say so.
    Runs,
    /// It goes through them one piece at a time, changes nothing besides its result, and chooses no output.
    Streams,
    /// The same when its first input is an array in the object store; it needs others in memory.
    StreamsArray,
}

/// What a node does about failures of the nodes directly before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// Which of them it takes as its input.
    pub(crate) catches: Catches,
    /// How often they are run again.
    pub(crate) rerun: Option<Arc<Rerun>>,
    /// How long each may take.
    pub(crate) within: Option<SignedDuration>,
}

/// How a node goes on.
pub(crate) enum Flow {
    /// It is finished.
    Done(Value),
    /// It is finished; of its edges with a handle only those of the chosen outputs fire.
    Chosen(Value, Choice),
    /// It used up the fuel and goes on in the next slice.
    More(Box<dyn Task>),
    /// It goes on with this object.
    Fetch(ObjectHash, Box<dyn Task>),
    /// Its inputs are in memory: it can begin.
    Loaded(Vec<Value>),
    /// It runs bodies.
    Block(Box<dyn Block>),
    /// The wait of a block is over; the block says how it goes on.
    Awaited,
    /// The object that a block wanted is here; the block says how it goes on.
    Delivered(Bytes),
    /// It goes on when the world has answered. After the answer it may compute, but ask for nothing more.
    Ask(Ask, Box<dyn Task>),
    /// One of several things that it asks for, one after the other: a step of its own in the journal, numbered as the node says.
    Part(u32, Ask, Box<dyn Task>),
}

/// A node in the middle of its work.
pub(crate) trait Task: Send {
    /// Goes on after `event`.
    fn resume(self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault>;
}

/// A node that runs bodies, between its beginning and its end.
pub(crate) trait Block: Send {
    /// Says what is to be done next. Asked again, with [`Happened::Ready`], until it says that it rests or is done.
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault>;
}

/// What happened to a block.
pub(crate) enum Happened {
    /// It begins, or what it said last is done.
    Ready,
    /// A pass through a body came to its end.
    Ended { number: u32, outcome: Result<Value, Failure> },
    /// Its wait is over.
    Woken,
    /// The object that it wanted is here.
    Object(Bytes),
    /// A node that its edges come from is settled; told to nodes that race only.
    Settled,
}

/// What a block does next.
pub(crate) enum Then {
    /// Begins a pass through a body.
    Begin(Body),
    /// Waits; one wait at a time.
    Wait { part: u32, until: Timestamp, reason: Reason },
    /// Goes on with this object, before anything else happens.
    Fetch(ObjectHash),
    /// Nothing, until something happens.
    Rest,
    /// Ends as if no edge into it had fired.
    Skip,
    /// Ends; what is still under way in it is cancelled.
    Done(Value, Choice),
}

/// What the number of a pass is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Nothing: the body runs once.
    Nothing,
    /// The ids of its steps, and so the keys by which the world recognises what it was asked before.
    Rounds,
    /// The ids of its steps only: another attempt asks the world for the same again.
    Attempts,
}

/// A pass through a body.
pub(crate) struct Body {
    /// Which of the block's bodies.
    pub(crate) port: u16,
    /// Its number among the passes.
    pub(crate) number: u32,
    pub(crate) counts: Counts,
    /// What comes in at its port.
    pub(crate) input: Value,
    pub(crate) bound: Bound,
}

/// Why a task goes on.
pub(crate) enum Event {
    /// There is fuel again.
    Fuel,
    /// The object is here.
    Object(Bytes),
    /// The call was answered, or the signal came.
    Answer(Value),
    /// The wait is over.
    Woken,
}

/// What a node may ask of the world.
pub(crate) enum Ask {
    /// The connector of the node's type, with settings in which every template is filled in.
    Call {
        /// The connector, when it is not the one of the node's own type.
        connector: Option<&'static str>,
        settings: Value,
        timeout_ms: u64,
    },
    Wait {
        until: Option<Timestamp>,
        reason: Reason,
        expects: Option<Expected>,
    },
    /// Another execution.
    Child(Errand),
}

/// What an execution that a node starts is to do.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) workflow: Str,
    pub(crate) version: Option<VersionNumber>,
    pub(crate) input: Value,
    /// Whether the node goes on only when it has ended.
    pub(crate) waits: bool,
    /// How long it may take.
    pub(crate) within: Option<SignedDuration>,
}

impl Ask {
    /// A wait that nothing but its time ends.
    pub(crate) fn sleep(until: Timestamp, reason: Reason) -> Self {
        Self::Wait { until: Some(until), reason, expects: None }
    }
}

/// One of the outputs of a branching node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) u16);

impl Port {
    /// Fires whichever output was chosen.
    pub(crate) const ANY: Self = Self(u16::MAX);
}

/// Which outputs a branching node chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    One(Port),
    All,
}

/// What a node reads and changes besides its inputs.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// What its expressions read.
    pub(crate) references: References,
    /// The parts of the state it reads without expressions.
    pub(crate) reads: Parts,
    pub(crate) writes: Parts,
    /// The names of the variables or context values that it writes; none when they are known only when it runs.
    pub(crate) sets: Vec<Str>,
    /// Whether it may ask the world for something.
    pub(crate) asks: bool,
}

impl Uses {
    /// Adds what something else uses.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.references.merge(&other.references);
        self.reads.add(other.reads);
        self.writes.add(other.writes);
        self.asks |= other.asks;
        self.sets.extend(other.sets.iter().cloned());
    }

    pub(crate) fn reading(references: &References) -> Self {
        Self { references: references.clone(), ..Self::default() }
    }
}

/// What a node has at hand while it runs.
pub(crate) struct Run<'a> {
    /// The values of the edges that fired, in the order of the definition's edges.
    pub(crate) inputs: &'a [Value],
    pub(crate) state: &'a mut State,
    /// What is in the object store.
    pub(crate) depot: &'a mut Depot,
    pub(crate) world: World<'a>,
    pub(crate) limits: &'a Limits,
    /// What is left of this slice's work, in steps of about ten nanoseconds.
    pub(crate) fuel: &'a Cell<u64>,
    /// The machine's logical time: that of the last thing that came in.
    pub(crate) now: Timestamp,
    /// The end of the execution, whatever happens.
    pub(crate) deadline: Timestamp,
}

impl<'a> Run<'a> {
    /// The first input.
    pub(crate) fn input(&self) -> Option<&'a Value> {
        self.inputs.first()
    }

    /// Takes work from the slice.
    pub(crate) fn spend(&self, steps: u64) {
        self.fuel.set(self.fuel.get().saturating_sub(steps));
    }

    /// Whether it is time to give others a turn.
    pub(crate) fn is_out_of_fuel(&self) -> bool {
        self.fuel.get() == 0
    }

    /// The first input of a node that cannot do without.
    pub(crate) fn needed_input(&self, node_type: &str) -> Result<&'a Value, Fault> {
        self.inputs.first().ok_or_else(|| Fault::missing_input(node_type))
    }

    /// A number that differs between executions and steps, and is the same when this step is replayed.
    pub(crate) fn seed(&self) -> u64 {
        self.world.seed()
    }

    /// How many attempts the nodes took whose values came in; the most that one of them took.
    pub(crate) fn attempts_before(&self) -> u32 {
        self.world.attempts_before()
    }

    /// Whether the node has a body at this port.
    pub(crate) fn has_body(&self, port: u16) -> bool {
        self.world.plan.body(self.world.slot, port).is_some()
    }

    /// The id of the step that runs.
    pub(crate) fn step(&self) -> StepId {
        self.world.step()
    }

    /// Whether an edge leaves from this output of the node.
    pub(crate) fn has_edge(&self, port: Port) -> bool {
        self.world.plan.has_edge(self.world.slot, port)
    }

    /// Whether the node's bodies change shared state, so that only one may run at a time.
    pub(crate) fn is_serial(&self) -> bool {
        self.world.plan.node(self.world.slot).is_serial
    }

    /// What expressions of the node see of the execution.
    pub(crate) fn view(&self) -> View<'_> {
        View { world: self.world, state: self.state }
    }
}
