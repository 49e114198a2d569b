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
}

const ALL: u16 = u16::MAX;

impl Cell {
    pub(super) fn finish(&mut self, value: Value, choice: Choice) {
        self.value = value;
        self.port = match choice {
            Choice::One(Port(port)) => port,
            Choice::All => ALL,
        };
        self.state = CellState::Done;
    }

    /// Whether nodes that depend on this one need not wait for it.
    pub(super) fn is_settled(&self) -> bool {
        match self.state {
            CellState::Done | CellState::Skipped => true,
            CellState::Ahead | CellState::Blocked | CellState::Running | CellState::Failed => false,
        }
    }

    /// Whether an edge from this node with this handle delivers its value.
    pub(super) fn fires(&self, handle: Handle) -> bool {
        self.state == CellState::Done
            && match handle {
                Handle::Any => true,
                Handle::Never => false,
                Handle::Port(Port(port)) => self.port == port || self.port == ALL,
            }
    }
}
