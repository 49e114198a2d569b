//! The node types that need no connector, one file each.

mod accumulator;
mod approval;
pub(crate) mod array;
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
mod for_each;
mod format;
mod group_by;
mod join;
mod kept;
mod map;
mod merge;
mod no_op;
mod number;
mod operation;
mod paginator;
mod parallel;
mod parse;
mod partition;
pub(crate) mod pass;
pub(crate) mod ports;
mod range;
mod rate_limiter;
mod reduce;
mod renderer;
mod retry;
mod reverse;
mod sample;
pub(crate) mod schema_validator;
mod set;
mod slice;
mod sort;
mod split;
mod stop_and_error;
mod sub_workflow;
mod switch;
mod text_input;
mod text_operation;
mod throttle;
mod timeout;
mod transform;
mod transpose;
mod try_catch;
mod unique;
mod variable;
mod visualization;
mod wait;
mod while_loop;
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
    set::TYPE,
    merge::TYPE,
    extract::TYPE,
    transform::TYPE,
    parse::TYPE,
    format::TYPE,
    schema_validator::TYPE,
    condition::TYPE,
    switch::TYPE,
    split::TYPE,
    for_each::TYPE,
    while_loop::TYPE,
    parallel::TYPE,
    join::TYPE,
    sub_workflow::TYPE,
    no_op::TYPE,
    delay::TYPE,
    wait::TYPE,
    approval::TYPE,
    retry::TYPE,
    try_catch::TYPE,
    timeout::TYPE,
    stop_and_error::TYPE,
    rate_limiter::TYPE,
    throttle::TYPE,
    paginator::TYPE,
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
