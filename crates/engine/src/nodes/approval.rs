use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Reason, Str, Value};

use super::{ports, schema_validator};
use crate::catalog::{Bodies, Class, Definition};
use crate::duration;
use crate::fault::Fault;
use crate::machine::Expected;
use crate::node::{Ask, Choice, Event, Flow, Node, Port, Run, Task, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "approval",
        title: "Approval",
        category: Category::Control,
        icon: "user-round-check",
        summary: "Asks people for a decision and waits for it, without taking a worker.",
        schema: json!({
            "type": "object",
            "required": ["title"],
            "properties": {
                "title": {"type": "string", "minLength": 1, "maxLength": 200, "title": "What is asked", "description": "One line, like \"Refund {{ input.amount }} to {{ input.customer }}?\"."},
                "message": {"type": "string", "maxLength": 10000, "title": "Message", "description": "What one needs to know to decide.", "x-ui": {"widget": "textarea"}},
                "assignees": {"type": ["array", "string"], "items": {"type": "string"}, "title": "Who may decide", "description": "E-mail addresses: a list, or text with commas. Empty for everyone with the permission to decide. Administrators always may."},
                "form": {"type": "object", "title": "Form", "description": "JSON Schema of what is to be filled in; whoever approves has to send data that fits.", "x-template": false, "x-ui": {"widget": "json"}},
                "timeout": {"type": "string", "title": "At most", "description": "Like \"8h\". When it is over, the output `timeout` is taken; without an edge there the node fails with the code `timeout`.", "x-ui": {"widget": "duration"}}
            }
        }),
        ports: ports::branching(&[("approved", "Approved"), ("rejected", "Rejected"), ("timeout", "Time is up")]),
        purity: Purity::Effect,
        example: json!({"title": "Pay the invoice?", "assignees": ["owner@example.com"], "timeout": "8h"}),
    }
}

const APPROVED: Port = Port(0);
const REJECTED: Port = Port(1);
const TIMEOUT: Port = Port(2);

/// What the name of a decision's signal begins with; the id of the step follows.
const SIGNAL: &str = "approval:";

struct Approval {
    title: Str,
    message: Option<Str>,
    assignees: List,
    form: Option<Value>,
    timeout: Option<SignedDuration>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let form = settings.get("form");
    if let Some(form) = form
        && let Err((pointer, why)) = schema_validator::check_schema(form)
    {
        settings.problem(&format!("form{pointer}"), "invalid_value", format!("the form is no schema that can be used: {why}"));
        return None;
    }
    let timeout = match settings.text("timeout") {
        Some(_) => Some(settings.duration("timeout")?),
        None => None,
    };
    let title = settings.text("title")?.clone();
    let assignees = assignees(settings.get("assignees"));
    Some(Box::new(Approval { title, message: settings.text("message").cloned(), assignees, form: form.cloned(), timeout }))
}

/// The addresses, without spaces around them.
fn assignees(setting: Option<&Value>) -> List {
    let parts: Vec<&str> = match setting {
        Some(Value::String(text)) => text.split(',').collect(),
        Some(Value::List(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
}

impl Node for Approval {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let text = |text: &Option<Str>| text.clone().map_or(Value::Null, Value::String);
        let question = Map::from_pairs([
            ("assignees", Value::List(self.assignees.clone())),
            ("form", self.form.clone().unwrap_or_default()),
            ("message", text(&self.message)),
            ("title", Value::String(self.title.clone())),
        ]);
        let expects = Expected { signal: format!("{SIGNAL}{}", run.step()).into(), question: Some(question.into()) };
        let until = self.timeout.map(|timeout| run.now.saturating_add(timeout).unwrap_or(Timestamp::MAX).min(run.deadline));
        let ask = Ask::Wait { until, reason: Reason::Approval, expects: Some(expects) };
        Ok(Flow::Ask(ask, Box::new(Decided { title: self.title.clone(), timeout: self.timeout })))
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }

    fn port(&self, handle: &str) -> Option<Port> {
        match handle {
            "approved" => Some(APPROVED),
            "rejected" => Some(REJECTED),
            "timeout" => Some(TIMEOUT),
            _ => None,
        }
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(MEMBERS)
    }
}

/// What a decision tells; `data` is what was filled in.
const MEMBERS: &[&str] = &["at", "by", "comment", "data", "decision", "value"];

struct Decided {
    title: Str,
    timeout: Option<SignedDuration>,
}

impl Task for Decided {
    fn resume(self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.input().cloned().unwrap_or_default();
        let result = |decision: &Value| {
            let told = |name: &'static str| (name, decision.get(name).cloned().unwrap_or_default());
            let members = ["at", "by", "comment", "data", "decision"].map(told);
            Value::from(Map::from_pairs(members).with("value", value.clone()))
        };
        match event {
            Event::Answer(decision) => {
                let is_approved = decision.get("decision").and_then(Value::as_str) == Some("approved");
                Ok(Flow::Chosen(result(&decision), Choice::One(if is_approved { APPROVED } else { REJECTED })))
            }
            Event::Woken | Event::Fuel | Event::Object(_) if run.has_edge(TIMEOUT) => {
                let over = Map::from_pairs([("decision", Value::from("timeout"))]).into();
                Ok(Flow::Chosen(result(&over), Choice::One(TIMEOUT)))
            }
            Event::Woken | Event::Fuel | Event::Object(_) => {
                let within = self.timeout.map_or_else(String::new, |timeout| format!(" within {}", duration::text(timeout)));
                Err(Fault::new("timeout", format!("nobody decided{within}: {}", self.title)))
            }
        }
    }
}
