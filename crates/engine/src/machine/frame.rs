use thaiyyal_model::{Failure, Iteration, Value};

use super::cell::{Cell, CellState};
use super::schedule::Schedule;
use crate::plan::Region;

/// One pass through the nodes of a region: where each of them stands.
#[derive(Default)]
pub(super) struct Frame {
    /// Of the region's slots, from its first.
    cells: Vec<Cell>,
    /// The region's first slot, and the one behind its last.
    first: u32,
    behind: u32,
    pub(super) schedule: Schedule,
    /// The failed node that comes first in the plan's order.
    pub(super) failed: Option<(u32, Failure)>,
    /// How many nodes are under way.
    pub(super) open: u32,
    /// Whether it is among the frames that are looked at for something to run.
    pub(super) is_queued: bool,
    /// How many attempts nodes took that were run again as a whole.
    pub(super) attempts: Vec<(u32, u32)>,
    /// Which repetition of its nodes this is.
    pub(super) iteration: Iteration,
    /// The same without the numbers of attempts.
    pub(super) identity: Iteration,
    /// What its values add to the machine's sum of sizes.
    pub(super) bytes: u64,
    /// Where it belongs, when it is a pass through a body.
    pub(super) body: Option<Box<Within>>,
}

/// What a pass through a body has from its block.
pub(super) struct Within {
    pub(super) block: Key,
    pub(super) port: u16,
    pub(super) number: u32,
    /// What comes in at the body's port.
    pub(super) input: Value,
    pub(super) bound: Bound,
}

/// What expressions in a body can name besides what is around it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    /// `item`, `index` and `items`.
    pub(crate) element: Option<(Value, usize, Value)>,
    /// `variables.error`
    pub(crate) error: Option<Value>,
}

impl Frame {
    pub(super) fn new(region: &Region) -> Self {
        let mut frame = Self::default();
        frame.begin(region);
        frame
    }

    /// Makes it a new pass.
    pub(super) fn begin(&mut self, region: &Region) {
        self.clear();
        self.cells.resize((region.behind - region.first) as usize, Cell::default());
        (self.first, self.behind) = (region.first, region.behind);
        self.schedule = Schedule::from(region.first);
        self.failed = None;
        self.open = 0;
        self.is_queued = false;
        self.attempts.clear();
        (self.iteration, self.identity) = (Iteration::default(), Iteration::default());
    }

    /// Lets go of its values.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.bytes = 0;
        self.body = None;
    }

    /// The slot at which the pass ends: that of the first failed node, else behind the last.
    pub(super) fn end(&self) -> u32 {
        self.failed.as_ref().map_or(self.behind, |(slot, _)| *slot)
    }

    /// The iteration in the id of a step, or of a numbered part of one.
    #[inline]
    pub(super) fn iteration(&self, part: Option<u32>) -> Iteration {
        if self.iteration.is_empty() && part.is_none() {
            return Iteration::default();
        }
        let mut iteration = self.iteration.clone();
        iteration.0.extend(part);
        iteration
    }

    /// The same without the numbers of attempts.
    pub(super) fn identity(&self, part: Option<u32>) -> Iteration {
        let mut identity = self.identity.clone();
        identity.0.extend(part);
        identity
    }

    /// The value of the first of these slots that has one; of those that failed and go on all the same the last choice.
    pub(super) fn output(&self, slots: &[u32]) -> Value {
        let in_state = |state| slots.iter().map(|slot| self.cell(*slot)).find(move |cell| cell.state == state);
        in_state(CellState::Done).or_else(|| in_state(CellState::Caught)).map_or(Value::Null, |cell| cell.value.clone())
    }

    #[inline]
    pub(super) fn cell(&self, slot: u32) -> &Cell {
        &self.cells[(slot - self.first) as usize]
    }

    #[inline]
    pub(super) fn cell_mut(&mut self, slot: u32) -> &mut Cell {
        &mut self.cells[(slot - self.first) as usize]
    }

    /// The cell of a slot, when it is one of its region's.
    pub(super) fn find(&self, slot: u32) -> Option<&Cell> {
        self.cells.get(slot.checked_sub(self.first)? as usize)
    }

    /// Its schedule, and the cells that it looks at.
    #[inline]
    pub(super) fn scheduled(&mut self) -> (&mut Schedule, &mut [Cell]) {
        (&mut self.schedule, &mut self.cells)
    }

    /// The values of the nodes that succeeded.
    pub(super) fn results(&self) -> impl Iterator<Item = (u32, &Value)> {
        let cells = (self.first..).zip(&self.cells);
        cells.filter(|(_, cell)| cell.state == CellState::Done).map(|(slot, cell)| (slot, &cell.value))
    }

    /// The slots of nodes that are under way, from `from` on.
    pub(super) fn running(&self, from: u32) -> Vec<u32> {
        (from.max(self.first)..self.behind).filter(|slot| self.cell(*slot).state == CellState::Running).collect()
    }
}

/// One node in one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) slot: u32,
    pub(super) frame: u32,
}

/// A node in a frame, or a numbered part of its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) key: Key,
    pub(super) part: Option<u32>,
}

impl Key {
    /// Its own step, and every part of it.
    pub(super) fn places(self) -> std::ops::RangeInclusive<Place> {
        Place { key: self, part: None }..=Place { key: self, part: Some(u32::MAX) }
    }
}
