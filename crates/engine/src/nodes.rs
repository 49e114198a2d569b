//! The node types that need no connector, one file each.

mod accumulator;
mod array;
mod boolean_input;
mod cache;
mod chunk;
mod compact;
mod condition;
pub(crate) mod connector;
mod constant;
mod context;
mod context_constant;
mod context_variable;
mod counter;
mod date_input;
mod datetime_input;
mod delay;
mod elements;
mod expression;
mod extract;
mod filter;
mod find;
mod flat_map;
mod format;
mod group_by;
mod join;
mod map;
mod number;
mod operation;
mod parallel;
mod parse;
mod partition;
mod ports;
mod range;
mod reduce;
mod renderer;
mod reverse;
mod sample;
mod slice;
mod sort;
mod split;
mod switch;
mod text_input;
mod text_operation;
mod transform;
mod transpose;
mod unique;
mod variable;
mod visualization;
mod zip;

use crate::catalog::Definition;

/// In the order of the palette.
pub(crate) const ALL: &[Definition] = &[
    number::TYPE,
    text_input::TYPE,
    boolean_input::TYPE,
    date_input::TYPE,
    datetime_input::TYPE,
    visualization::TYPE,
    renderer::TYPE,
    expression::TYPE,
    operation::TYPE,
    text_operation::TYPE,
    extract::TYPE,
    transform::TYPE,
    parse::TYPE,
    format::TYPE,
    condition::TYPE,
    switch::TYPE,
    split::TYPE,
    parallel::TYPE,
    join::TYPE,
    delay::TYPE,
    filter::TYPE,
    map::TYPE,
    reduce::TYPE,
    find::TYPE,
    partition::TYPE,
    flat_map::TYPE,
    sort::TYPE,
    group_by::TYPE,
    unique::TYPE,
    slice::TYPE,
    chunk::TYPE,
    reverse::TYPE,
    compact::TYPE,
    transpose::TYPE,
    zip::TYPE,
    range::TYPE,
    sample::TYPE,
    variable::TYPE,
    accumulator::TYPE,
    counter::TYPE,
    cache::TYPE,
    context_variable::TYPE,
    context_constant::TYPE,
];
