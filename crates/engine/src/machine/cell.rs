use thaiyyal_model::Value;

use crate::node::{Choice, Port};
use crate::plan::Handle;

/// Where one node of the plan stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    /// Its result, once it is done.
    pub(crate) value: Value,
    /// Dependencies that are not settled, while it is blocked.
    pub(super) missing: u32,
    /// The output it chose; see [`Cell::choice`].
    port: u16,
    pub(crate) state: CellState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CellState {
    /// Its turn has not come.
    #[default]
    Ahead,
    /// Its turn came while it depended on something under way.
    Blocked,
    /// It computes, or waits for the world.
    Running,
    Done,
    Skipped,
    Failed,
    /// It failed, and its edges deliver that.
    Caught,
}

/// What a node that chose nothing has chosen: every output.
const ALL: u16 = Port::ANY.0;

impl Cell {
    pub(super) fn finish(&mut self, value: Value, choice: Choice) {
        self.value = value;
        self.port = match choice {
            Choice::One(Port(port)) => port,
            Choice::All => ALL,
        };
        self.state = CellState::Done;
    }

    /// It failed in a way that its edges deliver: `value` tells how.
    pub(super) fn catch(&mut self, value: Value) {
        self.value = value;
        self.state = CellState::Caught;
    }

    /// What expressions see of it.
    pub(super) fn result(&self) -> Option<&Value> {
        match self.state {
            CellState::Done | CellState::Caught => Some(&self.value),
            CellState::Ahead | CellState::Blocked | CellState::Running | CellState::Skipped | CellState::Failed => None,
        }
    }

    /// Whether nodes that depend on this one need not wait for it.
    pub(super) fn is_settled(&self) -> bool {
        match self.state {
            CellState::Done | CellState::Skipped | CellState::Caught => true,
            CellState::Ahead | CellState::Blocked | CellState::Running | CellState::Failed => false,
        }
    }

    /// Whether an edge from this node with this handle delivers its value.
    pub(super) fn fires(&self, handle: Handle) -> bool {
        match handle {
            Handle::Any => self.state == CellState::Done,
            Handle::Never | Handle::Entry => false,
            Handle::Port(port) => self.state == CellState::Done && (port == Port::ANY || self.port == port.0 || self.port == ALL),
            Handle::Always => matches!(self.state, CellState::Done | CellState::Caught),
            Handle::Error => self.state == CellState::Caught,
        }
    }
}
