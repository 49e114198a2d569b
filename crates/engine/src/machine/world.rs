use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::OnceLock;

use thaiyyal_expr::{Draw, Lookup, NodeIndex};
use thaiyyal_model::{Iteration, Map, StepId, Value};

use super::cell::{Cell, CellState};
use super::types::Start;
use crate::plan::Plan;
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
pub(crate) const EXECUTION_MEMBERS: &[&str] = &["attempt", "id", "started_at", "version", "workflow"];

impl Surroundings {
    pub(super) fn new(start: Start) -> Self {
        Self { start, trigger: OnceLock::new(), execution: OnceLock::new(), env: Map::new().into(), draws: RefCell::default() }
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
    pub(super) cells: &'a [Cell],
    pub(super) surroundings: &'a Surroundings,
    /// The node that runs.
    pub(crate) slot: u32,
    /// Which repetition of it.
    pub(super) iteration: &'a Iteration,
}

impl World<'_> {
    pub(crate) fn seed(&self) -> u64 {
        let id = self.surroundings.start.execution.uuid().as_u128();
        (id as u64) ^ ((id >> 64) as u64).rotate_left(32) ^ (u64::from(self.slot) << 1 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// What expressions of a node see.
pub(crate) struct View<'a> {
    pub(crate) world: World<'a>,
    pub(crate) state: &'a State,
}

impl Lookup for View<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.state.variables.get(name)
    }

    fn context_variable(&self, name: &str) -> Option<&Value> {
        self.state.context_variables.get(name)
    }

    fn context_constant(&self, name: &str) -> Option<&Value> {
        self.state.context_constants.get(name)
    }

    /// Results of later nodes cannot be seen even when they are there already: in the plan's order they are not.
    fn node(&self, index: NodeIndex) -> Option<&Value> {
        let cell = self.world.cells.get(index.0 as usize)?;
        (index.0 < self.world.slot && cell.state == CellState::Done).then_some(&cell.value)
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
        let World { plan, surroundings, slot, iteration, .. } = self.world;
        let step = StepId { node_id: plan.node(slot).id.clone(), iteration: iteration.clone() }.to_string();
        let mut draws = surroundings.draws.borrow_mut();
        let count = draws.entry(step.clone()).or_default();
        *count += 1;
        Some(Draw { seed: surroundings.start.execution.uuid().as_u128(), step, nth: *count })
    }
}
