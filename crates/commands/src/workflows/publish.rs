use thaiyyal_model::{Timestamp, UserId, WorkflowId};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::{Workflow, WorkflowChange};

use super::changed;
use crate::Error;

/// Publishes the draft as it stands; nothing happens when the latest version equals it. The draft was checked when it was saved.
pub async fn publish(tx: &mut dyn TenantTx, id: WorkflowId, expected: Option<i64>, by: UserId, now: Timestamp) -> Result<Workflow, Error> {
    let Some(workflow) = tx.find_workflow(id).await? else { return Err(Error::UnknownWorkflow(id)) };
    let Workflow { summary, definition } = workflow;
    let change = WorkflowChange {
        id,
        // Without a condition of the caller's, what was read here must still be what is published.
        expected: Some(expected.unwrap_or(summary.revision)),
        name: summary.name,
        description: summary.description,
        tags: summary.tags,
        definition,
        hash: summary.hash,
        publish: true,
        by,
        now,
    };
    changed(id, tx.update_workflow(&change).await?)
}
