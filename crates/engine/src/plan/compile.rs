use std::cell::Cell;
use std::sync::{Arc, OnceLock};

use jiff::SignedDuration;
use thaiyyal_expr::{Names, NodeIndex};
use thaiyyal_model::{Definition, Edge, Limits, Map, Node as NodeDocument, Problem, Purity, Value};

use super::calls::{Call, calls};
use super::graph::{self, Ids};
use super::order::Waits;
use super::regions::{Graph, Regions};
use super::{Catches, Compiled, Handle, InEdge, Invalid, Lists, Plan, PlanNode, Policy, Region, Stage, check, infer, length, templated};
use crate::catalog::{Bodies, Catalog, Class, NodeType};
use crate::machine::Retry;
use crate::node::{Guard, Node, Uses};
use crate::nodes::connector;
use crate::schema::Checked;
use crate::settings::{Reports, Seen, Settings};
use crate::suggest::did_you_mean;

pub(super) fn compile(definition: &Definition, catalog: &Catalog, limits: &Limits) -> Result<Compiled, Invalid> {
    let mut problems = Vec::new();
    check_size(definition, limits, &mut problems)?;
    let types: Vec<Option<&Arc<NodeType>>> =
        definition.nodes.iter().zip(0..).map(|(node, at)| find_type(node, at, catalog, &mut problems)).collect();
    let mut connections = Vec::new();
    let ids = Ids::new(definition, &mut connections);
    let edges = graph::resolve_edges(definition, &ids, &mut connections);
    let class = |node: u32| types[node as usize].map_or(Class::Ordinary, |node_type| node_type.class) as u8;
    let order = if connections.is_empty() { graph::order(definition, &edges, class, &mut connections) } else { None };
    let (order, regions) = match order {
        Some(order) => {
            let regions = Regions::find(&Graph { definition, edges: &edges, types: &types }, &order, &mut connections);
            (order, regions)
        }
        // Without an order the nodes are compiled all the same, for their own problems.
        None => ((0_u32..).take(definition.nodes.len()).collect(), Regions::whole(definition)),
    };
    let (order, ends) = match regions.list.len() {
        1 => {
            let end = length(&order);
            (order, vec![end])
        }
        _ if connections.is_empty() => graph::order_by_region(definition, &edges, class, &regions),
        _ => (order, Vec::new()),
    };

    let mut slots = vec![0_u32; order.len()];
    order.iter().zip(0..).for_each(|(node, slot)| slots[*node as usize] = slot);
    let names = Slots { ids: &ids, slots: &slots, patterns: Cell::new(0) };
    let mut builder = Builder { names: &names, problems, warnings: Vec::new(), reads: Vec::new() };
    let built = |(at, (node, node_type)): (usize, (&NodeDocument, &Option<&Arc<NodeType>>))| builder.build(node, at, (*node_type)?);
    let nodes: Vec<Option<Built>> = (0..).zip(definition.nodes.iter().zip(&types)).map(built).collect();
    let Builder { mut problems, mut warnings, reads, .. } = builder;
    if !problems.is_empty() || !connections.is_empty() {
        let stage = if problems.is_empty() { Stage::Graph } else { Stage::Parse };
        problems.append(&mut connections);
        return Err(Invalid { stage, problems });
    }
    let calls = calls(definition, &types);
    warnings.extend(calls.iter().filter(|call| definition.workflow_id.as_ref() == Some(&call.workflow)).map(Call::of_itself));
    let plan = assemble(definition, Parts { order, slots, edges, nodes, types, reads, regions, ends }, &mut warnings);
    Ok(Compiled { plan, warnings, calls })
}

