mod cell;
mod csv;
mod detect;
mod lines;
mod xml;
mod yaml;

#[cfg(test)]
mod tests;

use serde_json::json;
use thaiyyal_model::{Category, Form, Large, NodeDescription, Purity, Str, Value};

use super::kept::Parts;
use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::machine::does_not_fit;
use crate::node::{Event, Flow, Node, Run, Task, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "parse",
        title: "Read text",
        category: Category::Data,
        icon: "file-scan",
        summary: "Reads JSON, CSV, TSV, NDJSON, YAML or XML out of text; tables and NDJSON of any length.",
        schema: json!({
            "type": "object",
            "properties": {
                "input_type": {
                    "type": "string",
                    "title": "Format",
                    "default": "AUTO",
                    "description": "AUTO finds out by itself; NDJSON (a JSON value a line) has to be named.",
                    "x-ui": {"options": ["AUTO", "JSON", "CSV", "TSV", "NDJSON", "YAML", "XML"]}
                }
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"input_type": "JSON"}),
    }
}

/// `None` is to be found out from the text.
struct Parse(Option<Format>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
    Tsv,
    /// A JSON value a line.
    Lines,
    Yaml,
    Xml,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let format = match settings.text("input_type").map(Str::to_uppercase).as_deref() {
        None | Some("" | "AUTO") => None,
        Some("JSON") => Some(Format::Json),
        Some("CSV") => Some(Format::Csv),
        Some("TSV") => Some(Format::Tsv),
        Some("NDJSON" | "JSONL") => Some(Format::Lines),
        Some("YAML") => Some(Format::Yaml),
        Some("XML") => Some(Format::Xml),
        Some(other) => {
            let detail = format!("`input_type` must be one of AUTO, JSON, CSV, TSV, NDJSON, YAML, XML, not {other:?}");
            settings.problem("input_type", "invalid_value", detail);
            return None;
        }
    };
    Some(Box::new(Parse(format)))
}

/// Bytes that are read in the time of one step of fuel.
const BYTES_PER_FUEL: u64 = 4;

impl Node for Parse {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let text = match run.needed_input("parse")? {
            Value::Null => Str::new(),
            Value::Large(large) if large.form() == Form::Text => return self.read_large(large.clone(), run),
            other if other.has_large() => return Err(does_not_fit(held_elsewhere(other), run.limits, "parse")),
            other => other.text(),
        };
        let format = self.0.unwrap_or_else(|| detect::format(&text));
        format.read(text, run)
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }
}

impl Parse {
    /// Reads a text in the object store. What it is shows in its first chunk.
    fn read_large(&self, text: Large, run: &mut Run<'_>) -> Result<Flow, Fault> {
        match self.0 {
            Some(format) => format.read_large(text, run),
            None => Box::new(Detecting(text)).resume(Event::Fuel, run),
        }
    }
}

impl Format {
    fn read(self, text: Str, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let spent = text.len() as u64 / BYTES_PER_FUEL;
        let read: fn(&str) -> Result<Value, Fault> = match self {
            Self::Csv => return csv::read(text, ',', run),
            Self::Tsv => return csv::read(text, '\t', run),
            Self::Lines => return lines::read(&text, run),
            Self::Json => json,
            Self::Yaml => yaml::read,
            Self::Xml => xml::read,
        };
        run.spend(spent);
        read(&text).map(Flow::Done)
    }

    fn read_large(self, text: Large, run: &mut Run<'_>) -> Result<Flow, Fault> {
        match self {
            Self::Csv => csv::read_large(text, ',', run),
            Self::Tsv => csv::read_large(text, '\t', run),
            Self::Lines => lines::read_large(text, run),
            Self::Json | Self::Yaml | Self::Xml if text.bytes() > run.limits.max_value_bytes => {
                Err(does_not_fit(text.bytes(), run.limits, "parse"))
            }
            Self::Json | Self::Yaml | Self::Xml => {
                Box::new(Gathering { format: self, parts: Parts::new(text), text: Vec::new() }).resume(Event::Fuel, run)
            }
        }
    }
}

/// Finding out what a text in the object store is.
struct Detecting(Large);

impl Task for Detecting {
    fn resume(self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        match (event, self.0.chunks().first()) {
            (Event::Object(content), _) => {
                let whole = content.len() - usize::from(content.last() != Some(&b'\n'));
                let lines = &content[..memchr::memrchr(b'\n', &content[..whole]).map_or(content.len(), |end| end + 1)];
                detect::format(&String::from_utf8_lossy(lines)).read_large(self.0, run)
            }
            (_, Some(chunk)) => Ok(Flow::Fetch(chunk.hash, self)),
            (_, None) => Ok(Flow::Done(Value::Null)),
        }
    }
}

/// Bringing a text into memory that is read as a whole.
struct Gathering {
    format: Format,
    parts: Parts,
    text: Vec<u8>,
}

impl Task for Gathering {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Object(content) = event {
            self.text.extend_from_slice(&content);
        }
        match self.parts.next() {
            Some(hash) => Ok(Flow::Fetch(hash, self)),
            None => self.format.read(String::from_utf8_lossy(&self.text).as_ref().into(), run),
        }
    }
}

fn held_elsewhere(value: &Value) -> u64 {
    value.larges().iter().fold(0, |sum: u64, (_, large)| sum.saturating_add(large.bytes()))
}

fn json(text: &str) -> Result<Value, Fault> {
    Value::from_json_lossless(text.as_bytes()).map_err(|error| Fault::new("invalid_json", format!("this is not valid JSON: {error}")))
}
