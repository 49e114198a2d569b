//! What nodes wait for besides the sources of their edges: shared state, and results that their expressions read.

use crate::node::Uses;
use crate::state::Parts;

/// For every slot of a region the earlier slots of it that it waits for, in `uses` order; `first` is the region's first slot. The number of pairs is linear in nodes and references: a reader waits
/// for the last writer, a writer for the readers since the writer before it.
pub(super) fn dependencies(first: u32, uses: &[Uses]) -> Vec<Vec<u32>> {
    let mut parts: [Part; Parts::COUNT] = Default::default();
    (first..)
        .zip(uses)
        .map(|(slot, uses)| {
            let mut waits: Vec<u32> =
                uses.references.nodes.iter().map(|node| node.0).filter(|other| (first..slot).contains(other)).collect();
            let mut reads = uses.reads;
            if !uses.references.variables.is_empty() {
                reads.add(Parts::VARIABLES);
            }
            if !uses.references.context.is_empty() {
                reads.add(Parts::CONTEXT);
            }
            for position in reads.positions() {
                parts[position].read(slot, &mut waits);
            }
            for position in uses.writes.positions() {
                parts[position].write(slot, &mut waits);
            }
            waits
        })
        .collect()
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
