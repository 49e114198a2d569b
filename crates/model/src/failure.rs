use serde::{Deserialize, Serialize};

use crate::{Str, Value};

/// Why an execution or a step failed, as the user sees it: `error` of the execution object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable, documented under `docs/errors/`; `worker_lost` and `internal` are faults of ours, everything else of the workflow or its world.
    pub code: Str,
    /// One sentence for people: what went wrong, with the value or limit concerned.
    pub message: Str,
    /// The node that failed, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<Str>,
    /// The step that failed, if the node is inside something that repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Str>,
    /// More for programs: HTTP status, position in an expression, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl Failure {
    /// A failure that belongs to no node.
    #[must_use]
    pub fn new(code: impl Into<Str>, message: impl Into<Str>) -> Self {
        Self { code: code.into(), message: message.into(), node_id: None, step: None, details: None }
    }

    /// The same failure, at a node.
    #[must_use]
    pub fn at(mut self, node_id: impl Into<Str>) -> Self {
        self.node_id = Some(node_id.into());
        self
    }

    /// The same failure with details for programs.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}
