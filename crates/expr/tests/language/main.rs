//! The language as its users see it.

mod bounds;
mod catalogue;
mod data;
mod docs;
mod names;
mod operators;
mod problems;
mod properties;
mod semantics;
mod support;
mod templates;
