//! The expression and template language: compiles text to a form that evaluates without allocating for what it looks up, and evaluates it.
//!
//! Owns: grammar, semantics, the catalogue of functions, templates in settings, and the bounds on what one evaluation may use. Must not
//! know: clocks, I/O, how nodes run, where values come from; all it sees comes in through [`Names`] when it compiles and [`Scope`] when it
//! evaluates.

mod catalogue;
mod error;
mod evaluate;
mod expression;
mod names;
mod problem;
mod scope;
mod syntax;
mod template;

pub use catalogue::pattern::Pattern;
pub use catalogue::{Area, Count, Function, Param, Role, areas, functions, methods};
pub use error::{EvalCode, EvalError};
pub use expression::Expression;
pub use names::{Names, NodeIndex, Read, References, Source};
pub use problem::{Problem, ProblemCode};
pub use scope::{Bounds, Draw, Element, Lookup, Scope};
pub use template::{SettingError, SettingProblem, SettingTemplates, Template};
