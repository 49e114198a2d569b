//! The careful way to read a definition: from a value, with every problem told.

use super::{Definition, Edge, Node};
use crate::{Kind, Map, Problem, Str, Value};

/// Checks the shape of the whole document and reads it.
pub(super) fn check(value: &Value) -> Result<Definition, Vec<Problem>> {
    let mut checker = Checker { problems: Vec::new() };
    let Some(document) = checker.object(value, "", "a workflow definition") else { return Err(checker.problems) };
    let workflow_id = checker.optional_text(document, "workflow_id", "");
    let nodes = checker.list(document, "nodes");
    let nodes = nodes.iter().enumerate().map(|(at, node)| checker.node(node, &format!("/nodes/{at}"))).collect::<Vec<_>>();
    let edges = checker.list(document, "edges");
    let edges = edges.iter().enumerate().map(|(at, edge)| checker.edge(edge, &format!("/edges/{at}"))).collect::<Vec<_>>();
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    Ok(Definition { workflow_id, nodes: nodes.into_iter().flatten().collect(), edges: edges.into_iter().flatten().collect() })
}

struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    fn node(&mut self, value: &Value, pointer: &str) -> Option<Node> {
        let node = self.object(value, pointer, "a node")?;
        let before = self.problems.len();
        let id = self.required_text(node, "id", pointer);
        let node_type = self.optional_text(node, "type", pointer);
        let data = self.settings(node, pointer);
        if let Some(id) = &id {
            for problem in &mut self.problems[before..] {
                problem.node_id = Some(id.clone());
            }
        }
        Some(Node { id: id?, node_type: node_type.filter(|name| !name.is_empty()), data: data? })
    }

    fn settings(&mut self, node: &Map, pointer: &str) -> Option<Value> {
        match node.get("data") {
            None | Some(Value::Null) => Some(Value::Map(Map::new())),
            Some(data @ Value::Map(_)) => Some(data.clone()),
            Some(other) => {
                self.wrong_kind(other, &format!("{pointer}/data"), "`data` of a node", Kind::Object);
                None
            }
        }
    }

    fn edge(&mut self, value: &Value, pointer: &str) -> Option<Edge> {
        let edge = self.object(value, pointer, "an edge")?;
        let source = self.required_text(edge, "source", pointer);
        let target = self.required_text(edge, "target", pointer);
        let handle = self.optional_text(edge, "sourceHandle", pointer);
        let condition = self.optional_text(edge, "condition", pointer);
        let target_handle = self.optional_text(edge, "targetHandle", pointer);
        Some(Edge { source: source?, target: target?, source_handle: named(handle.or(condition)), target_handle: named(target_handle) })
    }

    fn object<'v>(&mut self, value: &'v Value, pointer: &str, what: &str) -> Option<&'v Map> {
        if value.as_map().is_none() {
            self.wrong_kind(value, pointer, what, Kind::Object);
        }
        value.as_map()
    }

    fn list<'v>(&mut self, document: &'v Map, key: &str) -> &'v [Value] {
        match document.get(key) {
            None | Some(Value::Null) => &[],
            Some(Value::List(list)) => list.as_slice(),
            Some(other) => {
                self.wrong_kind(other, &format!("/{key}"), &format!("`{key}`"), Kind::Array);
                &[]
            }
        }
    }

    fn required_text(&mut self, object: &Map, key: &str, pointer: &str) -> Option<Str> {
        match object.get(key) {
            None | Some(Value::Null) => {
                let what = if pointer.starts_with("/nodes") { "a node" } else { "an edge" };
                self.problems.push(Problem::error("missing_field", format!("{pointer}/{key}"), format!("{what} needs `{key}`, a string")));
                None
            }
            Some(_) => self.optional_text(object, key, pointer),
        }
    }

    fn optional_text(&mut self, object: &Map, key: &str, pointer: &str) -> Option<Str> {
        match object.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                self.wrong_kind(other, &format!("{pointer}/{key}"), &format!("`{key}`"), Kind::String);
                None
            }
        }
    }

    fn wrong_kind(&mut self, value: &Value, pointer: &str, what: &str, wanted: Kind) {
        let detail = format!("{what} must be {}, not {}", with_article(wanted), with_article(value.kind()));
        self.problems.push(Problem::error("wrong_kind", pointer, detail));
    }
}

/// An empty handle is no handle.
pub(super) fn named(handle: Option<Str>) -> Option<Str> {
    handle.filter(|name| !name.is_empty())
}

fn with_article(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}
