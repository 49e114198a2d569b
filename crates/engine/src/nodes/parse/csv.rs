//! Tables in text, as RFC 4180 writes them. The first record names the columns.

use std::str;

use thaiyyal_model::{Large, Map, Str};

use super::{BYTES_PER_FUEL, cell};
use crate::fault::Fault;
use crate::node::{Event, Flow, Run, Task};
use crate::nodes::elements::Collected;
use crate::nodes::kept::{Parts, too_long};

/// Reads a table into an array of objects.
pub(super) fn read(text: Str, delimiter: char, run: &mut Run<'_>) -> Result<Flow, Fault> {
    Box::new(Table { text, rest: None, ..Table::new(delimiter) }).resume(Event::Fuel, run)
}

/// The same of a text in the object store, of which one chunk is in memory.
pub(super) fn read_large(text: Large, delimiter: char, run: &mut Run<'_>) -> Result<Flow, Fault> {
    Box::new(Table { rest: Some(Parts::new(text)), ..Table::new(delimiter) }).resume(Event::Fuel, run)
}

struct Table {
    /// What is here of the text.
    text: Str,
    /// What follows.
    rest: Option<Parts>,
    delimiter: char,
    /// Where the next record begins, and on which line.
    at: usize,
    line: usize,
    names: Option<Vec<Str>>,
    rows: Collected,
    /// Whether the last record was refused because the text ends within a quoted cell.
    is_cut_off: bool,
}

impl Task for Table {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Object(content) = event {
            self.append(&content)?;
        }
        loop {
            if run.is_out_of_fuel() {
                return Ok(Flow::More(self));
            }
            let (before, line) = (self.at, self.line);
            let record = self.record();
            if self.may_go_on(&record)
                && let Some(next) = self.rest.as_mut().and_then(Parts::next)
            {
                if (self.text.len() - before) as u64 > run.limits.max_value_bytes {
                    return Err(too_long(run.limits));
                }
                run.spend((self.text.len() - before) as u64 / BYTES_PER_FUEL);
                (self.at, self.line) = (before, line);
                return Ok(Flow::Fetch(next, self));
            }
            let Some(cells) = record? else { return self.rows.into_value(run).map(Flow::Done) };
            run.spend(1 + (self.at - before) as u64 / BYTES_PER_FUEL);
            match &self.names {
                None => self.names = Some(cells.iter().map(|name| Str::from(name.trim())).collect()),
                Some(names) if names.len() == cells.len() => {
                    let row = Map::from_pairs(names.iter().cloned().zip(cells.iter().map(|text| cell::value(text))));
                    self.rows.push(row.into(), run)?;
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
    fn new(delimiter: char) -> Self {
        Self { text: Str::new(), rest: None, delimiter, at: 0, line: 1, names: None, rows: Collected::default(), is_cut_off: false }
    }

    /// Adds a chunk to what is left of those before it.
    fn append(&mut self, content: &[u8]) -> Result<(), Fault> {
        let next = str::from_utf8(content).map_err(|_| Fault::new("object_damaged", "a text in the object store is not UTF-8"))?;
        let mut text = Str::with_capacity(self.text.len() - self.at + next.len());
        text.push_str(&self.text[self.at..]);
        text.push_str(next);
        (self.text, self.at) = (text, 0);
        Ok(())
    }

    /// Whether what follows may belong to the record: it reaches to the end of what is here, and no line end closes it.
    fn may_go_on(&self, record: &Result<Option<Vec<String>>, Fault>) -> bool {
        match record {
            Ok(Some(_)) => self.at >= self.text.len() && !self.text.ends_with('\n'),
            Ok(None) => true,
            Err(_) => self.is_cut_off,
        }
    }

    /// The cells of the next record that is not an empty line.
    fn record(&mut self) -> Result<Option<Vec<String>>, Fault> {
        loop {
            if self.at >= self.text.len() {
                return Ok(None);
            }
            let mut cells = Vec::new();
            self.is_cut_off = false;
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
                self.is_cut_off = true;
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
