//! Writing an array that is in the object store.

use std::collections::BTreeSet;

use thaiyyal_model::{Large, Str, Value};

use super::{Format, table};
use crate::fault::Fault;
use crate::node::{Event, Flow, Run, Task};
use crate::nodes::elements::{self, Room};
use crate::nodes::kept::{Lines, Next, WrittenText};

/// One chunk of the array, and what was written last, are in memory. A table is gone through twice, because its columns are known only
/// at its end.
pub(super) struct Writing {
    format: Format,
    array: Large,
    lines: Lines,
    /// Whether the columns are being looked for.
    is_looking: bool,
    names: BTreeSet<Str>,
    /// For the names.
    room: Room,
    is_first: bool,
    text: WrittenText,
}

impl Writing {
    pub(super) fn new(format: Format, array: Large) -> Self {
        Self {
            format,
            lines: Lines::new(array.clone()),
            array,
            is_looking: matches!(format, Format::Table(_)),
            names: BTreeSet::new(),
            room: Room::new("the names of all columns"),
            is_first: true,
            text: WrittenText::default(),
        }
    }

    fn look(&mut self, item: &Value, run: &Run<'_>) -> Result<(), Fault> {
        for name in table::row(item)?.keys() {
            if !self.names.contains(name) {
                self.room.take(Value::from(name.clone()).size_bytes(), run.limits)?;
                self.names.insert(name.clone());
            }
        }
        Ok(())
    }

    fn write(&mut self, item: &Value, run: &mut Run<'_>) -> Result<(), Fault> {
        let text = self.text.open();
        let before = text.len();
        match self.format {
            Format::Json | Format::PrettyJson => {
                text.push(if self.is_first { '[' } else { ',' });
                text.push_str(&item.to_string());
            }
            Format::Lines => {
                text.push_str(&item.to_string());
                text.push('\n');
            }
            Format::Table(table) => {
                if self.is_first {
                    table.names(text, &self.names);
                }
                table.row(text, &self.names, table::row(item)?);
            }
        }
        self.is_first = false;
        run.spend((text.len() - before) as u64 / BYTES_PER_FUEL);
        self.text.settle(run)
    }

    fn end(mut self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Format::Json | Format::PrettyJson = self.format {
            self.text.open().push_str(if self.is_first { "[]" } else { "]" });
        }
        self.text.into_value(run).map(Flow::Done)
    }
}

/// Bytes that are written in the time of one step of fuel.
const BYTES_PER_FUEL: u64 = 8;

impl Task for Writing {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Object(content) = event {
            self.lines.take(content);
        }
        loop {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            match self.lines.next(run.limits)? {
                Next::Fetch(hash) => return Ok(Flow::Fetch(hash, self)),
                Next::Line(line) => {
                    let item = elements::read(&line, run)?;
                    if self.is_looking { self.look(&item, run)? } else { self.write(&item, run)? }
                }
                Next::End if self.is_looking => {
                    self.is_looking = false;
                    self.lines = Lines::new(self.array.clone());
                }
                Next::End => return self.end(run),
            }
        }
    }
}
