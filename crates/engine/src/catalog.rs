use std::collections::HashMap;
use std::sync::Arc;

use thaiyyal_model::{Category, NodeDescription, Port, PortRole, Ports, Purity, Str};

use crate::machine::Retry;
use crate::node::Node;
use crate::nodes;
use crate::plan::{CONTINUE_ON_FAIL, DEADLINE, ON_ERROR};
use crate::schema::Schema;
use crate::settings::Settings;

/// All node types, by name and alias: the engine's own, and those that connectors describe.
pub struct Catalog {
    descriptions: Vec<NodeDescription>,
    types: Vec<Arc<NodeType>>,
    by_name: HashMap<&'static str, usize, foldhash::fast::RandomState>,
}

/// Makes a node from settings that fit the schema; `None` when it reported a problem.
pub(crate) type Build = fn(&mut Settings<'_>) -> Option<Box<dyn Node>>;

/// A node type of the engine's own, as its file defines it.
pub(crate) struct Definition {
    pub(crate) describe: fn() -> NodeDescription,
    pub(crate) build: Build,
    pub(crate) class: Class,
    pub(crate) bodies: Bodies,
}

/// Which outputs of a node type lead into bodies that it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    None,
    /// Those of these names, each run once; the position is the port.
    Once(&'static [&'static str]),
    /// Those of these names, run again and again.
    Rounds(&'static [&'static str]),
    /// The same, and where no edge has such a name the nodes that can be reached through the node only are the first body.
    Implicit(&'static [&'static str]),
    /// Those whose names this setting lists, each run once.
    Listed(&'static str),
}

impl Bodies {
    pub(crate) fn is_implicit(self) -> bool {
        match self {
            Self::Implicit(_) => true,
            Self::None | Self::Once(_) | Self::Rounds(_) | Self::Listed(_) => false,
        }
    }
}

/// When nodes without incoming edges have their turn, and whether they may give the final output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    ContextConstant,
    ContextVariable,
    Ordinary,
}

/// A node type, ready for compiling nodes of it.
pub(crate) struct NodeType {
    pub(crate) name: &'static str,
    /// The name as steps carry it.
    pub(crate) text: Str,
    pub(crate) purity: Purity,
    pub(crate) schema: Schema,
    pub(crate) class: Class,
    pub(crate) bodies: Bodies,
    /// `None` for what a connector does.
    pub(crate) build: Option<Build>,
}

impl Catalog {
    /// The engine's own node types, and those of connectors. A connector with the name of an own type takes its place.
    #[must_use]
    pub fn new(connectors: impl IntoIterator<Item = NodeDescription>) -> Self {
        let mut catalog = Self { descriptions: Vec::new(), types: Vec::new(), by_name: HashMap::default() };
        for own in nodes::ALL {
            catalog.add((own.describe)(), own.class, own.bodies, Some(own.build));
        }
        for mut description in connectors {
            add_call_settings(&mut description);
            catalog.add(description, Class::Ordinary, Bodies::None, None);
        }
        catalog
    }

    pub(crate) fn add(&mut self, description: NodeDescription, class: Class, bodies: Bodies, build: Option<Build>) {
        let mut description = description;
        add_common_settings(&mut description, bodies);
        add_common_outputs(&mut description, bodies);
        let name = description.node_type;
        let schema = Schema::new(&description.schema);
        let node_type = Arc::new(NodeType { name, text: name.into(), purity: description.purity, schema, class, bodies, build });
        match self.by_name.get(name) {
            Some(at) => {
                self.types[*at] = node_type;
                self.descriptions[*at] = description;
            }
            None => {
                self.by_name.insert(name, self.types.len());
                self.types.push(node_type);
                self.descriptions.push(description);
            }
        }
    }

    /// Every node type: the engine's own, then those of connectors.
    #[must_use]
    pub fn descriptions(&self) -> &[NodeDescription] {
        &self.descriptions
    }

    /// The node type of this name, which may be an alias of the original editor (`tryCatchNode`, `bar_chart`).
    #[must_use]
    pub fn find(&self, node_type: &str) -> Option<&NodeDescription> {
        self.position(node_type).map(|at| &self.descriptions[at])
    }

    pub(crate) fn node_type(&self, name: &str) -> Option<&Arc<NodeType>> {
        self.position(name).map(|at| &self.types[at])
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|node_type| node_type.name)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).or_else(|| self.by_name.get(unaliased(name).as_str())).copied()
    }
}

/// The name behind an alias: without `Node` at the end, in snake case.
fn unaliased(alias: &str) -> String {
    let mut name = String::new();
    for c in alias.strip_suffix("Node").unwrap_or(alias).chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    match name.as_str() {
        "text_op" => "text_operation".to_owned(),
        "bar_chart" => "visualization".to_owned(),
        _ => name,
    }
}

