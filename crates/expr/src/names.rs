use std::sync::Arc;

use thaiyyal_model::{Place, Str};

use crate::catalogue::pattern::Pattern;
use crate::problem::Problem;

/// A node's place in the plan, as the caller of the compiler counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

/// What the compiler may know about the workflow around an expression.
pub trait Names {
    /// The place of the node with this id; `None` when the workflow has no such node.
    fn node(&self, id: &str) -> Option<NodeIndex>;

    /// All node ids, for suggestions.
    fn node_ids(&self) -> Vec<&str>;

    /// Whether the workflow may have one more regular expression that is compiled in advance; asked once for each.
    fn admits_pattern(&self) -> bool {
        true
    }

    /// The regular expression of this source, where it was compiled before.
    fn pattern(&self, source: &str) -> Option<Arc<Pattern>> {
        let _ = source;
        None
    }

    /// Takes note of a regular expression that was compiled just now.
    fn note_pattern(&self, source: &str, pattern: &Arc<Pattern>) {
        let _ = (source, pattern);
    }
}

/// No workflow around: every `node.ID` is unknown.
impl Names for () {
    fn node(&self, _id: &str) -> Option<NodeIndex> {
        None
    }

    fn node_ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// Nodes in plan order.
impl Names for [&str] {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        self.iter().position(|own| *own == id).and_then(|at| u32::try_from(at).ok()).map(NodeIndex)
    }

    fn node_ids(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<const N: usize> Names for [&str; N] {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        self.as_slice().node(id)
    }

    fn node_ids(&self) -> Vec<&str> {
        self.to_vec()
    }
}

/// One place where an expression reads something of the workflow around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What it reads.
    pub what: Source,
    /// The member of it that must be there; `None` when the whole is read, or `?.` stands before the member.
    pub member: Option<Str>,
    /// Where it begins.
    pub place: Place,
}

/// What the compiler found out besides what is computed.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) reads: Vec<Read>,
    pub(crate) warnings: Vec<Problem>,
}

/// What a [`Read`] reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The result of a node.
    Node(NodeIndex),
    /// A workflow variable, by `variables.NAME`.
    Variable(Str),
    /// A context variable or constant.
    Context(Str),
    /// `execution`
    Execution,
}

/// What an expression reads, so that the engine can run it after whatever may change that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Most expressions read nothing by name.
    named: Option<Box<Named>>,
    /// Whether `input`, `item` or a bare name is read.
    pub input: bool,
    /// Whether `now()` is called.
    pub now: bool,
    /// Whether `trigger`, `execution` or `env` is read.
    pub surroundings: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Named {
    nodes: Vec<NodeIndex>,
    variables: Vec<Str>,
    context: Vec<Str>,
}

impl References {
    /// Nodes whose result is read; ascending, each once.
    pub fn nodes(&self) -> &[NodeIndex] {
        self.named.as_deref().map_or(&[], |named| &named.nodes)
    }

    /// Workflow variables that are or may be read, each once. A bare name (`age`) is among them: it means the variable when the input has
    /// no such field.
    pub fn variables(&self) -> &[Str] {
        self.named.as_deref().map_or(&[], |named| &named.variables)
    }

    /// Names read with `context.NAME`, each once.
    pub fn context(&self) -> &[Str] {
        self.named.as_deref().map_or(&[], |named| &named.context)
    }

    /// Adds what `other` reads.
    pub fn merge(&mut self, other: &Self) {
        other.nodes().iter().for_each(|node| self.add_node(*node));
        other.variables().iter().for_each(|name| self.add_variable(name));
        other.context().iter().for_each(|name| self.add_context(name));
        self.input |= other.input;
        self.now |= other.now;
        self.surroundings |= other.surroundings;
    }

    pub(crate) fn add_node(&mut self, node: NodeIndex) {
        let nodes = &mut self.named.get_or_insert_default().nodes;
        if let Err(at) = nodes.binary_search(&node) {
            nodes.insert(at, node);
        }
    }

    pub(crate) fn add_variable(&mut self, name: &str) {
        let variables = &mut self.named.get_or_insert_default().variables;
        if !variables.iter().any(|own| own == name) {
            variables.push(name.into());
        }
    }

    pub(crate) fn add_context(&mut self, name: &str) {
        let context = &mut self.named.get_or_insert_default().context;
        if !context.iter().any(|own| own == name) {
            context.push(name.into());
        }
    }
}
