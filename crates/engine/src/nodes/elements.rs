//! Going through the elements of an array, a slice of fuel at a time.

use thaiyyal_model::{Limits, Value};

use crate::fault::Fault;
use crate::node::{Event, Flow, Run, Task};

/// What a node does with each element.
pub(super) trait Visitor: Send + 'static {
    /// Takes the element at `at` of the array `items`; `Done` ends the pass.
    fn visit(&mut self, at: usize, items: &Value, run: &mut Run<'_>) -> Result<Pass, Fault>;

    /// The result, after the last element or after `Done`.
    fn finish(self: Box<Self>, items: &Value) -> Value;
}

/// Whether a pass goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    More,
    Done,
}

/// Goes through the array `items`, which must be one.
pub(super) fn visit(items: Value, visitor: impl Visitor, run: &mut Run<'_>) -> Result<Flow, Fault> {
    Box::new(Elements { items, at: 0, visitor: Box::new(visitor) }).resume(Event::Fuel, run)
}

struct Elements<V: Visitor> {
    items: Value,
    at: usize,
    visitor: Box<V>,
}

/// What going to the next element costs, besides what expressions cost.
const ELEMENT_FUEL: u64 = 5;

impl<V: Visitor> Task for Elements<V> {
    fn resume(mut self: Box<Self>, _event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let count = self.items.as_list().map_or(0, |list| list.len());
        while self.at < count {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            run.spend(ELEMENT_FUEL);
            if self.visitor.visit(self.at, &self.items, run)? == Pass::Done {
                break;
            }
            self.at += 1;
        }
        let Elements { items, visitor, .. } = *self;
        Ok(Flow::Done(visitor.finish(&items)))
    }
}

/// A list that grows within the limit for a value, so that a node's result cannot exhaust memory before it is checked.
#[derive(Debug, Default)]
pub(super) struct Collected {
    values: Vec<Value>,
    bytes: u64,
}

impl Collected {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { values: Vec::with_capacity(count), bytes: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value, limits: &Limits) -> Result<(), Fault> {
        self.bytes = self.bytes.saturating_add(value.size_bytes());
        if self.bytes > limits.max_value_bytes {
            return Err(too_many_bytes(limits.max_value_bytes));
        }
        self.values.push(value);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn into_value(self) -> Value {
        self.values.into()
    }
}

#[cold]
fn too_many_bytes(most: u64) -> Fault {
    Fault::limit("max_value_bytes", format!("a value may take {most} bytes, and this list would take more"))
}
