mod calls;
mod check;
mod compile;
mod graph;
mod infer;
mod order;
mod policy;
mod regions;
mod templated;

use std::collections::HashMap;
use std::sync::OnceLock;

use jiff::SignedDuration;
use thaiyyal_expr::{Names, NodeIndex};
use thaiyyal_model::{Definition, Limits, Problem, Str};

use crate::catalog::Catalog;
use crate::machine::Retry;
use crate::node::{Node, Port};
pub use calls::Call;
pub(crate) use compile::{CONTINUE_ON_FAIL, DEADLINE, ON_ERROR};
pub(crate) use policy::{Catches, Policy};
pub(crate) use templated::Rendered;

/// A definition compiled for running: nodes in the order in which they run, numbers instead of names, expressions parsed. Immutable;
/// shared by all executions of the definition.
pub struct Plan {
    workflow_id: Option<Str>,
    /// In running order. A position in it is called a slot.
    nodes: Box<[PlanNode]>,
    in_edges: Box<[InEdge]>,
    /// Slots that nodes wait for besides the sources of their edges.
    after: Box<[u32]>,
    dependents: Lists,
    /// The nodes that race, for the sources of their edges.
    racers: Lists,
    /// The whole, and the bodies; a region comes after the one around it.
    regions: Box<[Region]>,
    /// The slots in the order of the definition.
    listing: Box<[u32]>,
    /// The slots by id, once one is asked for: an execution that runs without a stop never does.
    slots: OnceLock<HashMap<Str, u32, foldhash::fast::RandomState>>,
}

/// A plan, and what its author should know about it.
pub struct Compiled {
    /// What runs.
    pub plan: Plan,
    /// Problems that do not keep it from running.
    pub warnings: Vec<Problem>,
    /// The workflows that it calls.
    pub calls: Vec<Call>,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled").field("nodes", &self.plan.len()).field("warnings", &self.warnings).finish()
    }
}

/// Why a definition cannot run: every problem at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The stage at which the original Thaiyyal would have refused it.
    pub stage: Stage,
    /// In the order of the document.
    pub problems: Vec<Problem>,
}

/// Where a definition was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A node is wrong by itself.
    Parse,
    /// The nodes are fine, their connections are not.
    Graph,
}

impl Stage {
    /// `parse` or `graph`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Graph => "graph",
        }
    }
}

pub(crate) struct PlanNode {
    pub(crate) id: Str,
    pub(crate) node_type: Str,
    pub(crate) node: Box<dyn Node>,
    /// How often its calls are tried, where that is more than once.
    pub(crate) retry: Option<Box<Retry>>,
    /// What a failure does, where it does not end what is around the node.
    pub(crate) policy: Option<Box<Policy>>,
    /// The regions of its bodies, by port.
    bodies: Box<[Option<u32>]>,
    /// Whether its bodies change what nodes share.
    pub(crate) is_serial: bool,
    /// Whether it begins before the sources of its edges are settled.
    pub(crate) races: bool,
    /// The outputs that edges leave from, of a node that has several.
    outlets: Vec<Port>,
    /// Where its edges are, and where its other dependencies are: starts and ends.
    in_edges: (u32, u32),
    after: (u32, u32),
}

/// Nodes that run together: all that are in no body, or those of a body that are in no body within it.
#[derive(Debug)]
pub(crate) struct Region {
    /// Its first slot, and the one behind its last.
    pub(crate) first: u32,
    pub(crate) behind: u32,
    /// The slots that may give its value, the first choice first.
    pub(crate) outputs: Box<[u32]>,
}

/// An edge as its target sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InEdge {
    pub(crate) source: u32,
    pub(crate) handle: Handle,
}

/// When an edge fires, given that its source has a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    Any,
    /// The source has no such output.
    Never,
    Port(Port),
    /// It delivers a failure of the source as well.
    Always,
    /// It delivers a failure of the source and nothing else.
    Error,
    /// It comes from the block that the target is in a body of, and delivers what the body begins with.
    Entry,
}

/// A list of slots for every slot, in one allocation.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    starts: Box<[u32]>,
    items: Box<[u32]>,
}

impl Plan {
    /// Compiles a definition. On failure every problem is told, with node id and field; time and memory are linear in nodes and edges.
    pub fn compile(definition: &Definition, catalog: &Catalog, limits: &Limits) -> Result<Compiled, Invalid> {
        compile::compile(definition, catalog, limits)
    }

