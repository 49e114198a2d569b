use std::sync::Arc;

use thaiyyal_engine::Invalid;
use thaiyyal_model::{ExecutionId, VersionNumber, WorkflowId};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Storage could not do it; see there for what that says about the change.
    #[error("storage failed")]
    Store(#[from] thaiyyal_store::Error),
    /// Storage could not do it for a whole batch of requests, of which this was one.
    #[error("storage failed for a batch")]
    Batch(#[source] Arc<thaiyyal_store::Error>),
    /// The connection broke while committing: the execution may have been accepted or not. It is found under its id if it was.
    #[error("whether execution {execution} was accepted is not known")]
    OutcomeUnknown {
        /// Its id.
        execution: ExecutionId,
    },
    /// The definition cannot run; with every reason.
    #[error("the definition has {} problems", .0.problems.len())]
    InvalidDefinition(Box<Invalid>),
    /// No such workflow in this tenant.
    #[error("workflow {0} does not exist")]
    UnknownWorkflow(WorkflowId),
    /// The workflow has no such version.
    #[error("workflow {0} has no version {1}")]
    UnknownVersion(WorkflowId, VersionNumber),
    /// Someone changed it since the caller read it; it is at this revision now.
    #[error("the resource is at revision {revision} now")]
    Stale {
        /// The current revision.
        revision: i64,
    },
    /// Too many passwords are being hashed already; try again in a moment.
    #[error("too many sign-ins at the same time")]
    TooManyLogins,
    /// The password is too short or too long.
    #[error("a password has {min} characters or more and at most {max} bytes")]
    UnfitPassword {
        /// Fewest characters.
        min: usize,
        /// Most bytes.
        max: usize,
    },
    /// The operating system gave no random bytes, or hashing failed: nothing a caller can act on.
    #[error("a cryptographic operation failed")]
    Crypto(#[source] Box<dyn std::error::Error + Send + Sync>),
}
