use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cell::{Cell, CellState};
use crate::plan::Plan;

/// Which node of a frame runs next. Slots are positions in the plan's order; the cells are those of the frame's region.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// The first slot of the region.
    first: u32,
    /// Every slot below has had its turn.
    cursor: u32,
    /// Slots whose turn came while they were blocked, and that are no longer.
    late: BinaryHeap<Reverse<u32>>,
    blocked: u32,
}

impl Schedule {
    /// A schedule of the region with this first slot.
    pub(super) fn from(first: u32) -> Self {
        Self { first, cursor: first, ..Self::default() }
    }

    /// The next slot below `end` that can run; marks those as blocked that cannot. `has_open` tells whether any node is under way.
    #[inline]
    pub(super) fn next(&mut self, plan: &Plan, cells: &mut [Cell], end: u32, has_open: bool) -> Option<u32> {
        while let Some(Reverse(slot)) = self.late.pop() {
            if slot < end {
                return Some(slot);
            }
        }
        while self.cursor < end {
            let slot = self.cursor;
            self.cursor += 1;
            if !has_open {
                return Some(slot);
            }
            let missing = plan.dependencies(slot).filter(|other| !cells[(*other - self.first) as usize].is_settled()).count();
            if missing == 0 {
                return Some(slot);
            }
            let cell = &mut cells[(slot - self.first) as usize];
            cell.missing = u32::try_from(missing).unwrap_or(u32::MAX);
            cell.state = CellState::Blocked;
            self.blocked += 1;
        }
        None
    }

    /// `slot` is settled: frees what was blocked by nothing else.
    #[inline]
    pub(super) fn settled(&mut self, plan: &Plan, cells: &mut [Cell], slot: u32) {
        if self.blocked == 0 {
            return;
        }
        for &dependent in plan.dependents(slot) {
            let cell = &mut cells[(dependent - self.first) as usize];
            if cell.state == CellState::Blocked {
                cell.missing -= 1;
                if cell.missing == 0 {
                    cell.state = CellState::Ahead;
                    self.blocked -= 1;
                    self.late.push(Reverse(dependent));
                }
            }
        }
    }
}
