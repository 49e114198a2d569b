//! Going through the elements of an array, a slice of fuel at a time.

use bytes::Bytes;
use thaiyyal_expr::Element;
use thaiyyal_model::{Limits, Value};

use super::kept::{Lines, Next, Written, in_memory};
use crate::fault::Fault;
use crate::node::{Event, Flow, Run, Task};

/// What a node does with each element.
pub(super) trait Visitor: Send + 'static {
    /// Takes the next element; `Done` ends the pass.
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault>;

    /// The result, after the last element or after `Done`; the array has `count` elements.
    fn finish(self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault>;
}

/// Whether a pass goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    More,
    Done,
}

/// Goes through the array `items`, which must be one, in memory or in the object store.
pub(super) fn visit(items: Value, visitor: impl Visitor, run: &mut Run<'_>) -> Result<Flow, Fault> {
    visit_from(0, items, visitor, run)
}

/// The same, where elements before the one at `from` are not needed: some of them may be left out.
pub(super) fn visit_from(from: usize, items: Value, visitor: impl Visitor, run: &mut Run<'_>) -> Result<Flow, Fault> {
    let visitor = Box::new(visitor);
    match &items {
        Value::Large(large) => {
            let (lines, at) = Lines::from(large.clone(), from);
            Box::new(KeptElements { items, lines, at, visitor }).resume(Event::Fuel, run)
        }
        _ => Box::new(Elements { items, at: from, visitor }).resume(Event::Fuel, run),
    }
}

/// An element in the object store, from its line.
pub(super) fn read(line: &[u8], run: &Run<'_>) -> Result<Value, Fault> {
    run.spend(ELEMENT_FUEL + line.len() as u64 / BYTES_PER_FUEL);
    Value::from_json_lossless(line)
        .map_err(|error| Fault::new("object_damaged", format!("an element in the object store cannot be read: {error}")))
}

/// The lines of a chunk of an array, none of which goes on in another.
pub(super) fn lines(chunk: &Bytes) -> Vec<Bytes> {
    let ends = memchr::memchr_iter(b'\n', chunk).chain(std::iter::once(chunk.len()));
    let mut start = 0;
    let cut = |end: usize| {
        let line = chunk.slice(start..end);
        start = (end + 1).min(chunk.len());
        line
    };
    ends.map(cut).filter(|line| !line.is_empty()).collect()
}

/// How many elements an array has, wherever it is.
pub(super) fn count(items: &Value) -> usize {
    match items {
        Value::Large(large) => usize::try_from(large.items()).unwrap_or(usize::MAX),
        other => other.as_list().map_or(0, |list| list.len()),
    }
}

struct Elements<V: Visitor> {
    items: Value,
    at: usize,
    visitor: Box<V>,
}

/// What going to the next element costs, besides what expressions cost.
const ELEMENT_FUEL: u64 = 5;
/// Bytes of an element that are read in the time of one step of fuel.
const BYTES_PER_FUEL: u64 = 4;

impl<V: Visitor> Task for Elements<V> {
    fn resume(mut self: Box<Self>, _event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let list = self.items.as_list().map_or(&[][..], |list| list.as_slice());
        while let Some(item) = list.get(self.at) {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            run.spend(ELEMENT_FUEL);
            if self.visitor.visit(Element { item, index: self.at, items: &self.items }, run)? == Pass::Done {
                break;
            }
            self.at += 1;
        }
        let count = list.len();
        self.visitor.finish(count, run).map(Flow::Done)
    }
}

/// The same with an array in the object store, of which one chunk is in memory, and of that one element as a value.
struct KeptElements<V: Visitor> {
    items: Value,
    lines: Lines,
    at: usize,
    visitor: Box<V>,
}