fn check_size(definition: &Definition, limits: &Limits, problems: &mut Vec<Problem>) -> Result<(), Invalid> {
    let (nodes, most) = (definition.nodes.len(), limits.max_nodes);
    if nodes > most as usize {
        let detail = format!("a definition may have {most} nodes, and this one has {nodes}");
        problems.push(Problem::error("too_many_nodes", "/nodes", detail));
    }
    let (edges, most) = (definition.edges.len(), limits.max_edges);
    if edges > most as usize {
        let detail = format!("a definition may have {most} edges, and this one has {edges}");
        problems.push(Problem::error("too_many_edges", "/edges", detail));
    }
    // What is too large is not looked at any further.
    if problems.is_empty() { Ok(()) } else { Err(Invalid { stage: Stage::Parse, problems: std::mem::take(problems) }) }
}

fn find_type<'c>(node: &NodeDocument, at: usize, catalog: &'c Catalog, problems: &mut Vec<Problem>) -> Option<&'c Arc<NodeType>> {
    let named = match &node.node_type {
        Some(name) => name.as_str(),
        None => match node.data.as_map().and_then(infer::infer) {
            Some(name) => name,
            None => {
                let detail = "the node has no `type`, and its settings do not tell which one is meant";
                problems.push(Problem::error("missing_type", format!("/nodes/{at}/type"), detail).at_node(node.id.clone()));
                return None;
            }
        },
    };
    let found = catalog.node_type(named);
    if found.is_none() {
        let meant = did_you_mean(named, catalog.names());
        let detail = format!("there is no node type `{named}`{meant}");
        problems.push(Problem::error("unknown_type", format!("/nodes/{at}/type"), detail).at_node(node.id.clone()));
    }
    found
}

/// A node, and what its settings say about running it.
struct Built {
    node: Box<dyn Node>,
    retry: Option<Box<Retry>>,
    /// The setting `deadline`.
    within: Option<SignedDuration>,
}

/// Makes nodes and collects what is wrong with them.
struct Builder<'a> {
    names: &'a dyn Names,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    reads: Vec<Seen>,
}

impl Builder<'_> {
    fn build(&mut self, document: &NodeDocument, at: usize, node_type: &Arc<NodeType>) -> Option<Built> {
        let before = self.problems.len();
        let built = self.make(document, at, node_type);
        if built.is_none() && self.problems.len() == before {
            // A node type that gives up must say why; one that does not must not pass for compiled.
            let detail = format!("these settings cannot be used for a node of type {}", node_type.name);
            self.problems.push(Problem::error("invalid_value", format!("/nodes/{at}/data"), detail).at_node(document.id.clone()));
        }
        built
    }

    fn make(&mut self, document: &NodeDocument, at: usize, node_type: &Arc<NodeType>) -> Option<Built> {
        let none = Map::new();
        let data = document.data.as_map().unwrap_or(&none);
        let mut issues = Vec::new();
        let checked = node_type.schema.check(data, &mut issues);
        let Self { problems, warnings, reads, .. } = self;
        let mut reports = Reports { node_id: &document.id, position: Some(at), problems, warnings, reads };
        if !issues.is_empty() {
            issues.into_iter().for_each(|issue| reports.problem(&issue.pointer, issue.code, issue.detail));
            return None;
        }
        let mut settings = Settings::new(data, self.names, reports);
        let calls = node_type.build.is_none() || node_type.purity == Purity::Effect;
        let retry = if calls { connector::retry(&mut settings)? } else { None };
        let node = match (node_type.build, checked) {
            (None, _) => connector::build(&mut settings, node_type)?,
            (Some(build), Checked::Literal) => build(&mut settings)?,
            (Some(build), Checked::Templated) => templated::build(&mut settings, node_type, build)?,
        };
        let takes_time = node_type.purity == Purity::Effect || node_type.bodies != Bodies::None;
        let within = if takes_time && settings.text(DEADLINE).is_some() { Some(settings.duration(DEADLINE)?) } else { None };
        Some(Built { node, retry, within })
    }
}

/// Names as expressions resolve them.
struct Slots<'a, 'd> {
    ids: &'a Ids<'d>,
    slots: &'a [u32],
    /// How many regular expressions there are.
    patterns: Cell<usize>,
}

/// The most regular expressions that a plan keeps compiled; each may take some hundred kilobytes.
const MOST_PATTERNS: usize = 300;

