use std::sync::Arc;

use jiff::SignedDuration;

use crate::machine::Rerun;
use crate::node::Guard;

/// What happens when a node fails or takes too long, where that is not the end of everything around it.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    pub(crate) catches: Catches,
    /// How often the whole node is run again, for a `retry` node behind it.
    pub(crate) rerun: Option<Arc<Rerun>>,
    /// How long it may take in all, waits and attempts included.
    pub(crate) within: Option<SignedDuration>,
    /// An edge leaves from its output for failures.
    pub(super) has_handler: bool,
    /// A failure is its result, for whatever comes behind it.
    pub(super) goes_on: bool,
}

/// Which failures of a node are delivered over its edges instead of ending what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Catches {
    #[default]
    Nothing,
    /// Only that it took too long.
    Overdue,
    Everything,
}

impl Policy {
    /// Adds what a node behind it asks for.
    pub(super) fn guarded_by(&mut self, guard: Guard) {
        self.catches = self.catches.max(guard.catches);
        self.rerun = self.rerun.take().or(guard.rerun);
        self.within = [self.within, guard.within].into_iter().flatten().min();
    }
}
