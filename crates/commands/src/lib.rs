//! Everything that changes state, and the batching that makes it cheap.
//!
//! Owns: the commands that routes and tools carry out, the checks that belong to them, the batchers between callers and storage, the
//! publishing of hints after a commit. Must not know: HTTP, how a back end stores anything, how a node is run.
//!
//! Commands take a transaction and never commit it, so that they compose; accepting executions is the exception, because many
//! requests share its transaction.

pub mod api_keys;
pub mod approvals;
pub mod batch;
pub mod callbacks;
pub mod definitions;
mod error;
pub mod executions;
pub mod identity;
pub mod publish;
pub mod signals;
pub mod workflows;

pub use error::Error;
