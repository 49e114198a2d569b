use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "expression",
        title: "Expression",
        category: Category::Data,
        icon: "function-square",
        summary: "Computes a value from its input.",
        schema: json!({
            "type": "object",
            "required": ["expression"],
            "properties": {
                "expression": {"type": "string", "title": "Expression", "description": "`input` is the first input.", "x-ui": {"widget": "expression"}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"expression": "input * 2"}),
    }
}

/// `None` for an empty expression, which the original lets pass.
struct Expression(Option<Formula>);

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.required_text("expression");
    if source.chars().all(char::is_whitespace) {
        let detail = "the expression is empty, so the node only says that and passes its input on";
        settings.warning("expression", "expression_empty", detail.to_owned());
        return Some(Box::new(Expression(None)));
    }
    Some(Box::new(Expression(Some(settings.expression_at("expression", source)?))))
}

impl Node for Expression {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("expression")?;
        Ok(Flow::Done(match &self.0 {
            Some(formula) => formula.value(run, Binding::input(input))?,
            None => Map::from_pairs([("result", input.clone()), ("warning", Value::from("no expression specified"))]).into(),
        }))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn uses(&self) -> Uses {
        self.0.as_ref().map(|formula| Uses::reading(formula.references())).unwrap_or_default()
    }
}
