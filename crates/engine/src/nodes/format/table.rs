use std::collections::BTreeSet;
use std::fmt::Write;

use thaiyyal_model::{Map, Str, Value};

use crate::fault::Fault;

/// How rows become text.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) delimiter: char,
    pub(super) has_names: bool,
    pub(super) guards_formulas: bool,
}

impl Table {
    /// A line per object; the columns are all names that any of them has, in order.
    pub(super) fn write(&self, value: &Value) -> Result<String, Fault> {
        let rows: Vec<&Map> = match value {
            Value::Map(row) => vec![row],
            Value::List(rows) => rows.iter().map(row).collect::<Result<_, _>>()?,
            other => return Err(no_row(other)),
        };
        let names: BTreeSet<Str> = rows.iter().flat_map(|row| row.keys()).cloned().collect();
        let mut text = String::new();
        if !rows.is_empty() {
            self.names(&mut text, &names);
        }
        rows.into_iter().for_each(|row| self.row(&mut text, &names, row));
        Ok(text)
    }

    /// The line above all rows, where there is to be one.
    pub(super) fn names(&self, text: &mut String, names: &BTreeSet<Str>) {
        if self.has_names {
            self.line(text, names.iter().map(ToString::to_string));
        }
    }

    /// The line of one row.
    pub(super) fn row(&self, text: &mut String, names: &BTreeSet<Str>, row: &Map) {
        self.line(text, names.iter().map(|name| row.get(name).map_or_else(String::new, |value| self.cell(value))));
    }

    fn line(&self, text: &mut String, cells: impl Iterator<Item = String>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                text.push(self.delimiter);
            }
            let needs_quotes = cell.contains([self.delimiter, '"', '\r', '\n']) || cell.starts_with(char::is_whitespace);
            if needs_quotes {
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(&cell);
            }
        }
        text.push('\n');
    }

    fn cell(&self, value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::String(text) if self.guards_formulas && text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            Value::Number(number) if number.fract() == 0.0 => {
                let mut text = String::new();
                // Adding zero makes -0 a plain 0; whole numbers are written without an exponent, however large.
                write!(text, "{}", number + 0.0).expect("text can be written");
                text
            }
            other => other.text().into(),
        }
    }
}

pub(super) fn row(value: &Value) -> Result<&Map, Fault> {
    value.as_map().ok_or_else(|| no_row(value))
}

fn no_row(value: &Value) -> Fault {
    Fault::wrong_input(format!("only objects can be rows of a table, and this is of kind {}", value.kind()))
}
