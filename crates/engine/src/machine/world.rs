use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::OnceLock;

use thaiyyal_expr::{Draw, Element, Lookup, NodeIndex};
use thaiyyal_model::{ExecutionId, Map, StepId, Value};

use super::frame::{Bound, Frame};
use super::run::ROOT;
use super::types::Start;
use crate::plan::{Handle, Plan};
use crate::state::State;

/// What an execution began with, and the values that expressions see of it, made when one asks.
pub(super) struct Surroundings {
    start: Start,
    trigger: OnceLock<Value>,
    execution: OnceLock<Value>,
    env: Value,
    /// How many values each step has drawn. Counted per step, because the order in which steps run depends on the world.
    draws: RefCell<HashMap<String, u64>>,
}

/// The members of `execution`.
pub(crate) const EXECUTION_MEMBERS: &[&str] = &["attempt", "id", "parent", "started_at", "version", "workflow"];

impl Surroundings {
    pub(super) fn new(start: Start) -> Self {
        Self { start, trigger: OnceLock::new(), execution: OnceLock::new(), env: Map::new().into(), draws: RefCell::default() }
    }

    pub(super) fn execution_id(&self) -> ExecutionId {
        self.start.execution
    }

    /// How many executions are above this one.
    pub(super) fn depth(&self) -> u32 {
        self.start.depth
    }

    fn trigger(&self) -> &Value {
        self.trigger.get_or_init(|| {
            Map::from_pairs([("input", self.start.input.clone()), ("type", Value::from(self.start.trigger.as_str()))]).into()
        })
    }

    fn execution(&self) -> &Value {
        self.execution.get_or_init(|| {
            let text = |id: Option<String>| id.map_or(Value::Null, Value::from);
            Map::from_pairs([
                // An execution begins once: to run it again is to start another.
                ("attempt", Value::from(1)),
                ("id", Value::from(self.start.execution.to_string())),
                ("parent", text(self.start.parent.map(|id| id.to_string()))),
                ("started_at", Value::from(self.start.started_at.to_string())),
                ("version", self.start.version.map_or(Value::Null, |version| Value::from(version.0))),
                ("workflow", text(self.start.workflow.map(|id| id.to_string()))),
            ])
            .into()
        })
    }
}

/// What lies around a node that runs, except the state.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) plan: &'a Plan,
    pub(super) frames: &'a [Frame],
    /// The frame of the node that runs.
    pub(super) frame: u32,
    pub(super) surroundings: &'a Surroundings,
    /// The node that runs.
    pub(crate) slot: u32,
}

impl World<'_> {
    pub(crate) fn attempts_before(&self) -> u32 {
        let sources = || self.plan.in_edges(self.slot).iter().map(|edge| edge.source);
        let attempts = &self.frames[self.frame as usize].attempts;
        attempts.iter().filter(|(slot, _)| sources().any(|source| source == *slot)).map(|(_, attempts)| *attempts).max().unwrap_or(1)
    }

    /// What names the node among all executions of its workflow; in an execution of none, in that alone.
    pub(crate) fn workflow_node(&self) -> String {
        let start = &self.surroundings.start;
        let whole = start.workflow.map_or_else(|| start.execution.to_string(), |workflow| workflow.to_string());
        format!("{whole}/{}", self.plan.node(self.slot).id)
    }

    pub(crate) fn seed(&self) -> u64 {
        let id = self.surroundings.start.execution.uuid().as_u128();
        let mut seed =
            (id as u64) ^ ((id >> 64) as u64).rotate_left(32) ^ (u64::from(self.slot) << 1 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for number in &self.frames[self.frame as usize].iteration.0 {
            seed = (seed.rotate_left(23) ^ u64::from(*number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        seed
    }

    /// The values that have come in, and whether more may come.
    pub(crate) fn arrivals(&self) -> (Vec<Value>, bool) {
        let frame = &self.frames[self.frame as usize];
        let edges = self.plan.in_edges(self.slot);
        let here = edges.iter().filter(|edge| edge.handle != Handle::Entry).map(|edge| (frame.cell(edge.source), edge.handle));
        let values = here.clone().filter(|(cell, handle)| cell.fires(*handle)).map(|(cell, _)| cell.value.clone()).collect();
        let is_open = here.clone().any(|(cell, _)| !cell.is_settled());
        (values, is_open)
    }

    /// What the bodies around the node bind, the innermost first.
    fn bound(&self) -> impl Iterator<Item = &'_ Bound> {
        let first = self.frames[self.frame as usize].body.as_deref();
        std::iter::successors(first, |within| self.frames[within.block.frame as usize].body.as_deref()).map(|within| &within.bound)
    }

    #[inline]
    pub(crate) fn is_in_body(&self) -> bool {
        self.frame != ROOT
    }

    /// The element that the loop around the node is at.
    #[cold]
    #[inline(never)]
    pub(crate) fn element(&self) -> Option<Element<'_>> {
        let (item, index, items) = self.bound().find_map(|bound| bound.element.as_ref())?;
        Some(Element { item, index: *index, items })
    }

    /// The result of a node outside of the body that the node is in.
    #[cold]
    #[inline(never)]
    fn node_around(&self, index: NodeIndex) -> Option<&Value> {
        let mut frame = &self.frames[self.frame as usize];
        loop {
            let block = frame.body.as_deref()?.block;
            frame = &self.frames[block.frame as usize];
            if let Some(cell) = frame.find(index.0) {
                return cell.result().filter(|_| index.0 < block.slot);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn error(&self) -> Option<&Value> {
        self.bound().find_map(|bound| bound.error.as_ref())
    }
}

/// What expressions of a node see.
pub(crate) struct View<'a> {
    pub(crate) world: World<'a>,
    pub(crate) state: &'a State,
}

impl Lookup for View<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        let error = if name == "error" && self.world.frame != ROOT { self.world.error() } else { None };
        error.or_else(|| self.state.variables.get(name))
    }

    fn context_variable(&self, name: &str) -> Option<&Value> {
        self.state.context_variables.get(name)
    }

    fn context_constant(&self, name: &str) -> Option<&Value> {
        self.state.context_constants.get(name)
    }

    /// Results of later nodes cannot be seen even when they are there already: in the plan's order they are not. In a body those of the
    /// nodes around it can, as far as they come before its block.
    fn node(&self, index: NodeIndex) -> Option<&Value> {
        match self.world.frames[self.world.frame as usize].find(index.0) {
            Some(cell) => cell.result().filter(|_| index.0 < self.world.slot),
            None => self.world.node_around(index),
        }
    }

    fn trigger(&self) -> Option<&Value> {
        Some(self.world.surroundings.trigger())
    }

    fn execution(&self) -> Option<&Value> {
        Some(self.world.surroundings.execution())
    }

    fn env(&self) -> Option<&Value> {
        Some(&self.world.surroundings.env)
    }

    fn draw(&self) -> Option<Draw> {
        let World { plan, frames, frame, surroundings, slot } = self.world;
        let iteration = frames[frame as usize].iteration.clone();
        let step = StepId { node_id: plan.node(slot).id.clone(), iteration }.to_string();
        let mut draws = surroundings.draws.borrow_mut();
        let count = draws.entry(step.clone()).or_default();
        *count += 1;
        Some(Draw { seed: surroundings.start.execution.uuid().as_u128(), step, nth: *count })
    }
}