/// Every node that can fail can go on with that; every node that takes time can be given an end to it.
fn add_common_settings(description: &mut NodeDescription, bodies: Bodies) {
    let can_fail = can_fail(description);
    let Some(properties) = description.schema["properties"].as_object_mut() else { return };
    if can_fail {
        properties.entry(CONTINUE_ON_FAIL).or_insert_with(|| {
            serde_json::json!({
                "type": "boolean",
                "default": false,
                "title": "Go on when it fails",
                "description": "A failure is the result: an object with `error`, `code` and `node_id`.",
                "x-template": false,
                "x-ui": {"widget": "toggle", "section": "advanced"}
            })
        });
    }
    if description.purity == Purity::Effect || bodies != Bodies::None {
        properties.entry(DEADLINE).or_insert_with(|| {
            serde_json::json!({
                "type": "string",
                "title": "Deadline",
                "description": "How long the node may take in all, its attempts, waits and bodies included.",
                "x-template": false,
                "x-ui": {"widget": "duration", "section": "advanced"}
            })
        });
    }
}

/// Every node that can fail has an output for its failure; the outputs of a block that lead into its bodies say so.
fn add_common_outputs(description: &mut NodeDescription, bodies: Bodies) {
    let can_fail = can_fail(description);
    let Ports { outputs, bodies_in, implicit_body, .. } = &mut description.ports;
    *implicit_body = bodies.is_implicit();
    let (names, role) = match bodies {
        Bodies::None | Bodies::Listed(_) => (&[][..], PortRole::Body),
        Bodies::Once(names) => (names, PortRole::Body),
        Bodies::Rounds(names) | Bodies::Implicit(names) => (names, PortRole::Rounds),
    };
    outputs.iter_mut().filter(|port| names.contains(&port.name)).for_each(|port| port.role = role);
    if let Bodies::Listed(setting) = bodies {
        *bodies_in = Some(setting);
    }
    if can_fail && outputs.iter().all(|port| port.name != ON_ERROR) {
        outputs.push(Port { role: PortRole::Failure, ..Port::new(ON_ERROR, "On error") });
    }
}

/// Whether a failure of nodes of this type is worth a way of its own.
fn can_fail(description: &NodeDescription) -> bool {
    !matches!(description.category, Category::Input | Category::Display)
}

/// Every node that calls a connector can be tried again and given less time.
fn add_call_settings(description: &mut NodeDescription) {
    if let Some(properties) = description.schema["properties"].as_object_mut() {
        properties.entry("retry").or_insert_with(Retry::schema);
        properties.entry("timeout").or_insert_with(|| {
            serde_json::json!({
                "type": ["string", "number"],
                "title": "Timeout",
                "description": "How long one attempt may take: a duration like \"10s\", or milliseconds.",
                "x-ui": {"widget": "duration"}
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_of_the_original_editor_are_understood() {
        for (alias, name) in [
            ("retryNode", "retry"),
            ("tryCatchNode", "try_catch"),
            ("textOpNode", "text_operation"),
            ("barChartNode", "visualization"),
            ("bar_chart", "visualization"),
            ("mapNode", "map"),
            ("groupBy", "group_by"),
            ("", ""),
            ("Node", ""),
        ] {
            assert_eq!(unaliased(alias), name, "{alias}");
        }
    }

    #[test]
    fn outputs_say_what_leaves_there() {
        let catalog = Catalog::new([]);
        let outputs = |name: &str| -> Vec<(&str, PortRole)> {
            catalog.find(name).unwrap().ports.outputs.iter().map(|port| (port.name, port.role)).collect()
        };
        let failure = ("on_error", PortRole::Failure);
        assert_eq!(outputs("expression"), [("", PortRole::Value), failure]);
        assert_eq!(outputs("for_each"), [("body", PortRole::Rounds), ("done", PortRole::Value), failure]);
        assert_eq!(outputs("timeout"), [("body", PortRole::Body), ("done", PortRole::Value), failure]);
        assert_eq!(outputs("number"), [("", PortRole::Value)]);
        assert_eq!(catalog.find("parallel").unwrap().ports.bodies_in, Some("branches"));
        assert_eq!(catalog.find("try_catch").unwrap().ports.bodies_in, None);
        let has_implicit_body = |name: &str| catalog.find(name).unwrap().ports.implicit_body;
        assert!(has_implicit_body("while_loop") && !has_implicit_body("retry"));
    }

    #[test]
    fn every_description_is_complete_and_its_example_fits_its_schema() {
        let catalog = Catalog::new([]);
        assert!(catalog.find("rangeNode").is_none() == catalog.find("range").is_none());
        for description in catalog.descriptions() {
            let name = description.node_type;
            assert!(!description.title.is_empty() && !description.icon.is_empty() && description.summary.ends_with('.'), "{name}");
            for (field, property) in description.schema["properties"].as_object().into_iter().flatten() {
                assert!(property["title"].is_string(), "{name}.{field} has no title");
            }
            let mut issues = Vec::new();
            let thaiyyal_model::Value::Map(example) = description.example.clone().into() else { panic!("{name}") };
            catalog.node_type(name).unwrap().schema.check(&example, &mut issues);
            assert!(issues.is_empty(), "{name}: {issues:?}");
        }
    }
}
