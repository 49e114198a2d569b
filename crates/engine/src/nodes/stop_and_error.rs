use serde_json::json;
use thaiyyal_model::{Category, Failure, NodeDescription, Ports, Purity};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "stop_and_error",
        title: "Stop with an error",
        category: Category::Resilience,
        icon: "octagon",
        summary: "Fails with an error of your own; a try around it can catch that.",
        schema: json!({
            "type": "object",
            "required": ["message"],
            "properties": {
                "message": {"type": "string", "minLength": 1, "title": "Message", "x-ui": {"order": 1}},
                "code": {"type": "string", "default": "stopped", "title": "Code", "description": "What a try or a handler can look for.", "x-ui": {"order": 2}},
                "details": {"title": "Details", "description": "Anything for those who handle it.", "x-ui": {"order": 3, "widget": "json"}}
            }
        }),
        ports: Ports { outputs: Vec::new(), ..ports::through() },
        purity: Purity::Pure,
        example: json!({"message": "the order has no lines", "code": "empty_order"}),
    }
}

struct StopAndError(Failure);

/// Codes that stand for faults of ours.
const OURS: [&str; 2] = ["internal", "worker_lost"];

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let code = settings.text("code").filter(|code| !code.is_empty()).cloned().unwrap_or_else(|| "stopped".into());
    if OURS.contains(&code.as_str()) || code.len() > 100 {
        let detail =
            format!("`code` must have at most 100 bytes and not be one of {}, which stand for faults of the service", OURS.join(", "));
        settings.problem("code", "invalid_value", detail);
        return None;
    }
    let failure = Failure::new(code, settings.required_text("message"));
    Some(Box::new(StopAndError(Failure { details: settings.get("details").cloned(), ..failure })))
}

impl Node for StopAndError {
    fn run(&self, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        Err(self.0.clone().into())
    }
}
