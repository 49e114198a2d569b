use jiff::Timestamp;
use thaiyyal_model::Value;

use crate::names::NodeIndex;

/// Everything one evaluation may see; borrows all of it.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// `input`; in per-element nodes the element. `None` when the node has no input.
    pub input: Option<&'a Value>,
    /// The element that a per-element node is at; `None` elsewhere.
    pub element: Option<Element<'a>>,
    /// `accumulator`, in nodes that have one.
    pub accumulator: Option<&'a Value>,
    /// The rest of the workflow.
    pub lookup: &'a dyn Lookup,
    /// `now()`: the same for a replay as for the first run.
    pub now: Timestamp,
    /// How much one evaluation may do.
    pub bounds: Bounds,
}

/// What per-element nodes bind besides `input`.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    /// `item`
    pub item: &'a Value,
    /// `index`, from 0.
    pub index: usize,
    /// `items`: the whole array.
    pub items: &'a Value,
}

impl<'a> Scope<'a> {
    /// A scope without input, with the default bounds.
    pub fn new(lookup: &'a dyn Lookup, now: Timestamp) -> Self {
        Self { input: None, element: None, accumulator: None, lookup, now, bounds: Bounds::default() }
    }

    /// The same scope with this input.
    #[must_use]
    pub fn with_input(self, input: &'a Value) -> Self {
        Self { input: Some(input), ..self }
    }

    /// The same scope at an element, which becomes the input too.
    #[must_use]
    pub fn at_element(self, item: &'a Value, index: usize, items: &'a Value) -> Self {
        Self { input: Some(item), element: Some(Element { item, index, items }), ..self }
    }

    /// The same scope with this running value.
    #[must_use]
    pub fn with_accumulator(self, accumulator: &'a Value) -> Self {
        Self { accumulator: Some(accumulator), ..self }
    }

    /// The same scope with other bounds.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }
}

/// Where an evaluation finds what lies outside the node. `None` means "does not exist (yet)", which cannot be resolved.
pub trait Lookup {
    /// `variables.NAME`
    fn variable(&self, name: &str) -> Option<&Value>;

    /// A context variable; hides a constant of the same name in `context.NAME`, and is what `{{ variable.NAME }}` reads.
    fn context_variable(&self, name: &str) -> Option<&Value>;

    /// A context constant; what `{{ const.NAME }}` reads.
    fn context_constant(&self, name: &str) -> Option<&Value>;

    /// `node.ID`: the node's result, once it has one.
    fn node(&self, index: NodeIndex) -> Option<&Value>;

    /// `trigger`
    fn trigger(&self) -> Option<&Value>;

    /// `execution`
    fn execution(&self) -> Option<&Value>;

    /// `env`
    fn env(&self) -> Option<&Value>;

    /// Where the next `uuid()` comes from; `None` when there are none.
    fn draw(&self) -> Option<Draw> {
        None
    }
}

/// What a made-up value comes from: no two are the same, but those of a replay are those of the first run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Tells executions from each other.
    pub seed: u128,
    /// Tells the steps of one from each other.
    pub step: String,
    /// Counts what a step draws.
    pub nth: u64,
}

/// Nothing outside the node.
impl Lookup for () {
    fn variable(&self, _name: &str) -> Option<&Value> {
        None
    }

    fn context_variable(&self, _name: &str) -> Option<&Value> {
        None
    }

    fn context_constant(&self, _name: &str) -> Option<&Value> {
        None
    }

    fn node(&self, _index: NodeIndex) -> Option<&Value> {
        None
    }

    fn trigger(&self) -> Option<&Value> {
        None
    }

    fn execution(&self) -> Option<&Value> {
        None
    }

    fn env(&self) -> Option<&Value> {
        None
    }
}

/// What one evaluation may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Steps: operators, calls, elements; and one for about every 64 bytes that are read or made at once.
    pub steps: u64,
    /// Bytes of any one text or container that is made on the way, by [`Value::size_bytes`].
    pub value_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { steps: 1_000_000, value_bytes: 16 << 20 }
    }
}
