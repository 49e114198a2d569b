use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};
mod table;

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;
use table::Table;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "format",
        title: "Write text",
        category: Category::Data,
        icon: "file-output",
        summary: "Writes a value as JSON, CSV or TSV text.",
        schema: json!({
            "type": "object",
            "required": ["output_type"],
            "properties": {
                "output_type": {"type": "string", "title": "Format", "x-ui": {"options": ["JSON", "CSV", "TSV"]}},
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

enum Format {
    Json,
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
        "CSV" => table(settings.text("delimiter").and_then(|text| text.chars().next()).unwrap_or(',')),
        "TSV" => table('\t'),
        other => {
            let detail = format!("`output_type` must be one of JSON, CSV, TSV, not {other:?}");
            settings.problem("output_type", "invalid_value", detail);
            return None;
        }
    };
    Some(Box::new(format))
}

impl Node for Format {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("format")?;
        run.spend(input.size_bytes() / 16);
        Ok(Flow::Done(match self {
            Self::Json => input.to_string().into(),
            Self::PrettyJson => input.to_json_pretty().into(),
            Self::Table(table) => table.write(input)?.into(),
        }))
    }
}