impl Names for Slots<'_, '_> {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        self.ids.find(id).map(|node| NodeIndex(self.slots[node as usize]))
    }

    fn node_ids(&self) -> Vec<&str> {
        self.ids.all()
    }

    fn admits_pattern(&self) -> bool {
        self.patterns.replace(self.patterns.get() + 1) < MOST_PATTERNS
    }
}

/// A definition without problems, by positions in its list of nodes.
struct Parts<'c> {
    order: Vec<u32>,
    slots: Vec<u32>,
    /// Source and target of every edge.
    edges: Vec<(u32, u32)>,
    /// All of them, as there are no problems.
    nodes: Vec<Option<Built>>,
    types: Vec<Option<&'c Arc<NodeType>>>,
    reads: Vec<Seen>,
    regions: Regions,
    /// The slot behind the last one of each region.
    ends: Vec<u32>,
}

fn assemble(definition: &Definition, parts: Parts<'_>, warnings: &mut Vec<Problem>) -> Plan {
    let Parts { order, slots, edges, mut nodes, types, reads, regions, ends } = parts;
    let count = order.len();
    let slot_edges: Vec<(u32, u32)> = edges.iter().map(|(source, target)| (slots[*source as usize], slots[*target as usize])).collect();
    let numbered = slot_edges.iter().zip(0_u32..).map(|((_, target), edge)| (*target, edge));
    let incoming = Lists::new(count, numbered);

    let uses_of = |node: &u32| nodes[*node as usize].as_ref().map(|built| built.node.uses()).unwrap_or_default();
    let mut uses: Vec<Uses> = order.iter().map(uses_of).collect();
    let members = |slot: u32| {
        let node = order[slot as usize];
        // One that goes on when it fails gives something else then.
        if goes_on(definition, node) { None } else { nodes[node as usize].as_ref()?.node.members() }
    };
    check::Checker { definition, order: &order, slots: &slots, edges: &slot_edges, uses: &uses, members: &members }.check(&reads, warnings);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let ranges: Vec<(u32, u32)> = starts.zip(ends.iter().copied()).collect();
    let serial = add_uses_of_bodies(&regions, &ranges, &slots, &mut uses);
    let mut after = Waits { slots: Vec::new(), ends: Vec::with_capacity(count) };
    ranges.iter().for_each(|(first, behind)| after.add_region(*first, &uses[*first as usize..*behind as usize]));

    let mut plan_nodes: Vec<PlanNode> = Vec::with_capacity(count);
    let mut in_edges = Vec::with_capacity(edges.len());
    for (slot, node) in (0_u32..).zip(&order) {
        let Some(built) = nodes[*node as usize].take() else { continue };
        let first_edge = length(&in_edges);
        for &edge in incoming.of(slot) {
            let source = slot_edges[edge as usize].0;
            in_edges.push((source, edge));
        }
        let first_wait = plan_nodes.last().map_or(0, |before| before.after.1);
        plan_nodes.push(PlanNode {
            id: definition.nodes[*node as usize].id.clone(),
            node_type: types[*node as usize].map_or_else(Default::default, |node_type| node_type.text.clone()),
            races: built.node.races(),
            node: built.node,
            retry: built.retry,
            policy: built.within.map(|within| Box::new(Policy { within: Some(within), ..Policy::default() })),
            bodies: Box::default(),
            is_serial: serial.contains(&slot),
            outlets: Vec::new(),
            in_edges: (first_edge, length(&in_edges)),
            after: (first_wait, after.ends[slot as usize]),
        });
    }
    for (region, number) in regions.list.iter().zip(0_u32..) {
        if let Some((block, port)) = region.block {
            let bodies = &mut plan_nodes[slots[block as usize] as usize].bodies;
            let mut list = std::mem::take(bodies).into_vec();
            list.resize(list.len().max(port as usize + 1), None);
            list[port as usize] = Some(number);
            *bodies = list.into();
        }
    }
    set_policies(definition, &order, &slot_edges, &regions, &mut plan_nodes);
    let in_edges: Box<[InEdge]> = in_edges
        .into_iter()
        .map(|(source, edge)| InEdge {
            source,
            handle: match regions.entered[edge as usize] {
                Some(_) => Handle::Entry,
                None => handle(definition, edge as usize, slot_edges[edge as usize], &plan_nodes, warnings),
            },
        })
        .collect();
    for edge in &in_edges {
        if let Handle::Port(port) = edge.handle {
            plan_nodes[edge.source as usize].outlets.push(port);
        }
    }
    let racing = in_edges_of_racers(&plan_nodes, &in_edges);
    // Only a plan in which nodes wait, for the world or for a body, ever looks at what depends on a node.
    let waits = ranges.len() > 1 || uses.iter().any(|uses| uses.asks);
    let dependents = if waits { dependents(&plan_nodes, &in_edges, &after.slots) } else { Lists::default() };
    Plan {
        workflow_id: definition.workflow_id.clone(),
        regions: regions_of(&ranges, &outputs(&in_edges, &slots, &types)),
        slots: OnceLock::new(),
        nodes: plan_nodes.into(),
        in_edges,
        after: after.slots.into(),
        dependents,
        racers: Lists::new(if racing.is_empty() { 0 } else { count }, racing.iter().copied()),
        listing: slots.into(),
    }
}

