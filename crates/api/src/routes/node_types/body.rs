use utoipa::ToSchema;

/// Everything there is to say about a node type.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: answers are written from `model::NodeDescription`")]
pub(super) struct NodeType {
    /// The name in definitions.
    r#type: String,
    /// The name people read.
    title: String,
    category: NodeCategory,
    /// Name of a Lucide icon.
    icon: String,
    /// One sentence: what it does.
    summary: String,
    /// JSON Schema (2020-12) of its settings.
    #[schema(value_type = Object)]
    schema: (),
    ports: NodePorts,
    purity: NodePurity,
    /// A definition's `data` that works.
    #[schema(value_type = Object)]
    example: (),
}

/// A group of the palette.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only described, never made")]
enum NodeCategory {
    Input,
    Display,
    Data,
    Array,
    Control,
    State,
    Connect,
    Resilience,
}

/// Where edges enter and leave a node.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
struct NodePorts {
    inputs: Vec<NodePort>,
    outputs: Vec<NodePort>,
    /// The setting that lists the names of further outputs, each of which leads into a body that is run once.
    #[schema(nullable = false)]
    bodies_in: Option<String>,
    /// Edges without a handle lead into the first body, to nodes that nothing else leads to, as long as no edge of the node names an output
    /// for its result or a body.
    #[schema(nullable = false)]
    implicit_body: Option<bool>,
}

/// One port.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
struct NodePort {
    /// The handle in edges; `""` for the only one.
    name: String,
    /// The name people read.
    title: String,
    role: NodePortRole,
}

/// What edges carry at a port: a value, what a body begins with (run once, or in rounds that are numbered in the iterations of its steps), or the failure of the node.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only described, never made")]
enum NodePortRole {
    Value,
    Body,
    Rounds,
    Failure,
}

/// Whether running a node touches the world.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only described, never made")]
enum NodePurity {
    Pure,
    Stateful,
    Effect,
}

/// All node types.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
pub(super) struct NodeTypes {
    items: Vec<NodeType>,
}