    /// Reads and compiles the text of a definition: every way from a text to a plan that is not known to be within its limits.
    pub fn read(text: &[u8], catalog: &Catalog, limits: &Limits) -> Result<(Definition, Compiled), Invalid> {
        if text.len() > limits.max_definition_bytes as usize {
            let detail = format!("a definition may have {} bytes, and this one has {}", limits.max_definition_bytes, text.len());
            return Err(Invalid { stage: Stage::Parse, problems: vec![Problem::error("definition_too_large", String::new(), detail)] });
        }
        let definition = Definition::from_json(text).map_err(|problems| Invalid { stage: Stage::Parse, problems })?;
        let compiled = Self::compile(&definition, catalog, limits)?;
        Ok((definition, compiled))
    }

    /// The author's own name for the workflow.
    #[must_use]
    pub fn workflow_id(&self) -> Option<&Str> {
        self.workflow_id.as_ref()
    }

    /// How many nodes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it has no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(crate) fn node(&self, slot: u32) -> &PlanNode {
        &self.nodes[slot as usize]
    }

    pub(crate) fn slot(&self, id: &str) -> Option<u32> {
        let by_id = || self.nodes.iter().zip(0..).map(|(node, slot)| (node.id.clone(), slot)).collect();
        self.slots.get_or_init(by_id).get(id).copied()
    }

    pub(crate) fn in_edges(&self, slot: u32) -> &[InEdge] {
        let (start, end) = self.node(slot).in_edges;
        &self.in_edges[start as usize..end as usize]
    }

    /// What must be settled before the node runs; a slot may come more than once.
    pub(crate) fn dependencies(&self, slot: u32) -> impl Iterator<Item = u32> {
        let (start, end) = self.node(slot).after;
        let others = &self.after[start as usize..end as usize];
        let races = self.node(slot).races;
        let inside = self.in_edges(slot).iter().filter(move |edge| edge.handle != Handle::Entry && !races);
        inside.map(|edge| edge.source).chain(others.iter().copied())
    }

    /// The nodes that have this one among their dependencies, as often as there.
    pub(crate) fn dependents(&self, slot: u32) -> &[u32] {
        self.dependents.of(slot)
    }

    /// Whether any node races.
    #[inline]
    pub(crate) fn has_racers(&self) -> bool {
        !self.racers.items.is_empty()
    }

    /// The nodes to be told when this one is settled, although they do not wait for it.
    pub(crate) fn racers(&self, slot: u32) -> &[u32] {
        self.racers.of(slot)
    }

    /// Whether an edge leaves from this output of a node.
    pub(crate) fn has_edge(&self, slot: u32, port: Port) -> bool {
        self.node(slot).outlets.contains(&port)
    }

    /// How long a node may take in all.
    pub(crate) fn within(&self, slot: u32) -> Option<SignedDuration> {
        self.node(slot).policy.as_deref().and_then(|policy| policy.within)
    }

    pub(crate) fn is_block(&self, slot: u32) -> bool {
        !self.node(slot).bodies.is_empty()
    }

    pub(crate) fn region(&self, number: u32) -> &Region {
        &self.regions[number as usize]
    }

    /// The body of a block at a port.
    pub(crate) fn body(&self, slot: u32, port: u16) -> Option<&Region> {
        let number = self.node(slot).bodies.get(port as usize).copied().flatten()?;
        Some(self.region(number))
    }

    pub(crate) fn listing(&self) -> &[u32] {
        &self.listing
    }
}

/// How many there are, as positions in a plan count.
fn length<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

impl Names for Plan {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        self.slot(id).map(NodeIndex)
    }

    fn node_ids(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.id.as_str()).collect()
    }
}

impl Lists {
    /// From pairs (slot, item); items keep their order.
    pub(crate) fn new(slots: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; slots + 1];
        for (slot, _) in pairs.clone() {
            starts[slot as usize + 1] += 1;
        }
        for at in 0..slots {
            starts[at + 1] += starts[at];
        }
        let mut items = vec![0; starts[slots] as usize];
        let mut next = starts.clone();
        for (slot, item) in pairs {
            items[next[slot as usize] as usize] = item;
            next[slot as usize] += 1;
        }
        Self { starts: starts.into(), items: items.into() }
    }

    pub(crate) fn of(&self, slot: u32) -> &[u32] {
        let slot = slot as usize;
        match (self.starts.get(slot), self.starts.get(slot + 1)) {
            (Some(start), Some(end)) => &self.items[*start as usize..*end as usize],
            _ => &[],
        }
    }
}
