use std::cell::Cell;

use jiff::Timestamp;
use thaiyyal_expr::References;
use thaiyyal_model::{Limits, Reason, Str, Value};

use crate::fault::Fault;
use crate::machine::{View, World};
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

    /// The members its results can have, when they are objects with no others.
    fn members(&self) -> Option<&'static [&'static str]> {
        None
    }
}

/// How a node goes on.
pub(crate) enum Flow {
    /// It is finished.
    Done(Value),
    /// It is finished; of its edges with a handle only those of the chosen outputs fire.
    Chosen(Value, Choice),
    /// It used up the fuel and goes on in the next slice.
    More(Box<dyn Task>),
    /// It goes on when the world has answered. After the answer it may compute, but ask for nothing more.
    Ask(Ask, Box<dyn Task>),
    #[cfg_attr(not(test), expect(dead_code, reason = "no node type asks for several things yet; the machine is tested with one that does"))]
    /// One of several things that it asks for, one after the other: a step of its own in the journal, numbered as the node says.
    Part(u32, Ask, Box<dyn Task>),
}

/// A node in the middle of its work.
pub(crate) trait Task: Send {
    /// Goes on after `event`.
    fn resume(self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault>;
}

/// Why a task goes on.
pub(crate) enum Event {
    /// There is fuel again.
    Fuel,
    /// The call was answered, or the signal came.
    Answer(Value),
    /// The wait is over.
    Woken,
}

/// What a node may ask of the world.
pub(crate) enum Ask {
    /// The connector of the node's type, with settings in which every template is filled in.
    Call {
        settings: Value,
        timeout_ms: u64,
    },
    Wait {
        until: Option<Timestamp>,
        reason: Reason,
    },
}

/// One of the outputs of a branching node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) u16);

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
    pub(crate) fn reading(references: &References) -> Self {
        Self { references: references.clone(), ..Self::default() }
    }
}

/// What a node has at hand while it runs.
pub(crate) struct Run<'a> {
    /// The values of the edges that fired, in the order of the definition's edges.
    pub(crate) inputs: &'a [Value],
    pub(crate) state: &'a mut State,
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

    /// What expressions of the node see of the execution.
    pub(crate) fn view(&self) -> View<'_> {
        View { world: self.world, state: self.state }
    }
}
