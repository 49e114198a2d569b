use thaiyyal_model::{Failure, Iteration, Value};

use super::cell::{Cell, CellState};
use super::schedule::Schedule;

/// One pass through the nodes of a plan: where each of them stands.
pub(super) struct Frame {
    pub(super) cells: Vec<Cell>,
    pub(super) schedule: Schedule,
    /// The failed node that comes first in the plan's order.
    pub(super) failed: Option<(u32, Failure)>,
    /// How many nodes are under way.
    pub(super) open: u32,
    /// How many attempts nodes took that were run again as a whole.
    pub(super) attempts: Vec<(u32, u32)>,
    /// Which repetition of its nodes this is.
    pub(super) iteration: Iteration,
}

impl Frame {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            cells: vec![Cell::default(); nodes],
            schedule: Schedule::default(),
            failed: None,
            open: 0,
            attempts: Vec::new(),
            iteration: Iteration::default(),
        }
    }

    /// The slot at which the pass ends: that of the first failed node, else behind the last.
    pub(super) fn end(&self) -> u32 {
        self.failed.as_ref().map_or(u32::try_from(self.cells.len()).unwrap_or(u32::MAX), |(slot, _)| *slot)
    }

    /// The iteration in the id of a step, or of a numbered part of one.
    pub(super) fn iteration(&self, part: Option<u32>) -> Iteration {
        let mut iteration = self.iteration.clone();
        iteration.0.extend(part);
        iteration
    }

    /// The value of the first of these slots that has one; of those that failed and go on all the same the last choice.
    pub(super) fn output(&self, slots: &[u32]) -> Value {
        let in_state = |state| slots.iter().map(|slot| &self.cells[*slot as usize]).find(move |cell| cell.state == state);
        in_state(CellState::Done).or_else(|| in_state(CellState::Caught)).map_or(Value::Null, |cell| cell.value.clone())
    }

    pub(super) fn cell(&mut self, slot: u32) -> &mut Cell {
        &mut self.cells[slot as usize]
    }
}

/// One node in one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) frame: u32,
    pub(super) slot: u32,
}
