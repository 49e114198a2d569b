use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "operation",
        title: "Calculate",
        category: Category::Data,
        icon: "calculator",
        summary: "Calculates with two numbers: its first input and its second.",
        schema: json!({
            "type": "object",
            "required": ["op"],
            "properties": {
                "op": {
                    "type": "string",
                    "enum": ["add", "subtract", "multiply", "divide", "modulo", "power"],
                    "title": "Operation",
                    "description": "`modulo` cuts fractions off first; its result has the sign of the first number."
                }
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"op": "add"}),
    }
}

enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(match settings.required_text("op") {
        "add" => Operation::Add,
        "subtract" => Operation::Subtract,
        "multiply" => Operation::Multiply,
        "divide" => Operation::Divide,
        "modulo" => Operation::Modulo,
        "power" => Operation::Power,
        _ => return None,
    }))
}

impl Node for Operation {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let [left, right, ..] = run.inputs else {
            let message = format!("a node of type operation needs two inputs, and {} came", run.inputs.len());
            return Err(Fault::new("missing_input", message));
        };
        let result = match (self, number(left)?, number(right)?) {
            (Self::Add, left, right) => left + right,
            (Self::Subtract, left, right) => left - right,
            (Self::Multiply, left, right) => left * right,
            (Self::Divide, _, 0.0) => return Err(Fault::new("division_by_zero", "division by zero")),
            (Self::Divide, left, right) => left / right,
            (Self::Modulo, left, right) => {
                let remainder = left.trunc() % right.trunc();
                if remainder.is_nan() {
                    return Err(Fault::new("division_by_zero", "the remainder of a division by zero"));
                }
                remainder
            }
            (Self::Power, left, right) => left.powf(right),
        };
        Ok(Flow::Done(Value::Number(result)))
    }
}

fn number(value: &Value) -> Result<f64, Fault> {
    value
        .as_f64()
        .ok_or_else(|| Fault::wrong_input(format!("the inputs of an operation must be numbers, and one is of kind {}", value.kind())))
}
