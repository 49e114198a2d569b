use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use super::elements::Collected;
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "transform",
        title: "Transform",
        category: Category::Data,
        icon: "shuffle",
        summary: "Turns objects and arrays into each other, flattens arrays.",
        schema: json!({
            "type": "object",
            "required": ["transform_type"],
            "properties": {
                "transform_type": {
                    "type": "string",
                    "enum": ["to_array", "to_object", "flatten", "keys", "values"],
                    "title": "What to do",
                    "description": "`to_array` collects all inputs; `to_object` reads an array as key, value, key, value ..."
                }
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"transform_type": "keys"}),
    }
}

enum Transform {
    ToArray,
    ToObject,
    Flatten,
    Keys,
    Values,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(match settings.required_text("transform_type") {
        "to_array" => Transform::ToArray,
        "to_object" => Transform::ToObject,
        "flatten" => Transform::Flatten,
        "keys" => Transform::Keys,
        "values" => Transform::Values,
        _ => return None,
    }))
}

impl Node for Transform {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("transform")?;
        Ok(Flow::Done(match self {
            Self::ToArray => List::from(run.inputs).into(),
            Self::ToObject => to_object(array::needed(input, "transform")?)?,
            Self::Flatten => {
                let mut flat = Collected::default();
                flatten(array::needed(input, "transform")?, &mut flat, run)?;
                flat.into_value(run)?
            }
            Self::Keys => object(input)?.keys().cloned().map(Value::String).collect::<List>().into(),
            Self::Values => object(input)?.values().cloned().collect::<List>().into(),
        }))
    }
}

fn object(input: &Value) -> Result<&Map, Fault> {
    input
        .as_map()
        .ok_or_else(|| Fault::wrong_input(format!("only an object has keys and values, and the input is of kind {}", input.kind())))
}

/// An odd last element has no value and is dropped.
fn to_object(items: &Value) -> Result<Value, Fault> {
    let items = items.as_list().map_or(&[][..], |list| list.as_slice());
    let member = |pair: &[Value]| match pair {
        [Value::String(key), value] => Ok((key.clone(), value.clone())),
        _ => Err(Fault::wrong_input("every other element must be a text, to be a key")),
    };
    Ok(items.chunks_exact(2).map(member).collect::<Result<Map, Fault>>()?.into())
}

fn flatten(items: &Value, flat: &mut Collected, run: &mut Run<'_>) -> Result<(), Fault> {
    for item in items.as_list().into_iter().flatten() {
        match item {
            Value::List(_) => flatten(item, flat, run)?,
            other => flat.push(other.clone(), run)?,
        }
    }
    Ok(())
}
