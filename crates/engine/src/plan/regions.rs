//! Which nodes form the bodies of which blocks.

use std::collections::HashMap;

use thaiyyal_model::{Definition, Edge, Problem, Value};

use super::Lists;
use crate::catalog::{Bodies, NodeType};

/// The regions of a definition: the whole, and every body. Nodes and blocks are positions in the definition's list of nodes.
#[derive(Debug, Default)]
pub(super) struct Regions {
    /// In an order in which a region comes after the one around it.
    pub(super) list: Vec<RegionOf>,
    /// By node.
    pub(super) of_node: Vec<u32>,
    /// By edge: the region that it enters at its port.
    pub(super) entered: Vec<Option<u32>>,
}

/// The block that a region belongs to, and at which of its ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegionOf {
    pub(super) block: Option<(u32, u16)>,
    depth: u32,
}

impl Regions {
    /// One region: the whole.
    pub(super) fn whole(definition: &Definition) -> Self {
        let whole = RegionOf { block: None, depth: 0 };
        Self { list: vec![whole], of_node: vec![0; definition.nodes.len()], entered: vec![None; definition.edges.len()] }
    }

    /// Finds the regions. `order` has every node after those that its edges come from. Reports edges that enter or leave a body elsewhere
    /// than at its port.
    pub(super) fn find(graph: &Graph<'_>, order: &[u32], problems: &mut Vec<Problem>) -> Self {
        let mut regions = Self::whole(graph.definition);
        if graph.types.iter().flatten().all(|node_type| node_type.bodies == Bodies::None) {
            return regions;
        }
        let incoming = Lists::new(order.len(), graph.edges.iter().zip(0_u32..).map(|((_, target), edge)| (*target, edge)));
        let mut finder = Finder { graph, roles: graph.roles(), numbers: HashMap::new(), regions: &mut regions, problems };
        order.iter().for_each(|node| finder.place(*node, incoming.of(*node)));
        regions
    }
}

/// A definition and what is known about it.
pub(super) struct Graph<'a> {
    pub(super) definition: &'a Definition,
    pub(super) edges: &'a [(u32, u32)],
    pub(super) types: &'a [Option<&'a std::sync::Arc<NodeType>>],
}

/// Where an edge leaves from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// An output that leads onward.
    Onward,
    /// An output that leads into a body.
    Into(u16),
    /// The only output of a loop in the old notation: into the body where nothing else leads to its target.
    Either,
}

impl Graph<'_> {
    fn roles(&self) -> Vec<Role> {
        let mut is_new = vec![false; self.definition.nodes.len()];
        let mut roles: Vec<Role> = Vec::with_capacity(self.edges.len());
        for (edge, (source, _)) in self.definition.edges.iter().zip(self.edges) {
            let role = self.port(*source, edge).map_or(Role::Onward, Role::Into);
            is_new[*source as usize] |= role != Role::Onward || edge.source_handle.as_deref() == Some(DONE);
            roles.push(role);
        }
        for ((role, edge), (source, _)) in roles.iter_mut().zip(&self.definition.edges).zip(self.edges) {
            let is_implicit = self.bodies(*source).is_implicit() && !is_new[*source as usize];
            if is_implicit && edge.source_handle.is_none() {
                *role = Role::Either;
            }
        }
        roles
    }

    fn bodies(&self, node: u32) -> Bodies {
        self.types[node as usize].map_or(Bodies::None, |node_type| node_type.bodies)
    }

    fn port(&self, source: u32, edge: &Edge) -> Option<u16> {
        let handle = edge.source_handle.as_deref()?;
        let at = match self.bodies(source) {
            Bodies::None => None,
            Bodies::Once(names) | Bodies::Rounds(names) | Bodies::Implicit(names) => names.iter().position(|name| *name == handle),
            Bodies::Listed(setting) => {
                let names = self.definition.nodes[source as usize].data.get(setting).and_then(Value::as_list)?;
                names.iter().position(|name| name.as_str() == Some(handle))
            }
        };
        at.and_then(|at| u16::try_from(at).ok())
    }
}

/// The output of a block for its own result; the one without a name is the same.
pub(crate) const DONE: &str = "done";

