use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, SharedFormula};
use crate::fault::Fault;
use crate::machine::Bound;
use crate::node::{Block, Body, Choice, Counts, Flow, Happened, Node, Port, Run, Then, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::Implicit(&["body"]) };

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
        ports: ports::branching(&[("body", "While it holds"), ("done", "Done")]),
        purity: Purity::Pure,
        example: json!({"condition": "input.has_more", "max_iterations": 20}),
    }
}

#[derive(Clone)]
struct While {
    source: Str,
    condition: SharedFormula,
    most: u32,
}

const BODY: u16 = 0;

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    let condition = settings.shared_expression("condition")?;
    let most = settings.number("max_iterations").filter(|most| *most > 0.0).unwrap_or(100.0);
    Some(Box::new(While { source, condition, most: most as u32 }))
}

impl Node for While {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.needed_input("while_loop")?.clone();
        if run.has_body(BODY) {
            return Ok(Flow::Block(Box::new(Loop { node: self.clone(), value, rounds: 0 })));
        }
        // Without a body nothing ever changes the value, so a condition that holds once holds for ever.
        if self.holds(&value, 0, run)? {
            return Err(self.too_many());
        }
        Ok(Flow::Done(self.result(value, 0)))
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.condition.references())
    }

    fn port(&self, handle: &str) -> Option<Port> {
        (handle == "done").then_some(Port(0))
    }
}

impl While {
    fn holds(&self, value: &Value, round: u32, run: &Run<'_>) -> Result<bool, Fault> {
        let element = Element { item: value, index: round as usize, items: &Value::Null };
        Ok(self.condition.test(run, Binding { input: Some(value), element: Some(element), accumulator: None })?)
    }

    fn too_many(&self) -> Fault {
        let most = self.most;
        Fault::limit(
            "too_many_iterations",
            "max_iterations",
            most,
            format!("the condition still held after {most} rounds, and `max_iterations` allows no more"),
        )
    }

    fn result(&self, value: Value, rounds: u32) -> Value {
        let condition = Value::String(self.source.clone());
        Map::from_pairs([("condition", condition), ("final_value", value), ("iterations", Value::from(rounds))]).into()
    }
}

/// A loop under way.
struct Loop {
    node: While,
    value: Value,
    rounds: u32,
}

impl Block for Loop {
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault> {
        match happened {
            Happened::Ready if self.rounds > 0 => return Ok(Then::Rest),
            Happened::Ended { outcome, .. } => self.value = outcome?,
            Happened::Ready | Happened::Woken | Happened::Object(_) | Happened::Settled => {}
        }
        if !self.node.holds(&self.value, self.rounds, run)? {
            return Ok(Then::Done(self.node.result(self.value.clone(), self.rounds), Choice::All));
        }
        if self.rounds >= self.node.most {
            return Err(self.node.too_many());
        }
        let number = self.rounds;
        self.rounds += 1;
        let input = self.value.clone();
        let bound = Bound { element: Some((input.clone(), number as usize, Value::Null)), error: None };
        Ok(Then::Begin(Body { port: BODY, number, counts: Counts::Rounds, input, bound }))
    }
}
