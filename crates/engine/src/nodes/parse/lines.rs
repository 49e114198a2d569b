//! JSON values, one a line.

use bytes::Bytes;
use thaiyyal_model::{Large, Value};

use super::BYTES_PER_FUEL;
use crate::fault::Fault;
use crate::node::{Event, Flow, Run, Task};
use crate::nodes::elements::Collected;
use crate::nodes::kept::{Lines, Next};

/// Reads the values into an array; empty lines do not count.
pub(super) fn read(text: &str, run: &mut Run<'_>) -> Result<Flow, Fault> {
    Reading::new(Lines::of(Bytes::copy_from_slice(text.as_bytes()))).resume(Event::Fuel, run)
}

/// The same of a text in the object store, of which one chunk is in memory.
pub(super) fn read_large(text: Large, run: &mut Run<'_>) -> Result<Flow, Fault> {
    Reading::new(Lines::new(text)).resume(Event::Fuel, run)
}

struct Reading {
    lines: Lines,
    /// The number of the line that comes next.
    number: usize,
    values: Collected,
}

impl Reading {
    fn new(lines: Lines) -> Box<Self> {
        Box::new(Self { lines, number: 1, values: Collected::default() })
    }
}

impl Task for Reading {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Object(content) = event {
            self.lines.take(content);
        }
        loop {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            let line = match self.lines.next(run.limits)? {
                Next::Fetch(hash) => return Ok(Flow::Fetch(hash, self)),
                Next::End => return self.values.into_value(run).map(Flow::Done),
                Next::Line(line) => line,
            };
            run.spend(1 + line.len() as u64 / BYTES_PER_FUEL);
            if !line.trim_ascii().is_empty() {
                let value = Value::from_json_lossless(&line)
                    .map_err(|error| Fault::new("invalid_json", format!("line {} is not valid JSON: {error}", self.number)))?;
                self.values.push(value, run)?;
            }
            self.number += 1;
        }
    }
}
