use thaiyyal_model::{Form, List, Map, Value};

use crate::fault::Fault;

/// The members in which an object may have the array that a node works on, the first choice first: those by which `range` nodes and many
/// services wrap one, then those in which the other nodes give theirs.
pub const MEMBERS: [&str; 18] = [
    "range",
    "array",
    "items",
    "data",
    "values",
    "results",
    "filtered",
    "passed",
    "sorted",
    "sliced",
    "flattened",
    "unique",
    "chunks",
    "reversed",
    "sample",
    "compacted",
    "transposed",
    "zipped",
];

/// The array in a value: the value itself, or the first of its [`MEMBERS`] that is an array. So the result of a node that gives an array is
/// good as the input of every node that takes one.
pub(super) fn find(value: &Value) -> Option<&Value> {
    match value {
        Value::Map(map) => MEMBERS.iter().filter_map(|name| map.get(name)).find(|member| is_array(member)),
        value if is_array(value) => Some(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) | Value::Large(_) => None,
    }
}

/// Whether it is an array, in memory or in the object store.
fn is_array(value: &Value) -> bool {
    match value {
        Value::List(_) => true,
        Value::Large(large) => large.form() == Form::Array,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Map(_) => false,
    }
}

/// The array in the input of a node that cannot do without.
pub(super) fn needed<'a>(value: &'a Value, node_type: &str) -> Result<&'a Value, Fault> {
    find(value)
        .ok_or_else(|| Fault::wrong_input(format!("a node of type {node_type} needs an array, and its input is of kind {}", value.kind())))
}

/// The array in the input of a node that answers anything else with an object that says so, so that the execution goes on.
pub(super) fn soft(value: &Value) -> Result<&List, Value> {
    anywhere(value).and_then(|items| items.as_list().ok_or_else(|| items.clone()))
}

/// The same for a node that takes one from the object store too.
pub(super) fn anywhere(value: &Value) -> Result<&Value, Value> {
    find(value).ok_or_else(|| {
        Map::from_pairs([
            ("error", Value::from("input is not an array")),
            ("input", value.clone()),
            ("original_type", Value::from(value.kind().name())),
        ])
        .into()
    })
}
