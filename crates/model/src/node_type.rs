use serde::{Deserialize, Serialize};

/// Everything there is to say about a node type, said once: validation, palette, forms and documentation come from it.
#[derive(Debug, Clone, Serialize)]
pub struct NodeDescription {
    /// The name in definitions.
    #[serde(rename = "type")]
    pub node_type: &'static str,
    /// The name people read.
    pub title: &'static str,
    /// The group of the palette it stands in.
    pub category: Category,
    /// Name of a Lucide icon.
    pub icon: &'static str,
    /// One sentence: what it does.
    pub summary: &'static str,
    /// JSON Schema (2020-12) of its settings, with `title`, `description`, `default` and `x-ui` hints.
    pub schema: serde_json::Value,
    /// Where edges enter and leave.
    pub ports: Ports,
    /// Whether running it touches the world.
    pub purity: Purity,
    /// A definition's `data` that works.
    pub example: serde_json::Value,
}

/// A group of the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Constant values a workflow starts from.
    Input,
    /// Shows a value to people.
    Display,
    /// Computes with values.
    Data,
    /// Works on lists.
    Array,
    /// Decides what runs.
    Control,
    /// Keeps values between nodes.
    State,
    /// Talks to other systems.
    Connect,
    /// Deals with failure and time.
    Resilience,
}

/// Where edges enter and leave a node.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Ports {
    /// Input ports.
    pub inputs: Vec<Port>,
    /// Output ports; a handle of an edge names one of them.
    pub outputs: Vec<Port>,
    /// The setting that lists the names of further outputs, each of which leads into a body that is run once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bodies_in: Option<&'static str>,
    /// Whether edges without a handle lead into the first body, to nodes that nothing else leads to, as long as no edge of the node names an
    /// output for its result or a body.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub implicit_body: bool,
}

/// One port.
#[derive(Debug, Clone, Serialize)]
pub struct Port {
    /// The handle in edges; `""` for the only one.
    pub name: &'static str,
    /// The name people read.
    pub title: &'static str,
    /// What edges carry there.
    pub role: PortRole,
}

impl Port {
    /// A port for values.
    #[must_use]
    pub const fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, role: PortRole::Value }
    }
}

/// What edges carry at a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortRole {
    /// A value that comes in, or a result.
    Value,
    /// What a body of the node begins with, which is run once.
    Body,
    /// The same of a body that is run again and again: the steps in it have one number more in their iteration.
    Rounds,
    /// The failure of the node, in place of its result.
    Failure,
}

/// Whether running a node touches the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purity {
    /// The same settings and inputs always give the same output; may be run again at will.
    Pure,
    /// Reads or writes the execution's own state (variables, counters, ...); runs in the fixed order of the definition.
    Stateful,
    /// A connector call, a wait or a child: recorded in the journal around it, never run again once recorded.
    Effect,
}
