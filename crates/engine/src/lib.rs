//! Compiles definitions to plans and runs them: the machine takes what happened and says what the world should do next.
//!
//! Owns: what node types do (those without connectors), the order in which nodes run, branching, the state of one execution, limits.
//! Must not know: time (it comes in), randomness, files, networks, databases, queues, threads, async. Given the same plan, input and
//! answers it always does the same; that is what lets an execution go on after a crash by being run again from its journal.

mod catalog;
mod duration;
mod expression;
mod fault;
mod machine;
mod node;
mod nodes;
mod plan;
mod schema;
mod settings;
mod state;
mod suggest;
#[cfg(test)]
mod tests;

pub use catalog::Catalog;
pub use machine::{Answer, Callbacks, Child, Effect, EffectKind, Expected, Machine, Outcome, Progress, ResumeError, Start, Stop, Traffic};
pub use nodes::array::MEMBERS as ARRAY_MEMBERS;
pub use nodes::pass::LIMITER;
pub use nodes::ports::ARRAY_TITLE;
pub use nodes::schema_validator::{FormMistake, check_form};
pub use plan::{Call, Compiled, Invalid, Plan, Stage};