/// Gives every block what its bodies use, the inner ones first; tells which of them change what nodes share.
fn add_uses_of_bodies(regions: &Regions, ranges: &[(u32, u32)], slots: &[u32], uses: &mut [Uses]) -> Vec<u32> {
    let mut serial = Vec::new();
    for (region, (first, behind)) in regions.list.iter().zip(ranges).rev() {
        let Some((block, _)) = region.block else { continue };
        let mut all = Uses::default();
        uses[*first as usize..*behind as usize].iter().for_each(|inside| all.merge(inside));
        let block = slots[block as usize];
        if all.writes != crate::state::Parts::NONE && !serial.contains(&block) {
            serial.push(block);
        }
        uses[block as usize].merge(&all);
    }
    serial
}

fn regions_of(ranges: &[(u32, u32)], outputs: &[u32]) -> Box<[Region]> {
    let of_slot = |slot: u32| u32::try_from(ranges.partition_point(|(_, behind)| *behind <= slot)).unwrap_or(u32::MAX);
    let by_region = Lists::new(ranges.len(), outputs.iter().map(|slot| (of_slot(*slot), *slot)));
    let region =
        |((first, behind), number): (&(u32, u32), u32)| Region { first: *first, behind: *behind, outputs: by_region.of(number).into() };
    ranges.iter().zip(0_u32..).map(region).collect()
}

/// What the nodes behind a node, its edges and its settings say about its failures.
fn set_policies(definition: &Definition, order: &[u32], edges: &[(u32, u32)], regions: &Regions, nodes: &mut [PlanNode]) {
    for ((document, (source, target)), entered) in definition.edges.iter().zip(edges).zip(&regions.entered) {
        if entered.is_some() {
            continue;
        }
        let guard = guard(&nodes[*target as usize]);
        let is_guarded = guard.catches != Catches::Nothing || guard.rerun.is_some() || guard.within.is_some();
        let has_handler = is_error_handle(document, &nodes[*source as usize]);
        if is_guarded || has_handler {
            let policy = nodes[*source as usize].policy.get_or_insert_default();
            policy.guarded_by(guard);
            if has_handler {
                policy.catches = Catches::Everything;
                policy.has_handler = true;
            }
        }
    }
    for (node, plan_node) in order.iter().zip(nodes) {
        if goes_on(definition, *node) {
            let policy = plan_node.policy.get_or_insert_default();
            policy.catches = Catches::Everything;
            policy.goes_on = !policy.has_handler;
        }
    }
}

/// What a node does about failures of those before it: with a body nothing.
fn guard(node: &PlanNode) -> Guard {
    if node.bodies.is_empty() { node.node.guard() } else { Guard::default() }
}

