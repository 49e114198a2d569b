use thaiyyal_model::{Failure, Map, Str, Value};

/// Why a node failed: one pointer wide, because a node's way out should be short when it succeeds.
#[derive(Debug)]
pub(crate) struct Fault(Box<Failure>);

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<Str>) -> Self {
        Self(Box::new(Failure::new(code, message)))
    }

    /// The same fault with details for programs.
    pub(crate) fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// A value of a kind that the node cannot work with.
    pub(crate) fn wrong_input(message: impl Into<Str>) -> Self {
        Self::new("wrong_input", message)
    }

    /// Fewer inputs than the node needs.
    pub(crate) fn missing_input(node_type: &str) -> Self {
        Self::new("missing_input", format!("a node of type {node_type} needs an input, and no edge delivered one"))
    }

    /// A limit is crossed: the code of that, which limit, and what it allows.
    pub(crate) fn limit(code: &'static str, limit: &str, most: impl Into<Value>, message: impl Into<Str>) -> Self {
        Self::new(code, message).with_details(Map::from_pairs([("limit", limit.into()), ("most", most.into())]).into())
    }

    pub(crate) fn into_failure(self) -> Failure {
        *self.0
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}
