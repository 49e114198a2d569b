//! The two context nodes: they differ in where they keep values and what their result calls them.

use thaiyyal_model::{Map, Str, Timestamp, Value};

use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;
use crate::state::Parts;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Variable,
    Constant,
}

struct Context {
    kind: Kind,
    values: Vec<(Str, Value)>,
    /// Whether it was written in the older form, with one name and no type.
    is_single: bool,
}

/// The JSON Schema of both.
pub(super) fn schema() -> serde_json::Value {
    serde_json::json!({
        "type": "object",
        "anyOf": [{"required": ["context_values"]}, {"required": ["context_name"]}],
        "properties": {
            "context_values": {
                "type": "array",
                "title": "Values",
                "x-template": false,
                "items": {
                    "type": "object",
                    "required": ["name", "type"],
                    "properties": {
                        "name": {"type": "string", "minLength": 1, "title": "Name", "description": "In expressions: `context.NAME`."},
                        "value": {"title": "Value"},
                        "type": {
                            "type": "string",
                            "enum": ["string", "number", "boolean", "time_string", "epoch_second", "epoch_ms", "null"],
                            "title": "Type"
                        }
                    }
                }
            },
            "context_name": {"type": "string", "title": "Name", "x-ui": {"hidden": true}, "x-template": false},
            "context_value": {"title": "Value", "x-ui": {"hidden": true}, "x-template": false}
        }
    })
}

pub(super) fn build(settings: &mut Settings<'_>, kind: Kind) -> Option<Box<dyn Node>> {
    let Some(values) = settings.list("context_values") else {
        let name = settings.text("context_name")?.clone();
        let Some(value) = settings.get("context_value").cloned() else {
            settings.problem("context_value", "missing_field", "`context_value` is required, and must not be null".to_owned());
            return None;
        };
        return Some(Box::new(Context { kind, values: vec![(name, value)], is_single: true }));
    };
    let mut converted = Vec::with_capacity(values.len());
    for (at, entry) in values.iter().enumerate() {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let value = entry.get("value").cloned().unwrap_or_default();
        match convert(&value, text("type")) {
            Some(value) => converted.push((text("name").into(), value)),
            None => {
                let detail = format!("`context_values[{at}].value` is {value}, which cannot be read as {}", text("type"));
                settings.problem(&format!("context_values/{at}/value"), "invalid_value", detail);
            }
        }
    }
    (converted.len() == values.len()).then(|| Box::new(Context { kind, values: converted, is_single: false }) as Box<dyn Node>)
}

fn convert(value: &Value, to: &str) -> Option<Value> {
    match to {
        "string" => Some(value.text().into()),
        "number" => number(value).map(Value::Number),
        "boolean" => boolean(value).map(Value::Bool),
        "time_string" => value.as_str().filter(|text| text.parse::<Timestamp>().is_ok()).map(Value::from),
        "epoch_second" => time(value, Timestamp::from_second),
        "epoch_ms" => time(value, Timestamp::from_millisecond),
        "null" => Some(Value::Null),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::String(text) if text.bytes().any(|byte| byte.is_ascii_digit()) => {
            text.trim().parse().ok().filter(|number: &f64| number.is_finite())
        }
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => Some(*number != 0.0),
        Value::String(text) => match text.as_str() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
            _ => None,
        },
        Value::Null | Value::List(_) | Value::Map(_) | Value::Large(_) => None,
    }
}

fn time(value: &Value, from: impl Fn(i64) -> Result<Timestamp, jiff::Error>) -> Option<Value> {
    let count = match value {
        Value::Number(number) => *number as i64,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    from(count).ok().map(|time| time.to_string().into())
}

impl Node for Context {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let (kind, many) = match self.kind {
            Kind::Variable => ("variable", "variables"),
            Kind::Constant => ("const", "constants"),
        };
        for (name, value) in &self.values {
            match self.kind {
                Kind::Variable => run.state.set_context_variable(name, value),
                Kind::Constant => run.state.set_context_constant(name, value),
            }
        }
        let result = match self.values.as_slice() {
            [(name, value)] if self.is_single => {
                Map::from_pairs([("name", Value::String(name.clone())), ("type", Value::from(kind)), ("value", value.clone())])
            }
            values => {
                let values: Map = values.iter().cloned().collect();
                Map::from_pairs([("type", Value::from(kind)), (many, values.into())])
            }
        };
        Ok(Flow::Done(result.into()))
    }

    fn uses(&self) -> Uses {
        Uses { writes: Parts::CONTEXT, sets: self.values.iter().map(|(name, _)| name.clone()).collect(), ..Uses::default() }
    }
}
