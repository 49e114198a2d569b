use thaiyyal_model::{Timestamp, WorkflowId};
use thaiyyal_store::TenantTx;

use super::changed;
use crate::Error;

/// Deletes a workflow; its executions stay.
pub async fn delete(tx: &mut dyn TenantTx, id: WorkflowId, expected: Option<i64>, now: Timestamp) -> Result<(), Error> {
    changed(id, tx.delete_workflow(id, expected, now).await?)
}
