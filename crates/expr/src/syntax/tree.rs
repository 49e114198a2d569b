use std::sync::Arc;

use thaiyyal_model::{Str, Value};

use crate::catalogue::Function;
use crate::catalogue::pattern::Pattern;
use crate::names::NodeIndex;

/// A compiled expression. What repeats at one level (`a + b + c`, `a && b && c`, `.a.b.c`, `c1 ? x : c2 ? y : z`) is a flat list, so the tree
/// is never deeper than the source nests.
#[derive(Debug)]
pub(crate) enum Expr {
    Const(Value),
    /// A name that nodes bind, by itself: the commonest path, without an allocation.
    Bound(Bound, Span),
    /// A name and fields or constant indexes behind it.
    Path(Box<Path>),
    /// Anything else with something behind it.
    Postfix(Box<Postfix>),
    Sign(Box<Sign>),
    Not(Box<Expr>),
    /// Operands of one level, from left to right. The first has no operator; its `op` is ignored.
    Arithmetic(Box<[Term]>),
    /// A level of arithmetic where a dash may belong to a name.
    Dashed(Box<[Factor]>),
    Compare(Box<Comparison>),
    /// `&&`
    All(Box<[Expr]>),
    /// `||`
    Any(Box<[Expr]>),
    Choose(Box<Choice>),
    /// `??`: the first operand that has a value and is not null, or else the last.
    Otherwise(Box<[Expr]>),
    /// A text between backticks.
    Interpolated(Box<(Box<[Piece]>, Span)>),
    List(Box<(Box<[Arg]>, Span)>),
    Call(Box<Call>),
    /// The left side of `> 5`: the subject, or what its `value` member leads to.
    Shorthand(Box<(Base, Span)>),
}

/// A part of the source, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: position(start), end: position(end) }
    }
}

#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) base: Base,
    pub(crate) keys: Box<[Key]>,
    pub(crate) span: Span,
}

/// Where a path begins.
#[derive(Debug, Clone)]
pub(crate) enum Base {
    /// A name that nodes bind; where it is not bound, a field or variable of that name.
    Bound(Bound),
    /// `variables.item` and the like: what the node binds or else a workflow variable.
    BoundVariable(Bound),
    Trigger,
    Execution,
    Env,
    /// What a function binds while it goes through elements, by its place on the stack of such bindings.
    Local(usize),
    Variable(Str),
    Context(Str),
    Node(NodeIndex),
    /// A node that the workflow does not have.
    NoNode,
    /// A field of the input or, failing that, a workflow variable.
    Bare(Str),
    /// The same inside a function that binds an element.
    BareLocal(usize, Str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    Input,
    Item,
    Index,
    Items,
    Accumulator,
}

impl Bound {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Item => "item",
            Self::Index => "index",
            Self::Items => "items",
            Self::Accumulator => "accumulator",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "input" => Self::Input,
            "item" => Self::Item,
            "index" => Self::Index,
            "items" => Self::Items,
            "accumulator" => Self::Accumulator,
            _ => return None,
        })
    }
}

#[derive(Debug)]
pub(crate) enum Key {
    Field(Str),
    /// `length`: a member of that name, or how long an array or text is.
    Length,
    At(usize),
}

#[derive(Debug)]
pub(crate) struct Postfix {
    pub(crate) base: Head,
    pub(crate) links: Box<[Link]>,
    /// Whether one of the links is a [`Link::Guard`].
    pub(crate) has_guards: bool,
}

impl Postfix {
    pub(crate) fn new(base: Head, links: Vec<Link>) -> Self {
        Self { has_guards: links.iter().any(|link| matches!(link, Link::Guard)), base, links: links.into() }
    }
}

/// What stands before the first dot or bracket.
#[derive(Debug)]
pub(crate) enum Head {
    Expr(Expr),
    /// `variables` or `context`, whose first link must be a dashed name.
    Variables,
    Context,
}

#[derive(Debug)]
pub(crate) enum Link {
    Key(Key, Span),
    /// `[expression]`
    At(Expr, Span),
    /// `[start:end]`
    Slice(Box<Range>),
    Method(Call),
    Dashed(DashedName),
    /// The `?` of `?.`: what stands before it may be missing or null, and what follows it may be missing.
    Guard,
}

#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) start: Option<Expr>,
    pub(crate) end: Option<Expr>,
    pub(crate) span: Span,
}

/// A part of a text between backticks.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(Str),
    /// `${expression}`
    Expr(Expr, Span),
}

/// `a-b-c` after a dot: the longest key that exists, minus the rest.
#[derive(Debug)]
pub(crate) struct DashedName {
    /// `a`, `a-b`, `a-b-c`.
    pub(crate) joined: Box<[Str]>,
    /// The first of `joined` that may be read as the name alone: what follows it can be an operand.
    pub(crate) least: usize,
    /// `b` and `c` as operands.
    pub(crate) subtracted: Box<[Expr]>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) negative: bool,
    pub(crate) operand: Expr,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) op: Op,
    pub(crate) operand: Expr,
    /// From the operand's start to its end.
    pub(crate) span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// An operand of a [`Expr::Dashed`] level, with the operator before it.
#[derive(Debug)]
pub(crate) struct Factor {
    pub(crate) op: Op,
    pub(crate) sign: Option<bool>,
    pub(crate) operand: Expr,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) op: Cmp,
    pub(crate) left: Expr,
    pub(crate) right: Expr,
    /// One side is the word `null`, so that what is missing compares as null.
    pub(crate) with_null: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cmp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

#[derive(Debug)]
pub(crate) struct Choice {
    /// Conditions with their values, tried in order.
    pub(crate) arms: Box<[(Expr, Expr)]>,
    pub(crate) otherwise: Expr,
}

/// A call of a function or method. A method's receiver is not among the arguments.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function: &'static Function,
    pub(crate) args: Box<[Arg]>,
    /// The argument that is a regular expression, when it is written out.
    pub(crate) pattern: Option<Arc<Pattern>>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Arg {
    pub(crate) expr: Expr,
    pub(crate) span: Span,
    /// How many values are bound while it is evaluated: none, an element, or an element and its index.
    pub(crate) binds: usize,
}

impl Expr {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Const(Value::Null))
    }
}