/// The setting `continue_on_fail` of any node.
fn goes_on(definition: &Definition, node: u32) -> bool {
    definition.nodes[node as usize].data.get(CONTINUE_ON_FAIL).and_then(Value::as_bool) == Some(true)
}

/// Whether an edge leaves from the output for failures, which every node has that has no output of its own by that name.
fn is_error_handle(edge: &Edge, source: &PlanNode) -> bool {
    edge.source_handle.as_deref() == Some(ON_ERROR) && source.node.port(ON_ERROR).is_none()
}

fn handle(definition: &Definition, edge: usize, ends: (u32, u32), nodes: &[PlanNode], warnings: &mut Vec<Problem>) -> Handle {
    let (source, target) = (&nodes[ends.0 as usize], &nodes[ends.1 as usize]);
    let document = &definition.edges[edge];
    let Some(name) = &document.source_handle else {
        let takes = |policy: &Policy| policy.goes_on || guard(target).catches != Catches::Nothing;
        return if source.policy.as_deref().is_some_and(takes) { Handle::Always } else { Handle::Any };
    };
    match source.node.port(name) {
        Some(port) => Handle::Port(port),
        None if name == ON_ERROR => Handle::Error,
        None => {
            let id = &document.source;
            let detail = format!("node `{id}` has no output `{name}`, so this edge never delivers anything");
            warnings.push(Problem::warning("unknown_handle", format!("/edges/{edge}/sourceHandle"), detail).at_node(id.clone()));
            Handle::Never
        }
    }
}

/// The setting of nodes that take time: how long in all.
pub(crate) const DEADLINE: &str = "deadline";
/// The output of any node that its failure leaves from.
pub(crate) const ON_ERROR: &str = "on_error";
/// The setting of any node that makes a failure its result.
pub(crate) const CONTINUE_ON_FAIL: &str = "continue_on_fail";

/// Pairs of a source and a node that races.
fn in_edges_of_racers(nodes: &[PlanNode], in_edges: &[InEdge]) -> Vec<(u32, u32)> {
    let racers = (0_u32..).zip(nodes).filter(|(_, node)| node.races);
    let edges = |node: &PlanNode| &in_edges[node.in_edges.0 as usize..node.in_edges.1 as usize];
    racers
        .flat_map(|(slot, node)| edges(node).iter().filter(|edge| edge.handle != Handle::Entry).map(move |edge| (edge.source, slot)))
        .collect()
}

fn dependents(nodes: &[PlanNode], in_edges: &[InEdge], after: &[u32]) -> Lists {
    let pairs = (0_u32..).zip(nodes).flat_map(|(slot, node)| {
        let edges = &in_edges[node.in_edges.0 as usize..node.in_edges.1 as usize];
        let others = &after[node.after.0 as usize..node.after.1 as usize];
        edges
            .iter()
            .filter(|edge| edge.handle != Handle::Entry && !node.races)
            .map(|edge| edge.source)
            .chain(others.iter().copied())
            .map(move |source| (source, slot))
    });
    Lists::new(nodes.len(), pairs)
}

/// Nodes without outgoing edges, other than those for their failures, in the order of the definition, those of the context last.
fn outputs(in_edges: &[InEdge], slots: &[u32], types: &[Option<&Arc<NodeType>>]) -> Vec<u32> {
    let mut is_source = vec![false; slots.len()];
    in_edges
        .iter()
        .filter(|edge| !matches!(edge.handle, Handle::Error | Handle::Entry))
        .for_each(|edge| is_source[edge.source as usize] = true);
    let terminals = || (0..slots.len()).filter(|node| !is_source[slots[*node] as usize]);
    let is_ordinary = |node: &usize| types[*node].is_none_or(|node_type| node_type.class == Class::Ordinary);
    terminals().filter(is_ordinary).chain(terminals().filter(|node| !is_ordinary(node))).map(|node| slots[node]).collect()
}
