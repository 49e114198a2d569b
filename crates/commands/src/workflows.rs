//! Workflows, their drafts and versions.

mod create;
mod delete;
mod publish;
mod restore;
mod update;

pub use create::{Create, create};
pub use delete::delete;
pub use publish::publish;
pub use restore::{Restore, restore};
pub use update::{Update, update};

use thaiyyal_model::WorkflowId;
use thaiyyal_store::tenant::Changed;

use crate::Error;

/// The outcome of a guarded change as a result.
fn changed<T>(id: WorkflowId, outcome: Changed<T>) -> Result<T, Error> {
    match outcome {
        Changed::Yes(value) => Ok(value),
        Changed::Missing => Err(Error::UnknownWorkflow(id)),
        Changed::Stale(revision) => Err(Error::Stale { revision }),
    }
}
