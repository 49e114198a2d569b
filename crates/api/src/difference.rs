//! What differs between two definitions, as people speak of them: nodes, edges, and the rest.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;
use thaiyyal_model::{Map, Str, Value, VersionNumber};
use utoipa::ToSchema;

use crate::problem::escaped;
use crate::schema;

/// What differs between two versions of a workflow.
#[derive(Serialize, ToSchema)]
#[schema(as = VersionDifference)]
pub(crate) struct Difference<'a> {
    #[schema(value_type = i32)]
    from: VersionNumber,
    #[schema(value_type = i32)]
    to: VersionNumber,
    nodes: Nodes<'a>,
    edges: Edges<'a>,
    /// In what is neither a node nor an edge.
    document: Vec<Change<'a>>,
}

/// What differs in nodes.
#[derive(Serialize, ToSchema)]
#[schema(as = NodesDifference)]
struct Nodes<'a> {
    #[schema(value_type = Vec<schema::Definition>)]
    added: Vec<&'a Value>,
    #[schema(value_type = Vec<schema::Definition>)]
    removed: Vec<&'a Value>,
    changed: Vec<ChangedNode<'a>>,
    /// Whether those in both stand in another order.
    reordered: bool,
}

/// What differs in a node.
#[derive(Serialize, ToSchema)]
#[schema(as = NodeDifference)]
struct ChangedNode<'a> {
    id: &'a str,
    changes: Vec<Change<'a>>,
}

/// What differs in edges. One that says something else is a new one.
#[derive(Serialize, ToSchema)]
#[schema(as = EdgesDifference)]
struct Edges<'a> {
    #[schema(value_type = Vec<schema::Definition>)]
    added: Vec<&'a Value>,
    #[schema(value_type = Vec<schema::Definition>)]
    removed: Vec<&'a Value>,
    /// Whether those in both stand in another order.
    reordered: bool,
}

/// A member that differs. Lists are compared as a whole.
#[derive(Serialize, ToSchema)]
#[schema(as = MemberDifference)]
struct Change<'a> {
    /// JSON pointer, from the node or the definition.
    pointer: String,
    /// Absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    before: Option<&'a Value>,
    /// Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    after: Option<&'a Value>,
}

impl<'a> Difference<'a> {
    /// From one numbered definition to another.
    pub(crate) fn between((from, before): (VersionNumber, &'a Value), (to, after): (VersionNumber, &'a Value)) -> Self {
        let mut document = Vec::new();
        for (name, _) in members(before).filter(|(name, _)| !is_graph(name)) {
            compare(before.get(name), after.get(name), &format!("/{}", escaped(name)), &mut document);
        }
        for (name, own) in members(after).filter(|(name, _)| !is_graph(name) && before.get(name).is_none()) {
            document.push(Change { pointer: format!("/{}", escaped(name)), before: None, after: Some(own) });
        }
        Self {
            from,
            to,
            nodes: nodes(list(before, "nodes"), list(after, "nodes")),
            edges: edges(list(before, "edges"), list(after, "edges")),
            document,
        }
    }
}

fn is_graph(name: &str) -> bool {
    matches!(name, "nodes" | "edges")
}

fn members(value: &Value) -> impl Iterator<Item = (&Str, &Value)> {
    value.as_map().into_iter().flat_map(Map::iter)
}

fn list<'a>(definition: &'a Value, name: &str) -> &'a [Value] {
    definition.get(name).and_then(Value::as_list).map_or(&[], |list| list.as_slice())
}

