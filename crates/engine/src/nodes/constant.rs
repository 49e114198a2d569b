use thaiyyal_model::Value;

use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

/// A node that gives one of its settings. Its inputs only decide whether it runs.
struct Constant(Value);

/// A node that gives the setting `name`.
pub(super) fn build(settings: &Settings<'_>, name: &str) -> Option<Box<dyn Node>> {
    Some(Box::new(Constant(settings.get(name)?.clone())))
}

impl Node for Constant {
    fn run(&self, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(Flow::Done(self.0.clone()))
    }
}
