use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity, Str, Value, VersionNumber};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, SharedFormula};
use crate::fault::Fault;
use crate::machine::Retry;
use crate::node::{Ask, Errand, Event, Flow, Node, Run, Task, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "sub_workflow",
        title: "Sub-workflow",
        category: Category::Control,
        icon: "workflow",
        summary: "Runs another workflow as an execution of its own, and gives what it gives.",
        schema: json!({
            "type": "object",
            "required": ["workflow"],
            "properties": {
                "workflow": {"type": "string", "minLength": 1, "title": "Workflow", "description": "Its id, or its name when no other workflow has the same.", "x-ui": {"widget": "workflow", "order": 1}},
                "version": {"type": "integer", "minimum": 1, "title": "Version", "description": "The version to run; the published one without.", "x-ui": {"order": 2}},
                "wait": {"type": "boolean", "default": true, "title": "Wait for its end", "description": "Otherwise the result tells which execution was started, and that goes on by itself.", "x-ui": {"widget": "toggle", "order": 3}},
                "input": {"title": "Input", "description": "What it begins with; the input of the node without.", "x-ui": {"widget": "json", "order": 4}},
                "output": {"type": "string", "title": "Output", "description": "What the node gives; `input` is what the workflow gave. All of it without.", "x-ui": {"widget": "expression", "order": 5}},
                "timeout": {"type": "string", "title": "Timeout", "description": "How long the execution may take, like \"10m\"; when it is over it is stopped.", "x-template": false, "x-ui": {"widget": "duration"}},
                "retry": Retry::schema()
            }
        }),
        ports: ports::through(),
        purity: Purity::Effect,
        example: json!({"workflow": "Ship an order", "input": {"order": "{{ input.id }}"}, "output": "input.tracking_number"}),
    }
}

struct SubWorkflow {
    workflow: Str,
    version: Option<VersionNumber>,
    waits: bool,
    /// The input of the node when there is none.
    input: Option<Value>,
    output: Option<SharedFormula>,
    within: Option<SignedDuration>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let output = match settings.text("output") {
        Some(_) => Some(settings.shared_expression("output")?),
        None => None,
    };
    let within = match settings.text("timeout") {
        Some(_) => Some(settings.duration("timeout")?),
        None => None,
    };
    Some(Box::new(SubWorkflow {
        workflow: settings.text("workflow")?.clone(),
        version: version(settings)?,
        waits: settings.boolean("wait").unwrap_or(true),
        input: settings.get("input").cloned(),
        output,
        within,
    }))
}

/// The setting `version`, if it is one that a version can have; anything else is reported.
fn version(settings: &mut Settings<'_>) -> Option<Option<VersionNumber>> {
    let Some(number) = settings.number("version") else { return Some(None) };
    if number.fract() == 0.0 && (1.0..=f64::from(i32::MAX)).contains(&number) {
        return Some(Some(VersionNumber(number as i32)));
    }
    settings.problem("version", "invalid_value", format!("`version` must be a whole number from 1, not {number}"));
    None
}

impl Node for SubWorkflow {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let errand = Errand {
            workflow: self.workflow.clone(),
            version: self.version,
            input: self.input.as_ref().or(run.input()).cloned().unwrap_or_default(),
            waits: self.waits,
            within: self.within,
        };
        Ok(Flow::Ask(Ask::Child(errand), Box::new(Answered { output: self.output.clone() })))
    }

    fn uses(&self) -> Uses {
        let references = self.output.as_ref().map(|output| output.references().clone()).unwrap_or_default();
        Uses { references, asks: true, ..Uses::default() }
    }
}

struct Answered {
    output: Option<SharedFormula>,
}

impl Task for Answered {
    fn resume(self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = match event {
            Event::Answer(value) => value,
            Event::Woken | Event::Fuel | Event::Object(_) => Value::Null,
        };
        Ok(Flow::Done(match &self.output {
            Some(output) => output.value(run, Binding::input(&value))?,
            None => value,
        }))
    }
}