fn id(node: &Value) -> &str {
    node.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn nodes<'a>(before: &'a [Value], after: &'a [Value]) -> Nodes<'a> {
    let old: HashMap<_, _> = before.iter().map(|node| (id(node), node)).collect();
    let new: HashMap<_, _> = after.iter().map(|node| (id(node), node)).collect();
    let mut changed = Vec::new();
    for node in after {
        let Some(was) = old.get(id(node)) else { continue };
        let mut changes = Vec::new();
        compare(Some(was), Some(node), "", &mut changes);
        if !changes.is_empty() {
            changed.push(ChangedNode { id: id(node), changes });
        }
    }
    let kept_before = before.iter().map(id).filter(|id| new.contains_key(id));
    let kept_after = after.iter().map(id).filter(|id| old.contains_key(id));
    Nodes {
        added: after.iter().filter(|node| !old.contains_key(id(node))).collect(),
        removed: before.iter().filter(|node| !new.contains_key(id(node))).collect(),
        changed,
        reordered: !kept_before.eq(kept_after),
    }
}

/// Edges have no names: each is paired with one that says the same.
fn edges<'a>(before: &'a [Value], after: &'a [Value]) -> Edges<'a> {
    let mut waiting: HashMap<_, VecDeque<usize>> = HashMap::new();
    for (at, edge) in before.iter().enumerate() {
        waiting.entry(said_by(edge)).or_default().push_back(at);
    }
    let (mut added, mut kept) = (Vec::new(), Vec::new());
    for edge in after {
        match waiting.get_mut(&said_by(edge)).and_then(VecDeque::pop_front) {
            Some(at) => kept.push(at),
            None => added.push(edge),
        }
    }
    let mut gone: Vec<_> = waiting.into_values().flatten().collect();
    gone.sort_unstable();
    Edges { added, removed: gone.into_iter().map(|at| &before[at]).collect(), reordered: !kept.is_sorted() }
}

/// The members of an edge, whatever order they stand in.
fn said_by(edge: &Value) -> Vec<(&str, String)> {
    let mut members: Vec<_> =
        members(edge).map(|(name, value)| (name.as_str(), serde_json::to_string(value).unwrap_or_default())).collect();
    members.sort_unstable();
    members
}

fn compare<'a>(before: Option<&'a Value>, after: Option<&'a Value>, pointer: &str, changes: &mut Vec<Change<'a>>) {
    if before == after {
        return;
    }
    let (Some(Value::Map(old)), Some(Value::Map(new))) = (before, after) else {
        changes.push(Change { pointer: pointer.to_owned(), before, after });
        return;
    };
    for (name, was) in old.iter() {
        compare(Some(was), new.get(name), &format!("{pointer}/{}", escaped(name)), changes);
    }
    for (name, is) in new.iter().filter(|(name, _)| !old.contains_key(name)) {
        compare(None, Some(is), &format!("{pointer}/{}", escaped(name)), changes);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn between(before: serde_json::Value, after: serde_json::Value) -> serde_json::Value {
        let (before, after) = (Value::from(before), Value::from(after));
        serde_json::to_value(Difference::between((VersionNumber(1), &before), (VersionNumber(2), &after))).unwrap()
    }

    fn nothing() -> serde_json::Value {
        json!({
            "from": 1, "to": 2, "document": [],
            "nodes": {"added": [], "removed": [], "changed": [], "reordered": false},
            "edges": {"added": [], "removed": [], "reordered": false}
        })
    }

    #[test]
    fn equal_definitions_do_not_differ() {
        let one = json!({"nodes": [{"id": "a", "data": {"x": [1, {"y": 2}]}}], "edges": [{"source": "a", "target": "b"}], "z": 1});
        let same = json!({"z": 1, "edges": [{"target": "b", "source": "a"}], "nodes": [{"data": {"x": [1, {"y": 2}]}, "id": "a"}]});
        assert_eq!(between(one, same), nothing());
    }

    #[test]
    fn nodes_are_known_by_their_ids() {
        let before = json!({"nodes": [{"id": "a", "data": {"v": 1, "w/x": 2}}, {"id": "b"}, {"id": "c"}]});
        let after = json!({"nodes": [{"id": "c", "position": {"x": 1}}, {"id": "a", "data": {"v": [1], "n": null}}, {"id": "d"}]});
        let mut expected = nothing();
        expected["nodes"] = json!({
            "added": [{"id": "d"}],
            "removed": [{"id": "b"}],
            "changed": [
                {"id": "c", "changes": [{"pointer": "/position", "after": {"x": 1}}]},
                {"id": "a", "changes": [
                    {"pointer": "/data/v", "before": 1, "after": [1]},
                    {"pointer": "/data/w~1x", "before": 2},
                    {"pointer": "/data/n", "after": null}
                ]}
            ],
            "reordered": true
        });
        assert_eq!(between(before, after), expected);
    }

    #[test]
    fn edges_are_paired_with_their_equals() {
        let edge = |source: &str, target: &str| json!({"source": source, "target": target});
        let before = json!({"edges": [edge("a", "b"), edge("a", "b"), edge("b", "c"), edge("c", "d")]});
        let after = json!({"edges": [edge("c", "d"), edge("a", "b"), edge("x", "y")]});
        let mut expected = nothing();
        expected["edges"] = json!({"added": [edge("x", "y")], "removed": [edge("a", "b"), edge("b", "c")], "reordered": true});
        assert_eq!(between(before, after), expected);
    }

    #[test]
    fn the_rest_of_the_document_is_compared_member_by_member() {
        let mut expected = nothing();
        expected["document"] = json!([
            {"pointer": "/name", "before": "x"},
            {"pointer": "/viewport/zoom", "before": 1, "after": 2},
            {"pointer": "/note", "after": "y"}
        ]);
        assert_eq!(between(json!({"viewport": {"zoom": 1}, "name": "x"}), json!({"viewport": {"zoom": 2}, "note": "y"})), expected);
    }
}
