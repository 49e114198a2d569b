use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::node::{Choice, Flow, Node, Port, Run, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "condition",
        title: "Condition",
        category: Category::Control,
        icon: "git-branch",
        summary: "Lets only one of two branches run.",
        schema: json!({
            "type": "object",
            "required": ["condition"],
            "properties": {
                "condition": {"type": "string", "title": "Condition", "description": "Like `input.age >= 18`, or `>= 18` for the input itself.", "x-ui": {"widget": "expression"}},
                "true_path": {"type": "string", "title": "Name of the first branch", "x-ui": {"hidden": true}, "x-template": false},
                "false_path": {"type": "string", "title": "Name of the second branch", "x-ui": {"hidden": true}, "x-template": false}
            }
        }),
        ports: ports::branching(&[("true", "True"), ("false", "False")]),
        purity: Purity::Pure,
        example: json!({"condition": "input > 100"}),
    }
}

const TRUE: Port = Port(1);
const FALSE: Port = Port(0);

struct Condition {
    source: Str,
    formula: Formula,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    Some(Box::new(Condition { formula: settings.expression("condition")?, source }))
}

impl Node for Condition {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("condition")?;
        // What cannot be evaluated is not met, as in the original.
        let is_met = self.formula.holds(run, Binding::input(input))?;
        let result = Map::from_pairs([
            ("condition", Value::String(self.source.clone())),
            ("condition_met", Value::Bool(is_met)),
            ("false_path", Value::Bool(!is_met)),
            ("path", Value::from(if is_met { "true" } else { "false" })),
            ("true_path", Value::Bool(is_met)),
            ("value", input.clone()),
        ]);
        Ok(Flow::Chosen(result.into(), Choice::One(if is_met { TRUE } else { FALSE })))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["condition", "condition_met", "false_path", "path", "true_path", "value"])
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.formula.references())
    }

    fn port(&self, handle: &str) -> Option<Port> {
        match handle {
            "true" => Some(TRUE),
            "false" => Some(FALSE),
            _ => None,
        }
    }
}
