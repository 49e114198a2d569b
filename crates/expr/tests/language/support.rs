//! A workflow around expressions, for tests.

use std::cell::Cell;
use std::collections::BTreeMap;

use thaiyyal_expr::{Draw, EvalError, Expression, Lookup, Names, NodeIndex, Scope};
use thaiyyal_model::{Timestamp, Value};

pub(crate) fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Named values in place of a running workflow.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) variables: BTreeMap<String, Value>,
    pub(crate) context: BTreeMap<String, Value>,
    pub(crate) constants: BTreeMap<String, Value>,
    pub(crate) nodes: Vec<(&'static str, Option<Value>)>,
    pub(crate) trigger: Option<Value>,
    pub(crate) execution: Option<Value>,
    pub(crate) env: Option<Value>,
    pub(crate) draws: Cell<u64>,
}

impl Names for World {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        self.nodes.iter().position(|(own, _)| *own == id).map(|at| NodeIndex(at as u32))
    }

    fn node_ids(&self) -> Vec<&str> {
        self.nodes.iter().map(|(id, _)| *id).collect()
    }
}

impl Lookup for World {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn context_variable(&self, name: &str) -> Option<&Value> {
        self.context.get(name)
    }

    fn context_constant(&self, name: &str) -> Option<&Value> {
        self.constants.get(name)
    }

    fn node(&self, index: NodeIndex) -> Option<&Value> {
        self.nodes[index.0 as usize].1.as_ref()
    }

    fn trigger(&self) -> Option<&Value> {
        self.trigger.as_ref()
    }

    fn execution(&self) -> Option<&Value> {
        self.execution.as_ref()
    }

    fn env(&self) -> Option<&Value> {
        self.env.as_ref()
    }

    fn draw(&self) -> Option<Draw> {
        Some(Draw { seed: 7, step: "s".to_owned(), nth: self.draws.replace(self.draws.get() + 1) })
    }
}

pub(crate) fn now() -> Timestamp {
    "2025-11-21T10:20:30.5Z".parse().expect("it is a timestamp")
}

pub(crate) fn compile(source: &str, world: &World) -> Expression {
    Expression::compile(source, world).unwrap_or_else(|problem| panic!("{source}: {problem}"))
}

/// The value form over an input.
pub(crate) fn value(source: &str, input: &str) -> Result<Value, EvalError> {
    let world = World::default();
    compile(source, &world).eval_value(&Scope::new(&world, now()).with_input(&json(input)))
}

/// The value's JSON, or the code of what failed.
pub(crate) fn shown(result: Result<Value, EvalError>) -> String {
    result.map_or_else(|error| format!("! {}", error.code), |value| value.to_string())
}

/// Every row: expression, input, what comes out.
pub(crate) fn check_values(rows: &[(&str, &str, &str)]) {
    for (source, input, expected) in rows {
        assert_eq!(shown(value(source, input)), *expected, "{source} over {input}");
    }
}
