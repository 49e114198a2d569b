use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Class, Definition};
use crate::fault::Fault;
use crate::machine::soft_error;
use crate::node::{Choice, Flow, Guard, Node, Port, Run};
use crate::plan::Catches;
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "try_catch",
        title: "Try and catch",
        category: Category::Resilience,
        icon: "life-buoy",
        summary: "Goes on when what comes directly before it fails or gives an error.",
        schema: json!({
            "type": "object",
            "properties": {
                "fallback_value": {"title": "Instead", "description": "The value when an error was caught.", "x-ui": {"widget": "json"}},
                "continue_on_error": {"type": "boolean", "default": true, "title": "Go on", "description": "Off: an error is a failure of this node."},
                "error_output_path": {"type": "string", "title": "Output for errors", "description": "The name of the output that is taken after an error; `success` is the other one.", "x-template": false}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"fallback_value": []}),
    }
}

struct TryCatch {
    fallback: Value,
    goes_on: bool,
    path: Option<Str>,
}

const SUCCESS: Port = Port(0);
const CAUGHT: Port = Port(1);

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(TryCatch {
        fallback: settings.get("fallback_value").cloned().unwrap_or_default(),
        goes_on: settings.boolean("continue_on_error").unwrap_or(true),
        path: settings.text("error_output_path").filter(|path| !path.is_empty()).cloned(),
    }))
}

impl Node for TryCatch {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.needed_input("try_catch")?;
        let Some(failure) = soft_error(value) else {
            let result = Map::from_pairs([("error_caught", Value::Bool(false)), ("value", value.clone())]);
            return Ok(Flow::Chosen(result.into(), Choice::One(SUCCESS)));
        };
        if !self.goes_on {
            return Err(failure.into());
        }
        let path = self.path.clone().map(|path| ("error_output_path", Value::String(path)));
        let caught = [("error_caught", Value::Bool(true)), ("error_message", failure.message.into()), ("value", self.fallback.clone())];
        Ok(Flow::Chosen(Map::from_pairs(caught.into_iter().chain(path)).into(), Choice::One(CAUGHT)))
    }

    fn port(&self, handle: &str) -> Option<Port> {
        match handle {
            path if self.path.as_deref() == Some(path) => Some(CAUGHT),
            "success" => Some(SUCCESS),
            _ => None,
        }
    }

    fn guard(&self) -> Guard {
        Guard { catches: Catches::Everything, ..Guard::default() }
    }
}
