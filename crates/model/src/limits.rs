use serde::{Deserialize, Serialize};

/// What one execution may use. `None` means no limit of that kind. Defaults are those of a tenant without a plan of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Nodes in a definition.
    pub max_nodes: u32,
    /// Edges in a definition.
    pub max_edges: u32,
    /// Bytes of a definition's JSON text.
    pub max_definition_bytes: u32,
    /// Node runs in one execution, bodies of loops included.
    pub max_node_executions: Option<u32>,
    /// Bytes of one text.
    pub max_string_length: Option<u32>,
    /// Elements of one list.
    pub max_array_length: Option<u32>,
    /// Workflow variables.
    pub max_variables: Option<u32>,
    /// Depth of a value kept in a variable.
    pub max_context_depth: Option<u32>,
    /// Bytes of one value in memory. A list that grows larger goes to the object store.
    pub max_value_bytes: u64,
    /// Bytes of all values one execution holds in memory: results of nodes, variables, what is cached. What several of them share counts
    /// once. Counted when the sum of their sizes reaches the limit, and then each time it has grown by an eighth of the limit.
    pub max_total_bytes: u64,
    /// Bytes one execution may put into the object store; 0 for none, so that what does not fit into memory fails.
    pub max_stored_bytes: u64,
    /// Steps one evaluation of an expression may take.
    pub max_expression_steps: u64,
    /// Calls of connectors in one execution.
    pub max_calls: Option<u32>,
    /// Executions that one execution may start.
    pub max_children: Option<u32>,
    /// How deep executions may start one another: one that nobody's node started has depth 0.
    pub max_workflow_depth: u32,
    /// Whole milliseconds one execution may take, waits included.
    pub max_duration_ms: u64,
    /// Whole milliseconds one node may take.
    pub max_node_duration_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_nodes: 1_000,
            max_edges: 10_000,
            max_definition_bytes: 1 << 20,
            max_node_executions: Some(10_000),
            max_string_length: Some(1 << 20),
            max_array_length: Some(10_000),
            max_variables: Some(1_000),
            max_context_depth: Some(32),
            max_value_bytes: 16 << 20,
            max_total_bytes: 64 << 20,
            max_stored_bytes: 4 << 30,
            max_expression_steps: 1_000_000,
            max_calls: Some(100),
            max_children: Some(1_000),
            max_workflow_depth: 16,
            max_duration_ms: 24 * 60 * 60 * 1_000,
            max_node_duration_ms: 5 * 60 * 1_000,
        }
    }
}
