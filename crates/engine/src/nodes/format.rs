mod kept;
mod table;

use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Event, Flow, Node, Run, Task, WithLarge};
use crate::settings::Settings;
use kept::Writing;
use table::Table;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "format",
        title: "Write text",
        category: Category::Data,
        icon: "file-output",
        summary: "Writes a value as JSON, NDJSON, CSV or TSV text; an array of any length, unless it is written with indents.",
        schema: json!({
            "type": "object",
            "required": ["output_type"],
            "properties": {
                "output_type": {"type": "string", "title": "Format", "description": "NDJSON writes each element on a line of its own.", "x-ui": {"options": ["JSON", "NDJSON", "CSV", "TSV"]}},
                "pretty_print": {"type": "boolean", "default": false, "title": "Lines and indents", "x-ui": {"when": {"output_type": ["JSON"]}}},
                "include_headers": {"type": "boolean", "default": true, "title": "Names of columns", "x-ui": {"when": {"output_type": ["CSV", "TSV"]}}},
                "delimiter": {"type": "string", "default": ",", "title": "Between cells", "x-ui": {"when": {"output_type": ["CSV"]}}},
                "guard_formulas": {"type": "boolean", "default": false, "title": "Guard against formulas", "description": "Puts ' before texts that a spreadsheet would take for formulas.", "x-ui": {"when": {"output_type": ["CSV", "TSV"]}}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"output_type": "JSON"}),
    }
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    /// A line of JSON for each element.
    Lines,
    PrettyJson,
    Table(Table),
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let flag = |name: &str, default: bool| settings.boolean(name).unwrap_or(default);
    let table = |delimiter: char| {
        Format::Table(Table { delimiter, has_names: flag("include_headers", true), guards_formulas: flag("guard_formulas", false) })
    };
    let format = match settings.required_text("output_type").to_uppercase().as_str() {
        "JSON" if flag("pretty_print", false) => Format::PrettyJson,
        "JSON" => Format::Json,
        "NDJSON" => Format::Lines,
        "CSV" => table(settings.text("delimiter").and_then(|text| text.chars().next()).unwrap_or(',')),
        "TSV" => table('\t'),
        other => {
            let detail = format!("`output_type` must be one of JSON, NDJSON, CSV, TSV, not {other:?}");
            settings.problem("output_type", "invalid_value", detail);
            return None;
        }
    };
    Some(Box::new(format))
}

impl Node for Format {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("format")?;
        if let Value::Large(array) = input {
            return Box::new(Writing::new(*self, array.clone())).resume(Event::Fuel, run);
        }
        run.spend(input.size_bytes() / 16);
        Ok(Flow::Done(match self {
            Self::Json => input.to_string().into(),
            Self::PrettyJson => input.to_json_pretty().into(),
            Self::Lines => lines(input).into(),
            Self::Table(table) => table.write(input)?.into(),
        }))
    }

    fn with_large(&self) -> WithLarge {
        match self {
            Self::Json | Self::Lines | Self::Table(_) => WithLarge::StreamsArray,
            Self::PrettyJson => WithLarge::Loads,
        }
    }
}

fn lines(value: &Value) -> String {
    let items = value.as_list().map_or(std::slice::from_ref(value), |list| list.as_slice());
    let mut text = String::new();
    for item in items {
        text.push_str(&item.to_string());
        text.push('\n');
    }
    text
}
