use thaiyyal_model::{List, Map, Value};

use crate::fault::Fault;

/// The array in a value: the value itself, or the first of the members `range array items data values` that is an array. `range` nodes and
/// many services wrap arrays like that.
pub(super) fn find(value: &Value) -> Option<&Value> {
    let members = || ["range", "array", "items", "data", "values"].into_iter();
    match value {
        Value::List(_) => Some(value),
        Value::Map(map) => members().filter_map(|name| map.get(name)).find(|member| member.as_list().is_some()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The array in the input of a node that cannot do without.
pub(super) fn needed<'a>(value: &'a Value, node_type: &str) -> Result<&'a Value, Fault> {
    find(value)
        .ok_or_else(|| Fault::wrong_input(format!("a node of type {node_type} needs an array, and its input is of kind {}", value.kind())))
}

/// The array in the input of a node that answers anything else with an object that says so, so that the execution goes on.
pub(super) fn soft(value: &Value) -> Result<&List, Value> {
    find(value).and_then(Value::as_list).ok_or_else(|| {
        Map::from_pairs([
            ("error", Value::from("input is not an array")),
            ("input", value.clone()),
            ("original_type", Value::from(value.kind().name())),
        ])
        .into()
    })
}
