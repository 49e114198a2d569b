use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;
use crate::state::Parts;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "accumulator",
        title: "Accumulator",
        category: Category::State,
        icon: "archive",
        summary: "Adds its input to what other accumulators of the execution have gathered.",
        schema: json!({
            "type": "object",
            "required": ["accum_op"],
            "properties": {
                "accum_op": {"type": "string", "enum": ["sum", "product", "concat", "array", "count"], "title": "How to add"},
                "initial_value": {"title": "Start value", "description": "Used by the first accumulator that runs."},
                "name": {"type": "string", "title": "Name", "description": "Accumulators with a name share only with those of the same name."}
            }
        }),
        ports: ports::through(),
        purity: Purity::Stateful,
        example: json!({"accum_op": "sum"}),
    }
}

struct Accumulator {
    operation: Operation,
    initial: Option<Value>,
    name: Str,
}

#[derive(Clone, Copy)]
enum Operation {
    Sum,
    Product,
    Concat,
    Array,
    Count,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let operation = match settings.required_text("accum_op") {
        "sum" => Operation::Sum,
        "product" => Operation::Product,
        "concat" => Operation::Concat,
        "array" => Operation::Array,
        "count" => Operation::Count,
        _ => return None,
    };
    let name = settings.text("name").cloned().unwrap_or_default();
    Some(Box::new(Accumulator { operation, initial: settings.get("initial_value").cloned(), name }))
}

impl Node for Accumulator {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let before = match run.state.accumulators.get(&self.name).filter(|value| !value.is_null()) {
            Some(value) => value.clone(),
            None => self.initial.clone().unwrap_or_else(|| self.operation.start()),
        };
        let after = match run.input() {
            Some(input) => self.operation.apply(&before, input)?,
            None => before,
        };
        if after.size_bytes() > run.limits.max_value_bytes {
            let most = run.limits.max_value_bytes;
            let message = format!("a value may take {most} bytes, and the accumulator would take {}", after.size_bytes());
            return Err(Fault::limit("value_too_large", "max_value_bytes", most, message));
        }
        run.state.set_accumulator(&self.name, &after);
        Ok(Flow::Done(Map::from_pairs([("operation", Value::from(self.operation.name())), ("value", after)]).into()))
    }

    fn uses(&self) -> Uses {
        Uses { writes: Parts::ACCUMULATORS, ..Uses::default() }
    }
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Product => "product",
            Self::Concat => "concat",
            Self::Array => "array",
            Self::Count => "count",
        }
    }

    fn start(self) -> Value {
        match self {
            Self::Sum | Self::Count => Value::Number(0.0),
            Self::Product => Value::Number(1.0),
            Self::Concat => Value::String(Str::new()),
            Self::Array => List::new().into(),
        }
    }

    fn apply(self, before: &Value, input: &Value) -> Result<Value, Fault> {
        match self {
            Self::Sum => finite(number(before)? + number(input)?),
            Self::Product => finite(number(before)? * number(input)?),
            Self::Count => finite(number(before)? + 1.0),
            Self::Concat => Ok(format!("{}{}", text(before)?, text(input)?).into()),
            Self::Array => {
                let list = before.as_list().ok_or_else(|| wrong_kind("array", before))?;
                Ok(list.iter().cloned().chain([input.clone()]).collect::<List>().into())
            }
        }
    }
}

fn number(value: &Value) -> Result<f64, Fault> {
    value.as_f64().ok_or_else(|| wrong_kind("number", value))
}

fn text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| wrong_kind("string", value))
}

fn wrong_kind(wanted: &str, value: &Value) -> Fault {
    Fault::wrong_input(format!("the accumulator and its input must be of kind {wanted}, and one is of kind {}", value.kind()))
}

fn finite(number: f64) -> Result<Value, Fault> {
    if number.is_finite() { Ok(number.into()) } else { Err(Fault::new("not_finite", "the accumulator becomes no finite number")) }
}
