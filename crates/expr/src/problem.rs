use std::fmt;

use thaiyyal_model::Place;

/// Why a source does not compile, and where. Positions count characters (Unicode code points).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct Problem {
    /// Characters before the place, from 0.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// The place in the line, from 1.
    pub column: usize,
    /// Bytes before the place, from 0.
    pub byte_offset: usize,
    /// What kind of mistake it is; stable.
    pub code: ProblemCode,
    /// What is wrong there, for people.
    pub message: String,
    /// What was probably meant, to be put in place of the word at the position.
    pub suggestion: Option<String>,
}

/// The kinds of [`Problem`]; [`ProblemCode::as_str`] is what users see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// The source does not follow the grammar.
    Syntax,
    /// There is no source, only white space.
    Empty,
    /// A function or method of this name does not exist.
    UnknownFunction,
    /// Too few or too many arguments.
    WrongArguments,
    /// A regular expression that cannot be compiled, or is too large.
    InvalidPattern,
    /// The workflow has no node of this id. Only a warning: such a reference cannot be resolved when it is evaluated.
    UnknownNode,
    /// More than [`Expression::MAX_CHARACTERS`](crate::Expression::MAX_CHARACTERS).
    TooLong,
    /// Nests deeper than [`Expression::MAX_DEPTH`](crate::Expression::MAX_DEPTH).
    TooDeep,
    /// `{{` without `}}`.
    UnclosedTemplate,
}

impl ProblemCode {
    /// The stable code, in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "expression_syntax",
            Self::Empty => "expression_empty",
            Self::UnknownFunction => "expression_unknown_function",
            Self::WrongArguments => "expression_wrong_arguments",
            Self::InvalidPattern => "expression_invalid_pattern",
            Self::UnknownNode => "expression_unknown_node",
            Self::TooLong => "expression_too_long",
            Self::TooDeep => "expression_too_deep",
            Self::UnclosedTemplate => "template_unclosed",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Problem {
    /// At byte `at` of `source`.
    pub(crate) fn new(code: ProblemCode, source: &str, at: usize, message: impl Into<String>) -> Self {
        let (offset, line, column) = position(source, at);
        Self { offset, line, column, byte_offset: at, code, message: message.into(), suggestion: None }
    }

    /// The place in its source.
    pub fn place(&self) -> Place {
        Place { offset: self.byte_offset, line: self.line, column: self.column }
    }

    pub(crate) fn suggesting(mut self, suggestion: Option<&str>) -> Self {
        if let Some(meant) = suggestion {
            self.message.push_str(&format!("; did you mean `{meant}`?"));
            self.suggestion = Some(meant.to_owned());
        }
        self
    }
}

/// Offset, line and column in characters of byte `at`.
pub(crate) fn position(source: &str, at: usize) -> (usize, usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (before.chars().count(), line, column)
}
