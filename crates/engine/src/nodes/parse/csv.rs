//! Tables in text, as RFC 4180 writes them. The first record names the columns.

use thaiyyal_model::{Map, Str};

use super::{BYTES_PER_FUEL, cell};
use crate::fault::Fault;
use crate::node::{Event, Flow, Run, Task};
use crate::nodes::elements::Collected;

/// Reads a table into an array of objects.
pub(super) fn read(text: Str, delimiter: char, run: &mut Run<'_>) -> Result<Flow, Fault> {
    Box::new(Table { text, delimiter, at: 0, line: 1, names: None, rows: Collected::default() }).resume(Event::Fuel, run)
}

struct Table {
    text: Str,
    delimiter: char,
    /// Where the next record begins, and on which line.
    at: usize,
    line: usize,
    names: Option<Vec<Str>>,
    rows: Collected,
}

impl Task for Table {
    fn resume(mut self: Box<Self>, _event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        loop {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            let before = self.at;
            let Some(cells) = self.record()? else { return Ok(Flow::Done(self.rows.into_value())) };
            run.spend(1 + (self.at - before) as u64 / BYTES_PER_FUEL);
            match &self.names {
                None => self.names = Some(cells.iter().map(|name| Str::from(name.trim())).collect()),
                Some(names) if names.len() == cells.len() => {
                    let row = Map::from_pairs(names.iter().cloned().zip(cells.iter().map(|text| cell::value(text))));
                    self.rows.push(row.into(), run.limits)?;
                }
                Some(names) => {
                    let message =
                        format!("the record before line {} has {} cells, and there are {} columns", self.line, cells.len(), names.len());
                    return Err(Fault::new("invalid_csv", message));
                }
            }
        }
    }
}

impl Table {
    /// The cells of the next record that is not an empty line.
    fn record(&mut self) -> Result<Option<Vec<String>>, Fault> {
        loop {
            if self.at >= self.text.len() {
                return Ok(None);
            }
            let mut cells = Vec::new();
            while self.cell(&mut cells)? {}
            if cells.len() > 1 || !cells[0].is_empty() {
                return Ok(Some(cells));
            }
        }
    }

    /// Reads one cell; whether another follows in the same record.
    fn cell(&mut self, cells: &mut Vec<String>) -> Result<bool, Fault> {
        let delimiter = self.delimiter;
        let rest = &self.text[self.at..];
        let start = rest.trim_start_matches(|c: char| c.is_whitespace() && c != delimiter && c != '\n' && c != '\r');
        if let Some(quoted) = start.strip_prefix('"') {
            let begin = self.text.len() - quoted.len();
            return self.quoted(begin, cells);
        }
        let end = start.find([delimiter, '\n']).unwrap_or(start.len());
        let (text, after) = start.split_at(end);
        if text.contains('"') {
            return Err(Fault::new("invalid_csv", format!("line {}: a quote stands inside a cell that is not quoted", self.line)));
        }
        cells.push(text.strip_suffix('\r').unwrap_or(text).to_owned());
        let at = self.text.len() - after.len();
        Ok(self.step_over(at))
    }

    /// Reads a quoted cell whose text begins at `begin`.
    fn quoted(&mut self, begin: usize, cells: &mut Vec<String>) -> Result<bool, Fault> {
        let mut text = String::new();
        let mut at = begin;
        loop {
            let rest = &self.text[at..];
            let Some(quote) = rest.find('"') else {
                return Err(Fault::new("invalid_csv", format!("line {}: a quoted cell has no end", self.line)));
            };
            text.push_str(&rest[..quote]);
            at += quote + 1;
            if !self.text[at..].starts_with('"') {
                break;
            }
            text.push('"');
            at += 1;
        }
        self.line += text.matches('\n').count();
        cells.push(text.replace("\r\n", "\n"));
        let rest = &self.text[at..];
        let after = rest.strip_prefix('\r').filter(|after| after.is_empty() || after.starts_with('\n')).unwrap_or(rest);
        if !after.is_empty() && !after.starts_with([self.delimiter, '\n']) {
            return Err(Fault::new("invalid_csv", format!("line {}: something follows a quoted cell", self.line)));
        }
        let at = self.text.len() - after.len();
        Ok(self.step_over(at))
    }

    /// Goes behind the delimiter or line end at `at`; whether it is a delimiter.
    fn step_over(&mut self, at: usize) -> bool {
        match self.text[at..].chars().next() {
            Some('\n') => {
                self.line += 1;
                self.at = at + 1;
                false
            }
            Some(delimiter) => {
                self.at = at + delimiter.len_utf8();
                true
            }
            None => {
                self.at = at;
                false
            }
        }
    }
}
