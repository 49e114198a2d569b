use std::collections::VecDeque;

use thaiyyal_model::{Hint, Priority, SHARDS};

use crate::turns::{CLASSES, Turns, class};

/// What waits: a queue per class and shard, so that a shard with a long queue does not hold up the others.
#[derive(Debug)]
pub(super) struct Shelf {
    classes: [Class; 3],
    turns: Turns,
    closed: bool,
}

#[derive(Debug)]
struct Class {
    shards: Vec<VecDeque<Waiting>>,
    /// The shard whose turn it is.
    cursor: usize,
    len: usize,
}

/// A message that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) hint: Hint,
    pub(super) redelivered: bool,
}

impl Default for Shelf {
    fn default() -> Self {
        let class = || Class { shards: (0..SHARDS).map(|_| VecDeque::new()).collect(), cursor: 0, len: 0 };
        Self { classes: [class(), class(), class()], turns: Turns::default(), closed: false }
    }
}

impl Shelf {
    pub(super) fn put(&mut self, hint: Hint) {
        self.classes[class(hint.priority)].put(hint);
    }

    /// Gives a message back: it goes before the others of its shard.
    pub(super) fn put_back(&mut self, hint: Hint) {
        if !self.closed {
            self.classes[class(hint.priority)].put_back(hint);
        }
    }

    pub(super) fn take(&mut self) -> Option<Waiting> {
        let class = self.turns.next([0, 1, 2].map(|class: usize| self.classes[class].len > 0))?;
        self.classes[class].take()
    }

    pub(super) fn len(&self) -> usize {
        self.classes.iter().map(|class| class.len).sum()
    }

    pub(super) fn depth(&self) -> Vec<(Priority, u64)> {
        CLASSES.iter().zip(&self.classes).map(|(priority, class)| (*priority, class.len as u64)).collect()
    }

    pub(super) fn close(&mut self) {
        *self = Self { closed: true, ..Self::default() };
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

impl Class {
    fn put(&mut self, hint: Hint) {
        self.len += 1;
        let shard = self.shard(&hint);
        self.shards[shard].push_back(Waiting { hint, redelivered: false });
    }

    fn put_back(&mut self, hint: Hint) {
        self.len += 1;
        let shard = self.shard(&hint);
        self.shards[shard].push_front(Waiting { hint, redelivered: true });
    }

    fn take(&mut self) -> Option<Waiting> {
        for _ in 0..self.shards.len() {
            let shard = self.cursor;
            self.cursor = (self.cursor + 1) % self.shards.len();
            if let Some(waiting) = self.shards[shard].pop_front() {
                self.len -= 1;
                return Some(waiting);
            }
        }
        None
    }

    fn shard(&self, hint: &Hint) -> usize {
        usize::from(hint.shard.0) % self.shards.len()
    }
}
