//! The language as its users see it.

mod bounds;
mod catalogue;
mod names;
mod problems;
mod properties;
mod semantics;
mod support;
mod templates;
