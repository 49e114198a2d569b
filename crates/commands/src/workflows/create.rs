use thaiyyal_model::{Clock, UserId, WorkflowId};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::{NewWorkflow, Workflow};

use crate::Error;
use crate::definitions::Checked;

/// A workflow to create.
#[derive(Debug, Clone)]
pub struct Create {
    /// Name, for people; need not be unique.
    pub name: String,
    /// A few sentences.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Its draft.
    pub definition: Checked,
    /// Whether to publish the draft as version 1.
    pub publish: bool,
    /// Who.
    pub by: UserId,
}

/// Creates a workflow.
pub async fn create(tx: &mut dyn TenantTx, command: Create, clock: &dyn Clock) -> Result<Workflow, Error> {
    let Create { name, description, tags, definition, publish, by } = command;
    let hash = definition.hash();
    let new = NewWorkflow {
        id: WorkflowId::mint(clock),
        name,
        description,
        tags,
        definition: definition.into_text(),
        hash,
        publish,
        by,
        now: clock.now(),
    };
    Ok(tx.create_workflow(&new).await?)
}
