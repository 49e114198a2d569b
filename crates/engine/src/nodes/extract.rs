use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "extract",
        title: "Extract fields",
        category: Category::Data,
        icon: "list-filter",
        summary: "Takes one or more members out of an object.",
        schema: json!({
            "type": "object",
            "anyOf": [{"required": ["field"]}, {"required": ["fields"]}],
            "properties": {
                "field": {"type": "string", "title": "Field", "description": "The exact name of a member; it must be there."},
                "fields": {"type": "array", "items": {"type": "string"}, "title": "Fields", "description": "Names of members; what is not there is left out."}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"field": "name"}),
    }
}

enum Extract {
    One(Str),
    Several(Vec<Str>),
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(match settings.text("field") {
        Some(field) => Extract::One(field.clone()),
        None => Extract::Several(settings.list("fields")?.iter().filter_map(Value::as_str).map(Str::from).collect()),
    }))
}

impl Node for Extract {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("extract")?;
        let Some(object) = input.as_map() else {
            return Err(Fault::wrong_input(format!(
                "fields can only be extracted from an object, and the input is of kind {}",
                input.kind()
            )));
        };
        let result: Map = match self {
            Self::One(field) => {
                let value = object.get(field).ok_or_else(|| Fault::new("missing_member", format!("the input has no member `{field}`")))?;
                Map::from_pairs([("field", Value::String(field.clone())), ("value", value.clone())])
            }
            Self::Several(fields) => {
                fields.iter().filter_map(|field| object.get(field).map(|value| (field.clone(), value.clone()))).collect()
            }
        };
        Ok(Flow::Done(result.into()))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }
}
