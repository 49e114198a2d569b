//! How a batch becomes the arrays of a statement, and the statement's rows the answers to the batch.

use thaiyyal_model::ExecutionId;
use thaiyyal_store::{
    Error,
    dispatch::{Lease, Segment, Written},
};
use uuid::Uuid;

use crate::columns::Columns;

/// The items of a batch in the order of their executions, which is the order in which every statement locks rows.
pub(super) struct Ordered<'a, T> {
    items: Vec<(usize, &'a T)>,
}

impl<'a, T> Ordered<'a, T> {
    pub(super) fn by(batch: &'a [T], execution: impl Fn(&T) -> ExecutionId) -> Self {
        let mut items: Vec<_> = batch.iter().enumerate().collect();
        items.sort_by_key(|(_, item)| execution(item));
        Self { items }
    }

    /// Leaves out all but the first item of each execution: a lease ends once.
    pub(super) fn once(mut self, execution: impl Fn(&T) -> ExecutionId) -> Self {
        self.items.dedup_by_key(|(_, item)| execution(item));
        self
    }

    /// One array.
    pub(super) fn array<C>(&self, column: impl Fn(&'a T) -> C) -> Vec<C> {
        self.items.iter().map(|(_, item)| column(item)).collect()
    }

    /// Where in the batch the item stood that the statement calls `ordinal` (from 1).
    pub(super) fn position(&self, ordinal: i64) -> Option<usize> {
        let index = usize::try_from(ordinal).ok()?.checked_sub(1)?;
        self.items.get(index).map(|(position, _)| *position)
    }

    /// Marks the item that the next column of a row names.
    pub(super) fn mark(&self, answers: &mut [Written], columns: &mut Columns<'_>, written: Written) -> Result<(), Error> {
        if let Some(position) = self.position(columns.next()?) {
            answers[position] = written;
        }
        Ok(())
    }
}

/// The arrays that say which leases a batch is about.
pub(super) struct Leases {
    pub(super) tenants: Vec<Uuid>,
    pub(super) executions: Vec<Uuid>,
    pub(super) epochs: Vec<i64>,
}

impl Leases {
    pub(super) fn of<T>(items: &Ordered<'_, T>, lease: impl Fn(&T) -> Lease) -> Self {
        Self {
            tenants: items.array(|item| lease(item).tenant.uuid()),
            executions: items.array(|item| lease(item).execution.uuid()),
            epochs: items.array(|item| lease(item).epoch.0),
        }
    }
}

/// The arrays of segments, null where an item has none.
pub(super) struct Segments<'a> {
    pub(super) first: Vec<Option<i64>>,
    pub(super) last: Vec<Option<i64>>,
    pub(super) bytes: Vec<Option<&'a [u8]>>,
}

impl<'a> Segments<'a> {
    pub(super) fn of<T>(items: &Ordered<'a, T>, segment: impl Fn(&'a T) -> Option<&'a Segment>) -> Self {
        Self {
            first: items.array(|item| segment(item).map(|segment| position(segment.first.0))),
            last: items.array(|item| segment(item).map(|segment| position(segment.last.0))),
            bytes: items.array(|item| segment(item).map(|segment| segment.bytes.as_slice())),
        }
    }
}

/// Positions count records, so they fit.
fn position(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
