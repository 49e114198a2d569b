use serde::{Deserialize, Serialize};

use crate::Str;

/// Whether a definition with this problem may be saved and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot run.
    #[default]
    Error,
    /// It can run, but probably not as meant.
    Warning,
}

/// Something wrong with a definition or input, told so that it can be found and mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The node concerned, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_id: Option<Str>,
    /// JSON pointer (RFC 6901) to the place in the document, `""` for the whole of it.
    pub pointer: String,
    /// Stable, documented under `docs/errors/`.
    pub code: Str,
    /// One sentence: what is wrong, where, and what would be right.
    pub detail: String,
    /// Where in the text that the pointer leads to, when that is an expression or template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Whether it stops the definition from running.
    #[serde(skip)]
    pub severity: Severity,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes before it.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// The place in the line in characters, from 1.
    pub column: usize,
}

impl Problem {
    /// An error at `pointer`.
    #[must_use]
    pub fn error(code: impl Into<Str>, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { node_id: None, pointer: pointer.into(), code: code.into(), detail: detail.into(), place: None, severity: Severity::Error }
    }

    /// A warning at `pointer`.
    #[must_use]
    pub fn warning(code: impl Into<Str>, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, pointer, detail) }
    }

    /// The same problem, at a place of a text.
    #[must_use]
    pub fn at_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same problem, at a node.
    #[must_use]
    pub fn at_node(mut self, node_id: impl Into<Str>) -> Self {
        self.node_id = Some(node_id.into());
        self
    }
}