struct Finder<'a> {
    graph: &'a Graph<'a>,
    roles: Vec<Role>,
    /// The regions that have a number, by block and port.
    numbers: HashMap<(u32, u16), u32>,
    regions: &'a mut Regions,
    problems: &'a mut Vec<Problem>,
}

impl Finder<'_> {
    fn place(&mut self, node: u32, incoming: &[u32]) {
        let Some(region) = self.region(incoming) else { return };
        for edge in incoming {
            let source = self.source(*edge);
            self.regions.entered[*edge as usize] = match self.roles[*edge as usize] {
                Role::Onward => None,
                Role::Into(port) => Some(self.number(source, port)),
                Role::Either => Some(self.number(source, 0)).filter(|body| *body == region),
            };
        }
        self.regions.of_node[node as usize] = region;
    }

    /// The region of a node with these edges into it; `None` when they are of several, which is reported.
    fn region(&mut self, incoming: &[u32]) -> Option<u32> {
        let (open, fixed): (Vec<u32>, Vec<u32>) = incoming.iter().partition(|edge| self.roles[**edge as usize] == Role::Either);
        let region = match (fixed.first(), open.first()) {
            (None, None) => return Some(0),
            (Some(_), _) => self.of_fixed(&fixed)?,
            (None, Some(first)) => {
                let source = self.source(*first);
                if open.iter().all(|edge| self.source(*edge) == source) {
                    self.number(source, 0)
                } else {
                    self.regions.of_node[source as usize]
                }
            }
        };
        for edge in open {
            let source = self.source(edge);
            let is_inside = self.numbers.get(&(source, 0)) == Some(&region);
            if !is_inside && self.regions.of_node[source as usize] != region {
                self.report(edge, self.regions.of_node[source as usize], region);
                return None;
            }
        }
        Some(region)
    }

    fn of_fixed(&mut self, fixed: &[u32]) -> Option<u32> {
        let regions: Vec<u32> = fixed.iter().map(|edge| self.of_edge(*edge)).collect();
        // A body's port says what a node belongs to; else what leaves a body is wrong, not what stays outside.
        let entry = fixed.iter().position(|edge| matches!(self.roles[*edge as usize], Role::Into(_)));
        let outermost = (0..regions.len()).min_by_key(|at| self.regions.list[regions[*at] as usize].depth);
        let region = regions[entry.or(outermost)?];
        match regions.iter().position(|other| *other != region) {
            None => Some(region),
            Some(at) => {
                self.report(fixed[at], regions[at], region);
                None
            }
        }
    }

    fn of_edge(&mut self, edge: u32) -> u32 {
        let source = self.source(edge);
        match self.roles[edge as usize] {
            Role::Into(port) => self.number(source, port),
            Role::Onward | Role::Either => self.regions.of_node[source as usize],
        }
    }

    fn source(&self, edge: u32) -> u32 {
        self.graph.edges[edge as usize].0
    }

    /// The number of a body's region.
    fn number(&mut self, block: u32, port: u16) -> u32 {
        let around = self.regions.of_node[block as usize];
        let list = &mut self.regions.list;
        *self.numbers.entry((block, port)).or_insert_with(|| {
            let depth = list[around as usize].depth + 1;
            list.push(RegionOf { block: Some((block, port)), depth });
            u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn report(&mut self, edge: u32, from: u32, into: u32) {
        let document = &self.graph.definition.edges[edge as usize];
        let block = |region: u32| {
            let (block, _) = self.regions.list[region as usize].block?;
            Some(&self.graph.definition.nodes[block as usize].id)
        };
        let (source, target) = (&document.source, &document.target);
        let detail = match (block(from), block(into)) {
            (_, Some(into)) => format!(
                "this edge from `{source}` leads to `{target}`, which is in a body of `{into}`: a body is entered at its own output of \
                 `{into}` only; use an expression such as `node.{source}` to read a value from outside"
            ),
            (Some(from), None) => format!(
                "this edge from `{source}` to `{target}` leaves a body of `{from}`: other edges lead to `{target}` from outside, and a \
                 body's value leaves through `{from}` only"
            ),
            (None, None) => format!("this edge from `{source}` to `{target}` crosses the border of a body"),
        };
        let problem = Problem::error("crosses_body", format!("/edges/{edge}"), detail);
        self.problems.push(problem.at_node(target.clone()));
    }
}
