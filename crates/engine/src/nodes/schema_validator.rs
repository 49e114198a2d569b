mod check;
mod compile;
mod format;

use std::cell::Cell;
use std::sync::Arc;

use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;
use check::Mistake;
use compile::JsonSchema;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "schema_validator",
        title: "Check against a schema",
        category: Category::Data,
        icon: "shield-check",
        summary: "Tells whether a value fits a JSON Schema, and where it does not.",
        schema: json!({
            "type": "object",
            "required": ["schema"],
            "properties": {
                "schema": {"type": "object", "title": "Schema", "description": "JSON Schema, draft 4, 6 or 7. A `$ref` may only point inside of it.", "x-template": false, "x-ui": {"widget": "json"}},
                "strict": {"type": "boolean", "default": false, "title": "Fail", "description": "A value that does not fit is a failure of this node."}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}}}}),
    }
}

/// Where and why a schema cannot be used; the place is a JSON pointer.
pub(crate) fn check_schema(schema: &Value) -> Result<(), (String, String)> {
    JsonSchema::compile(schema).map(drop)
}

/// A field of a form that does not hold what it has to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormMistake {
    /// The path of the field with dots; empty for the whole.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// What is wrong with data that was filled in, by the JSON Schema of the form.
///
/// # Errors
/// The schema cannot be used, or checking takes too many steps; with the reason.
pub fn check_form(form: &Value, data: &Value) -> Result<Vec<FormMistake>, String> {
    let schema = JsonSchema::compile(form).map_err(|(_, why)| why)?;
    let mistakes = schema.check(data, &Cell::new(u64::MAX)).map_err(|fault| fault.into_failure().message)?;
    let told = |mistake: Mistake| {
        let field = if mistake.field == "(root)" { String::new() } else { mistake.field.to_string() };
        FormMistake { field, detail: mistake.description }
    };
    Ok(mistakes.into_iter().map(told).collect())
}

struct SchemaValidator {
    schema: Arc<JsonSchema>,
    is_strict: bool,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let document = settings.get("schema")?;
    if document.get("type").is_none() {
        settings.warning("schema", "invalid_value", "the schema has no `type`, so values of any kind may pass".to_owned());
    }
    match JsonSchema::compile(document) {
        Ok(schema) => Some(Box::new(SchemaValidator { schema: Arc::new(schema), is_strict: settings.boolean("strict").unwrap_or(false) })),
        Err((pointer, why)) => {
            settings.problem(&format!("schema{pointer}"), "invalid_value", format!("the schema cannot be used: {why}"));
            None
        }
    }
}

impl Node for SchemaValidator {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let data = run.needed_input("schema_validator")?;
        if data.is_null() {
            return Err(Fault::wrong_input("a node of type schema_validator needs a value, and its input is null"));
        }
        let mistakes = self.schema.check(data, run.fuel)?;
        if mistakes.is_empty() {
            return Ok(Flow::Done(Map::from_pairs([("data", data.clone()), ("valid", Value::Bool(true))]).into()));
        }
        if self.is_strict {
            let told: Vec<String> = mistakes.iter().take(5).map(|mistake| format!("{}: {}", mistake.field, mistake.description)).collect();
            let errors: List = mistakes.into_iter().map(Mistake::into_value).collect();
            let details = Map::from_pairs([("errors", Value::from(errors))]).into();
            return Err(
                Fault::new("schema_mismatch", format!("the value does not fit the schema: {}", told.join("; "))).with_details(details)
            );
        }
        let errors: List = mistakes.into_iter().map(Mistake::into_value).collect();
        Ok(Flow::Done(Map::from_pairs([("data", data.clone()), ("errors", errors.into()), ("valid", Value::Bool(false))]).into()))
    }
}
