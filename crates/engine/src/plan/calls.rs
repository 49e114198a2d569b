use std::sync::Arc;

use thaiyyal_model::{Definition, Problem, Str};

use crate::catalog::NodeType;

/// A node that calls a workflow which is named in its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Where the name stands, as a JSON pointer into the definition.
    pub pointer: String,
    /// The node.
    pub node_id: Str,
    /// Id or name of the workflow.
    pub workflow: Str,
}

impl Call {
    /// What the author of a workflow should know that calls itself.
    #[must_use]
    pub fn of_itself(&self) -> Problem {
        let detail = format!(
            "node `{}` calls the workflow that it is part of: unless something around it comes to an end, `max_workflow_depth` ends it",
            self.node_id
        );
        Problem::warning("calls_itself", self.pointer.clone(), detail).at_node(self.node_id.clone())
    }
}

/// The calls of a definition, except those whose workflow a template tells.
pub(super) fn calls(definition: &Definition, types: &[Option<&Arc<NodeType>>]) -> Vec<Call> {
    let call = |(at, (node, node_type)): (usize, (&thaiyyal_model::Node, &Option<&Arc<NodeType>>))| {
        node_type.filter(|node_type| node_type.name == "sub_workflow")?;
        let workflow = node.data.get("workflow")?.as_str().filter(|name| !name.contains("{{"))?;
        Some(Call { pointer: format!("/nodes/{at}/data/workflow"), node_id: node.id.clone(), workflow: workflow.into() })
    };
    definition.nodes.iter().zip(types).enumerate().filter_map(call).collect()
}
