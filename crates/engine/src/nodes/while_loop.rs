use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "while_loop",
        title: "While",
        category: Category::Control,
        icon: "rotate-cw",
        summary: "Runs its body as long as a condition holds.",
        schema: json!({
            "type": "object",
            "required": ["condition"],
            "properties": {
                "condition": {"type": "string", "title": "Condition", "description": "`input` is the value so far, `index` the number of the round.", "x-ui": {"widget": "expression"}},
                "max_iterations": {"type": "integer", "default": 100, "title": "Most rounds", "description": "When the condition still holds after as many, the node fails."}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"condition": "input.has_more", "max_iterations": 20}),
    }
}

struct While {
    source: Str,
    condition: Formula,
    most: u32,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    let condition = settings.expression("condition")?;
    let most = settings.number("max_iterations").filter(|most| *most > 0.0).unwrap_or(100.0);
    Some(Box::new(While { source, condition, most: most as u32 }))
}

impl Node for While {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.needed_input("while_loop")?;
        // Without a body nothing ever changes the value, so the condition that holds once holds for ever.
        if self.condition.test(run, Binding::input(value))? {
            return Err(too_many(self.most));
        }
        Ok(Flow::Done(result(&self.source, value.clone(), 0)))
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.condition.references())
    }
}

fn too_many(most: u32) -> Fault {
    Fault::limit("max_iterations", format!("the condition still held after {most} rounds, and `max_iterations` allows no more"))
}

fn result(condition: &Str, value: Value, rounds: u32) -> Value {
    Map::from_pairs([("condition", Value::String(condition.clone())), ("final_value", value), ("iterations", Value::from(rounds))]).into()
}