impl<V: Visitor> Task for KeptElements<V> {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Object(content) = event {
            self.lines.take(content);
        }
        loop {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            let item = match self.lines.next(run.limits)? {
                Next::Fetch(hash) => return Ok(Flow::Fetch(hash, self)),
                Next::End => break,
                Next::Line(line) => read(&line, run)?,
            };
            let element = Element { item: &item, index: self.at, items: &self.items };
            if self.visitor.visit(element, run)? == Pass::Done {
                break;
            }
            self.at += 1;
        }
        self.visitor.finish(count(&self.items), run).map(Flow::Done)
    }
}

/// A list that grows within the limit for a value, so that a node's result cannot exhaust memory before it is checked; what does not fit
/// goes to the object store, where there is one.
#[derive(Debug, Default)]
pub(super) struct Collected {
    values: Vec<Value>,
    bytes: u64,
    /// All elements, once they do not fit into memory.
    written: Option<Box<Written>>,
}

impl Collected {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { values: Vec::with_capacity(count), ..Self::default() }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value, run: &mut Run<'_>) -> Result<(), Fault> {
        if let Some(written) = &mut self.written {
            return written.push(&value, run);
        }
        self.bytes = self.bytes.saturating_add(value.size_bytes());
        self.values.push(value);
        if self.bytes > in_memory(run.limits) { self.write(run) } else { Ok(()) }
    }

    /// Moves what there is to the object store.
    #[cold]
    fn write(&mut self, run: &mut Run<'_>) -> Result<(), Fault> {
        if run.limits.max_stored_bytes == 0 {
            return Err(too_many_bytes(run.limits.max_value_bytes));
        }
        let written = self.written.insert(Box::default());
        std::mem::take(&mut self.values).iter().try_for_each(|value| written.push(value, run))
    }

    /// Moves what there is to the object store if the value that it becomes part of is too large with `beside`, the bytes of the rest.
    pub(super) fn leave_room(&mut self, beside: u64, run: &mut Run<'_>) -> Result<(), Fault> {
        let is_too_large = self.bytes.saturating_add(beside) > run.limits.max_value_bytes;
        if is_too_large && self.written.is_none() { self.write(run) } else { Ok(()) }
    }

    pub(super) fn len(&self) -> usize {
        self.written.as_ref().map_or(self.values.len(), |written| written.len())
    }

    pub(super) fn into_value(self, run: &mut Run<'_>) -> Result<Value, Fault> {
        match self.written {
            Some(written) => written.into_value(run),
            None => Ok(self.values.into()),
        }
    }
}

/// What a node keeps in memory while it goes through an array, at most as much as a value may take. Of an array that is in memory itself
/// that is always enough.
#[derive(Debug)]
pub(super) struct Room {
    /// What is kept there.
    what: &'static str,
    bytes: u64,
}

impl Room {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, bytes: 0 }
    }

    #[inline]
    pub(super) fn take(&mut self, bytes: u64, limits: &Limits) -> Result<(), Fault> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > limits.max_value_bytes { Err(self.full(limits)) } else { Ok(()) }
    }

    #[cold]
    fn full(&self, limits: &Limits) -> Fault {
        let (what, most) = (self.what, limits.max_value_bytes);
        let message = format!("{what} must fit into memory, where a value may take {most} bytes, and takes {}", self.bytes);
        Fault::limit("value_too_large", "max_value_bytes", most, message)
    }
}

/// A list that has to stay in memory.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) values: Vec<Value>,
    room: Room,
}

impl Gathered {
    pub(super) fn new(what: &'static str) -> Self {
        Self { values: Vec::new(), room: Room::new(what) }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value, limits: &Limits) -> Result<(), Fault> {
        self.room.take(value.size_bytes(), limits)?;
        self.values.push(value);
        Ok(())
    }

    /// Gives the list, and begins another.
    pub(super) fn take(&mut self) -> Vec<Value> {
        self.room.bytes = 0;
        std::mem::take(&mut self.values)
    }
}

#[cold]
fn too_many_bytes(most: u64) -> Fault {
    Fault::limit("value_too_large", "max_value_bytes", most, format!("a value may take {most} bytes, and this list would take more"))
}
