use thaiyyal_model::{Timestamp, UserId, WorkflowId};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::{Workflow, WorkflowChange};

use super::changed;
use crate::Error;
use crate::definitions::Checked;

/// A change of a workflow: everything it is to be afterwards.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub id: WorkflowId,
    /// The revision it was made from; `None` overwrites whatever is there.
    pub expected: Option<i64>,
    /// New name.
    pub name: String,
    /// New description.
    pub description: String,
    /// New tags.
    pub tags: Vec<String>,
    /// New draft.
    pub definition: Checked,
    /// Whether to publish the draft.
    pub publish: bool,
    /// Who.
    pub by: UserId,
}

/// Replaces a workflow's properties and draft.
pub async fn update(tx: &mut dyn TenantTx, command: Update, now: Timestamp) -> Result<Workflow, Error> {
    let Update { id, expected, name, description, tags, definition, publish, by } = command;
    let hash = definition.hash();
    let change = WorkflowChange { id, expected, name, description, tags, definition: definition.into_text(), hash, publish, by, now };
    changed(id, tx.update_workflow(&change).await?)
}
