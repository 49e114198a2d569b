use thaiyyal_model::{Timestamp, UserId, VersionNumber, WorkflowId};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::{Version, Workflow, WorkflowChange};

use super::changed;
use crate::Error;

/// A version to go back to.
#[derive(Debug, Clone, Copy)]
pub struct Restore {
    /// Of which workflow.
    pub id: WorkflowId,
    /// Which of its versions.
    pub version: VersionNumber,
    /// The revision the workflow must be at; `None` for whichever it is.
    pub expected: Option<i64>,
    /// Who.
    pub by: UserId,
}

/// Makes the definition of an earlier version the draft, and publishes it as a new version; the name and all else stay as they are. No
/// version is made when the latest one equals it. The definition was checked when it was saved.
pub async fn restore(tx: &mut dyn TenantTx, command: Restore, now: Timestamp) -> Result<Workflow, Error> {
    let Restore { id, version, expected, by } = command;
    let Some(Workflow { summary, .. }) = tx.find_workflow(id).await? else { return Err(Error::UnknownWorkflow(id)) };
    let Some(Version { definition, hash, .. }) = tx.find_version(id, version).await? else {
        return Err(Error::UnknownVersion(id, version));
    };
    let change = WorkflowChange {
        id,
        // Without a condition of the caller's, name and tags must still be what was read here.
        expected: Some(expected.unwrap_or(summary.revision)),
        name: summary.name,
        description: summary.description,
        tags: summary.tags,
        definition,
        hash,
        publish: true,
        by,
        now,
    };
    changed(id, tx.update_workflow(&change).await?)
}
