//! What every example keeps to, so that the gallery reads as if one person had written it.

use std::collections::{BTreeMap, BTreeSet};

use crate::example::{Example, Gallery, Node, Position};

/// A card on the canvas and the least room around it.
const ROOM: (i64, i64) = (224 + 32, 88 + 24);
/// The grid of the canvas.
const GRID: i64 = 16;

/// Every broken rule, with the example that breaks it.
pub(crate) fn broken(gallery: &Gallery) -> Vec<String> {
    let mut broken: Vec<String> = gallery.examples().flat_map(of_one).collect();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for example in gallery.examples() {
        *names.entry(&example.document.name).or_default() += 1;
        *names.entry(&example.document.workflow_id).or_default() += 1;
    }
    broken.extend(names.iter().filter(|(_, count)| **count > 1).map(|(name, _)| format!("{name:?} is the name or id of two examples")));
    let listed: BTreeSet<String> = gallery.groups.iter().map(|(group, _)| group.folder.clone()).collect();
    let present: BTreeSet<String> = std::fs::read_dir(Gallery::folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "json"))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "groups.json")
        .collect();
    if listed != present {
        broken.push(format!("groups.json lists {listed:?}, and there are {present:?}"));
    }
    for (group, examples) in &gallery.groups {
        if examples.is_empty() || !is_sentence(&group.description) {
            broken.push(format!("{}: a group has a description and an example", group.folder));
        }
    }
    broken
}

fn of_one(example: &Example) -> Vec<String> {
    let document = &example.document;
    let stem = example.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut rules = vec![
        ("its id is the name of its file", document.workflow_id == stem),
        ("a description is one sentence", is_sentence(&document.description)),
        ("what it teaches is a phrase", is_phrase(&document.example.teaches)),
        ("a name is a phrase", is_phrase(&document.name)),
        (
            "tags are words in lower case, one to three",
            (1..=3).contains(&document.tags.len()) && document.tags.iter().all(|tag| is_tag(tag)),
        ),
        ("there is a run", !document.example.runs.is_empty()),
        ("a run names its output", document.example.runs.iter().all(|run| !run.output.is_null())),
        ("the ids of nodes are unique", is_unique(document.nodes.iter().map(|node| node.id.as_str()))),
        ("the ids of edges are unique", is_unique(document.edges.iter().map(|edge| edge.id.as_str()))),
        ("every node has a label of its own", document.nodes.iter().all(has_label) && is_unique(document.nodes.iter().map(label))),
        ("positions are on the grid", document.nodes.iter().all(|node| node.position.x % GRID == 0 && node.position.y % GRID == 0)),
        ("an address can be replaced by the input", document.nodes.iter().all(is_redirectable)),
    ];
    rules.push(("no node covers another", !overlaps(&document.nodes)));
    rules.push(("edges lead to the right, or to the beginning of a new line", leads_right(example)));
    rules.into_iter().filter(|(_, holds)| !holds).map(|(rule, _)| format!("{}: {rule}", example.name())).collect()
}

fn is_sentence(text: &str) -> bool {
    text.len() <= 120 && text.ends_with('.') && !text.contains(". ") && text.starts_with(char::is_uppercase)
}

fn is_phrase(text: &str) -> bool {
    (3..=80).contains(&text.len()) && !text.ends_with('.') && text.starts_with(char::is_uppercase)
}

fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

fn is_unique<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = BTreeSet::new();
    names.into_iter().all(|name| !name.is_empty() && seen.insert(name))
}

fn label(node: &Node) -> &str {
    node.data.get("label").and_then(|label| label.as_str()).unwrap_or_default()
}

fn has_label(node: &Node) -> bool {
    (1..=28).contains(&label(node).chars().count())
}

/// Tests, and people with a mirror, send requests elsewhere with `{"api": "http://…"}`.
fn is_redirectable(node: &Node) -> bool {
    node.data.get("url").and_then(|url| url.as_str()).is_none_or(|url| url.starts_with("{{ coalesce(trigger.input.api, 'https://"))
}

fn overlaps(nodes: &[Node]) -> bool {
    let touch = |a: Position, b: Position| (a.x - b.x).abs() < ROOM.0 && (a.y - b.y).abs() < ROOM.1;
    nodes.iter().enumerate().any(|(at, node)| nodes[..at].iter().any(|other| touch(node.position, other.position)))
}

fn leads_right(example: &Example) -> bool {
    let nodes = &example.document.nodes;
    let places: BTreeMap<&str, Position> = nodes.iter().map(|node| (node.id.as_str(), node.position)).collect();
    let left = nodes.iter().map(|node| node.position.x).min().unwrap_or_default();
    example.document.edges.iter().all(|edge| {
        let (source, target) = (places[edge.source.as_str()], places[edge.target.as_str()]);
        target.x >= source.x + ROOM.0 || (target.x == left && target.y >= source.y + ROOM.1)
    })
}
