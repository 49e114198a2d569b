//! The shape of a definition: ids, edges, and the order in which nodes run.

use std::collections::HashMap;

use thaiyyal_model::{Definition, Problem, Str};

use super::Lists;
use super::regions::Regions;
use crate::suggest::did_you_mean;

/// Numbers for ids: positions in the definition's list of nodes.
pub(super) struct Ids<'d>(HashMap<&'d str, u32, foldhash::fast::RandomState>);

impl<'d> Ids<'d> {
    /// Reports empty and repeated ids.
    pub(super) fn new(definition: &'d Definition, problems: &mut Vec<Problem>) -> Self {
        let mut ids = HashMap::with_capacity_and_hasher(definition.nodes.len(), foldhash::fast::RandomState::default());
        for (node, at) in definition.nodes.iter().zip(0_u32..) {
            let pointer = || format!("/nodes/{at}/id");
            if node.id.is_empty() {
                problems.push(Problem::error("empty_id", pointer(), "a node needs an id that is not empty").at_node(""));
            } else if let Some(first) = ids.insert(node.id.as_str(), at) {
                let detail = format!("the id `{}` is taken by the node at /nodes/{first}; ids must be unique", node.id);
                problems.push(Problem::error("duplicate_id", pointer(), detail).at_node(node.id.clone()));
                ids.insert(node.id.as_str(), first);
            }
        }
        Self(ids)
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        self.0.get(id).copied()
    }

    pub(super) fn all(&self) -> Vec<&str> {
        self.0.keys().copied().collect()
    }
}

/// Source and target of every edge. Reports ends that do not exist.
pub(super) fn resolve_edges(definition: &Definition, ids: &Ids<'_>, problems: &mut Vec<Problem>) -> Vec<(u32, u32)> {
    let mut edges = Vec::with_capacity(definition.edges.len());
    for (at, edge) in definition.edges.iter().enumerate() {
        match (ids.find(&edge.source), ids.find(&edge.target)) {
            (Some(source), Some(target)) => edges.push((source, target)),
            (source, target) => {
                problems.extend(source.is_none().then(|| unknown_end(ids, at, "source", &edge.source)));
                problems.extend(target.is_none().then(|| unknown_end(ids, at, "target", &edge.target)));
            }
        }
    }
    edges
}

fn unknown_end(ids: &Ids<'_>, at: usize, end: &str, id: &Str) -> Problem {
    let code = if end == "source" { "unknown_source" } else { "unknown_target" };
    let meant = did_you_mean(id, ids.all());
    Problem::error(code, format!("/edges/{at}/{end}"), format!("the {end} of this edge is `{id}`, and no node has that id{meant}"))
}

/// The order in which nodes run: breadth first from the nodes without incoming edges, which come in the order of their class and then of
/// their ids' bytes; a node follows when the last of its sources has had its turn. Reports a cycle.
pub(super) fn order(
    definition: &Definition,
    edges: &[(u32, u32)],
    class: impl Fn(u32) -> u8,
    problems: &mut Vec<Problem>,
) -> Option<Vec<u32>> {
    let count = definition.nodes.len();
    let targets = Lists::new(count, edges.iter().copied());
    let mut missing = vec![0_u32; count];
    for (_, target) in edges {
        missing[*target as usize] += 1;
    }
    let mut order: Vec<u32> = (0_u32..).zip(&missing).filter(|(_, missing)| **missing == 0).map(|(node, _)| node).collect();
    order.sort_by(|a, b| {
        let key = |node: u32| (class(node), definition.nodes[node as usize].id.as_bytes());
        key(*a).cmp(&key(*b))
    });
    order.reserve(count - order.len());
    let mut next = 0;
    while let Some(&node) = order.get(next) {
        next += 1;
        for &target in targets.of(node) {
            missing[target as usize] -= 1;
            if missing[target as usize] == 0 {
                order.push(target);
            }
        }
    }
    if order.len() == count {
        return Some(order);
    }
    problems.push(cycle(definition, edges, &missing));
    None
}

/// The same rule within each region, region after region, and where each ends. A block is a node of the region that it stands in.
pub(super) fn order_by_region(
    definition: &Definition,
    edges: &[(u32, u32)],
    class: impl Fn(u32) -> u8,
    regions: &Regions,
) -> (Vec<u32>, Vec<u32>) {
    let count = definition.nodes.len();
    let inside = || edges.iter().zip(&regions.entered).filter(|(_, entered)| entered.is_none()).map(|(edge, _)| *edge);
    let targets = Lists::new(count, inside());
    let mut missing = vec![0_u32; count];
    inside().for_each(|(_, target)| missing[target as usize] += 1);
    let members = Lists::new(regions.list.len(), regions.of_node.iter().zip(0_u32..).map(|(region, node)| (*region, node)));
    let (mut order, mut ends) = (Vec::with_capacity(count), Vec::with_capacity(regions.list.len()));
    for region in (0_u32..).take(regions.list.len()) {
        let mut next = order.len();
        order.extend(members.of(region).iter().filter(|node| missing[**node as usize] == 0));
        order[next..].sort_by(|a: &u32, b: &u32| {
            let key = |node: u32| (class(node), definition.nodes[node as usize].id.as_bytes());
            key(*a).cmp(&key(*b))
        });
        while let Some(&node) = order.get(next) {
            next += 1;
            for &target in targets.of(node) {
                missing[target as usize] -= 1;
                if missing[target as usize] == 0 {
                    order.push(target);
                }
            }
        }
        ends.push(u32::try_from(order.len()).unwrap_or(u32::MAX));
    }
    (order, ends)
}

/// One of the cycles among the nodes that never had their turn.
fn cycle(definition: &Definition, edges: &[(u32, u32)], missing: &[u32]) -> Problem {
    let is_stuck = |node: u32| missing[node as usize] > 0;
    // A stuck node has a stuck source, so walking back along these must come to the same node twice.
    let mut back = vec![None; missing.len()];
    for (at, (source, target)) in edges.iter().enumerate() {
        if is_stuck(*source) && is_stuck(*target) && back[*target as usize].is_none() {
            back[*target as usize] = Some((*source, at));
        }
    }
    let mut seen = vec![false; missing.len()];
    let mut node = (0_u32..).zip(missing).find(|(_, missing)| **missing > 0).map_or(0, |(node, _)| node);
    while let Some((source, _)) = back[node as usize].filter(|_| !seen[node as usize]) {
        seen[node as usize] = true;
        node = source;
    }
    let start = node;
    let mut around = Vec::new();
    while let Some((source, edge)) = back[node as usize] {
        around.push((source, edge));
        node = source;
        if node == start {
            break;
        }
    }
    around.reverse();
    // The circle is told from where its last edge in the document leads to.
    let last = (0..around.len()).max_by_key(|at| around[*at].1).unwrap_or(0);
    let closing = around.get(last).map_or(0, |(_, edge)| *edge);
    let first = (last + 1) % around.len().max(1);
    around.rotate_left(first);
    let id = |(source, _): &(u32, usize)| definition.nodes[*source as usize].id.as_str();
    let ids: Vec<&str> = around.iter().chain(around.first()).map(id).collect();
    let detail = format!("these nodes wait for each other in a circle: {}", ids.join(" -> "));
    let problem = Problem::error("cycle", format!("/edges/{closing}"), detail);
    ids.first().map_or(problem.clone(), |first| problem.at_node(*first))
}
