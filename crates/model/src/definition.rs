mod check;
mod read;

#[cfg(test)]
mod tests;

use crate::{Problem, Str, Value};

/// A workflow as its author wrote it: the JSON document of nodes and edges, checked for shape only.
///
/// Keys the engine does not use (positions, labels, colours) are not kept here; the stored document keeps them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Definition {
    /// The author's own name for it, echoed in results.
    pub workflow_id: Option<Str>,
    /// In the order of the document, which decides the final output.
    pub nodes: Vec<Node>,
    /// In the order of the document, which decides the order of inputs.
    pub edges: Vec<Edge>,
}

/// One node of a definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Unique within the definition.
    pub id: Str,
    /// The type as written; absent or empty asks for inference from the settings.
    pub node_type: Option<Str>,
    /// The settings, always an object; a missing or null `data` reads as an empty one.
    pub data: Value,
}

/// A connection between two nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Id of the node whose value it delivers.
    pub source: Str,
    /// Id of the node that receives the value.
    pub target: Str,
    /// The output of the source that must have been chosen for the edge to fire; an empty or null one is none.
    pub source_handle: Option<Str>,
    /// The input of the target it leads to.
    pub target_handle: Option<Str>,
}

impl Definition {
    /// Reads a definition from JSON text. On failure tells every problem of its shape at once; text that is no JSON (or nests too deeply, or
    /// holds U+0000 or a number that no double can hold) is the single problem `invalid_json` with line and column.
    ///
    /// Ids, types, settings and the graph are not looked at: that is the compiler's work.
    pub fn from_json(text: &[u8]) -> Result<Self, Vec<Problem>> {
        // The direct way knows no reasons. What it refuses is read again in a way that does.
        if let Some(definition) = read::read(text) {
            return Ok(definition);
        }
        let value =
            Value::from_json(text).map_err(|error| vec![Problem::error("invalid_json", "", format!("this is not valid JSON: {error}"))])?;
        Self::from_value(&value)
    }

    /// Reads a definition from a JSON value. On failure tells every problem of its shape at once.
    pub fn from_value(value: &Value) -> Result<Self, Vec<Problem>> {
        check::check(value)
    }
}
