mod cell;
mod csv;
mod detect;
mod xml;
mod yaml;

#[cfg(test)]
mod tests;

use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "parse",
        title: "Read text",
        category: Category::Data,
        icon: "file-scan",
        summary: "Reads JSON, CSV, TSV, YAML or XML out of text.",
        schema: json!({
            "type": "object",
            "properties": {
                "input_type": {
                    "type": "string",
                    "title": "Format",
                    "default": "AUTO",
                    "description": "AUTO finds out by itself.",
                    "x-ui": {"options": ["AUTO", "JSON", "CSV", "TSV", "YAML", "XML"]}
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
    Yaml,
    Xml,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let format = match settings.text("input_type").map(Str::to_uppercase).as_deref() {
        None | Some("" | "AUTO") => None,
        Some("JSON") => Some(Format::Json),
        Some("CSV") => Some(Format::Csv),
        Some("TSV") => Some(Format::Tsv),
        Some("YAML") => Some(Format::Yaml),
        Some("XML") => Some(Format::Xml),
        Some(other) => {
            let detail = format!("`input_type` must be one of AUTO, JSON, CSV, TSV, YAML, XML, not {other:?}");
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
            other => other.text(),
        };
        let format = self.0.unwrap_or_else(|| detect::format(&text));
        if matches!(format, Format::Csv | Format::Tsv) {
            let delimiter = if format == Format::Csv { ',' } else { '\t' };
            return csv::read(text, delimiter, run);
        }
        run.spend(text.len() as u64 / BYTES_PER_FUEL);
        let value = match format {
            Format::Yaml => yaml::read(&text)?,
            Format::Xml => xml::read(&text)?,
            Format::Json | Format::Csv | Format::Tsv => json(&text)?,
        };
        Ok(Flow::Done(value))
    }
}

fn json(text: &str) -> Result<Value, Fault> {
    Value::from_json_lossless(text.as_bytes()).map_err(|error| Fault::new("invalid_json", format!("this is not valid JSON: {error}")))
}
