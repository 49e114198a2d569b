use std::fmt;

use thaiyyal_model::Kind;

use crate::problem::position;
use crate::syntax::tree::Span;

/// Why an expression has no value. The position is where the part begins that failed, in characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct EvalError {
    /// What kind of failure it is; stable.
    pub code: EvalCode,
    /// What failed, for people.
    pub message: String,
    /// Characters before the place, from 0.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// The place in the line, from 1.
    pub column: usize,
    /// Bytes before the place, from 0.
    pub byte_offset: usize,
}

/// The kinds of [`EvalError`]; [`EvalCode::as_str`] is what users see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvalCode {
    /// A name or field does not exist, or a node has no result.
    Unresolved,
    /// A value of the wrong kind.
    WrongKind,
    /// Division by zero, the root of a negative number, a result that is no finite number.
    Arithmetic,
    /// An argument out of range, or text that is no date.
    BadArgument,
    /// Too many steps.
    TooManySteps,
    /// A text or container would become too large or nest too deeply.
    TooLarge,
}

impl EvalCode {
    /// The stable code, in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unresolved => "expression_unresolved",
            Self::WrongKind => "expression_wrong_kind",
            Self::Arithmetic => "expression_arithmetic",
            Self::BadArgument => "expression_bad_argument",
            Self::TooManySteps => "expression_too_many_steps",
            Self::TooLarge => "expression_too_large",
        }
    }
}

impl fmt::Display for EvalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure on its way out: small, made without an allocation, because in conditions it often means just "false".
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause {
    Unresolved,
    /// Wanted, found.
    WrongKind(&'static str, Found),
    /// A method called on the wrong kind: its name, wanted, found.
    WrongReceiver(&'static str, &'static str, Found),
    /// `+` of two values of which none is text.
    CannotAdd(Found, Found),
    /// The side of an operator, found.
    NotANumber(&'static str, Found),
    DivisionByZero,
    NegativeRoot,
    NotFinite,
    NotADate,
    BadArgument(&'static str),
    TooManySteps,
    TooLarge,
    TooDeep,
    /// Its content is in the object store.
    NotHeld,
}

/// What a value is, in words for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    Kind(Kind),
    Date,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind(Kind::Null) => "null",
            Self::Kind(Kind::Boolean) => "a boolean",
            Self::Kind(Kind::Number) => "a number",
            Self::Kind(Kind::String) => "a text",
            Self::Kind(Kind::Array) => "an array",
            Self::Kind(Kind::Object) => "an object",
            Self::Date => "a date",
        })
    }
}

impl Cause {
    pub(crate) fn at(self, span: Span) -> Fault {
        Fault { cause: self, span }
    }
}

impl Fault {
    pub(crate) fn is_unresolved(self) -> bool {
        matches!(self.cause, Cause::Unresolved)
    }

    /// The failure as users see it.
    #[cold]
    pub(crate) fn explain(self, source: &str) -> EvalError {
        let start = self.span.start as usize;
        let (offset, line, column) = position(source, start);
        let (code, message) = self.cause.explain(&excerpt(source.get(start..self.span.end as usize).unwrap_or_default()));
        EvalError { code, message, offset, line, column, byte_offset: start }
    }
}

impl Cause {
    fn explain(self, part: &str) -> (EvalCode, String) {
        match self {
            Self::Unresolved => (EvalCode::Unresolved, format!("`{part}` cannot be resolved")),
            Self::WrongKind(wanted, found) => (EvalCode::WrongKind, format!("`{part}` is {found}, but {wanted} is needed")),
            Self::WrongReceiver(name, wanted, found) => {
                (EvalCode::WrongKind, format!("`{name}` is a method of {wanted}, but is called on {found}"))
            }
            Self::CannotAdd(left, right) => (EvalCode::WrongKind, format!("cannot add {left} and {right} in `{part}`")),
            Self::NotANumber(side, found) => {
                (EvalCode::WrongKind, format!("the {side} side in `{part}` is {found}, but a number is needed"))
            }
            Self::DivisionByZero => (EvalCode::Arithmetic, format!("division by zero in `{part}`")),
            Self::NegativeRoot => (EvalCode::Arithmetic, format!("square root of a negative number in `{part}`")),
            Self::NotFinite => (EvalCode::Arithmetic, format!("the result of `{part}` is no finite number")),
            Self::NotADate => (EvalCode::BadArgument, format!("`{part}` is no date that can be read")),
            Self::BadArgument(why) => (EvalCode::BadArgument, format!("{why} in `{part}`")),
            Self::TooManySteps => (EvalCode::TooManySteps, "the expression takes too many steps".to_owned()),
            Self::TooLarge => (EvalCode::TooLarge, format!("the result of `{part}` is too large")),
            Self::NotHeld => (
                EvalCode::TooLarge,
                format!(
                    "`{part}` is too large to be held in memory; go through it with a filter, map, reduce, find, partition, flat_map or slice node"
                ),
            ),
            Self::TooDeep => (EvalCode::TooLarge, format!("the result of `{part}` nests too deeply")),
        }
    }
}

/// Long parts are cut, so that a message stays a message.
fn excerpt(part: &str) -> String {
    const MOST: usize = 60;
    match part.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &part[..end]),
        None => part.to_owned(),
    }
}
