use std::collections::HashMap;

use utoipa::ToSchema;

use crate::schema;

/// An execution.
#[derive(ToSchema)]
#[schema(as = Execution)]
#[expect(dead_code, reason = "only described: answers are written by `outcome::Shown`")]
pub(crate) struct ExecutionBody {
    #[schema(value_type = String, format = Uuid)]
    id: String,
    /// Null for an inline definition.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    workflow_id: (),
    /// As the workflow is called now.
    #[schema(required)]
    workflow_name: Option<String>,
    /// Null for a draft or an inline definition.
    #[schema(required)]
    version: Option<i32>,
    status: schema::ExecutionStatus,
    /// Why it is not moving.
    #[schema(required)]
    reason: Option<schema::Reason>,
    /// When a waiting one goes on, if that is known.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    wake_at: (),
    trigger: schema::Trigger,
    /// Absent in lists.
    input: Option<serde_json::Value>,
    /// What it gave; null before it succeeded. Absent in lists.
    output: Option<serde_json::Value>,
    /// Why it failed.
    #[schema(required)]
    error: Option<schema::Failure>,
    /// Outputs by node id. Absent in lists.
    node_results: Option<HashMap<String, serde_json::Value>>,
    /// Nodes whose outputs are too large to be shown here.
    omitted_results: Option<Vec<String>>,
    priority: schema::Priority,
    /// Absent in lists.
    labels: Option<HashMap<String, String>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: (),
    #[schema(value_type = Option<String>, format = DateTime, required)]
    started_at: (),
    #[schema(value_type = Option<String>, format = DateTime, required)]
    finished_at: (),
    #[schema(required)]
    duration_ms: Option<u64>,
    /// The execution this one tries again.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    retry_of: (),
    /// The execution that started it.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    parent_id: (),
    /// The step of that which did, like `node` or `node[2]`.
    #[schema(required)]
    parent_step: Option<String>,
}

/// A page of executions.
#[derive(ToSchema)]
#[schema(as = ExecutionPage)]
#[expect(dead_code, reason = "only described, never made")]
pub(crate) struct ExecutionPageBody {
    items: Vec<ExecutionBody>,
    /// Where the next page begins; null after the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}
