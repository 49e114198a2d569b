//! What nodes wait for besides the sources of their edges: shared state, and results that their expressions read.

use super::length;
use crate::node::Uses;
use crate::state::Parts;

/// Slots that wait for others, one after the other.
#[derive(Default)]
pub(super) struct Waits {
    /// What they wait for.
    pub(super) slots: Vec<u32>,
    /// Where in it those of each slot end.
    pub(super) ends: Vec<u32>,
}

impl Waits {
    /// Adds for every slot of a region the earlier slots of it that it waits for, in `uses` order; `first` is the region's first slot. The
    /// number of pairs is linear in nodes and references: a reader waits for the last writer, a writer for the readers since the writer
    /// before it.
    pub(super) fn add_region(&mut self, first: u32, uses: &[Uses]) {
        let mut parts: [Part; Parts::COUNT] = Default::default();
        for (slot, uses) in (first..).zip(uses) {
            let nodes = uses.references.nodes().iter().map(|node| node.0);
            self.slots.extend(nodes.filter(|other| (first..slot).contains(other)));
            let mut reads = uses.reads;
            if !uses.references.variables().is_empty() {
                reads.add(Parts::VARIABLES);
            }
            if !uses.references.context().is_empty() {
                reads.add(Parts::CONTEXT);
            }
            for position in reads.positions() {
                parts[position].read(slot, &mut self.slots);
            }
            for position in uses.writes.positions() {
                parts[position].write(slot, &mut self.slots);
            }
            self.ends.push(length(&self.slots));
        }
    }
}

/// Who touched a part of the state last.
#[derive(Default)]
struct Part {
    writer: Option<u32>,
    readers: Vec<u32>,
}

impl Part {
    fn read(&mut self, slot: u32, waits: &mut Vec<u32>) {
        waits.extend(self.writer);
        self.readers.push(slot);
    }

    fn write(&mut self, slot: u32, waits: &mut Vec<u32>) {
        waits.extend(self.writer);
        waits.extend(self.readers.drain(..).filter(|reader| *reader != slot));
        self.writer = Some(slot);
    }
}
