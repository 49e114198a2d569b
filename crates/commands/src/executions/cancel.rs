use thaiyyal_ephemeral::{Ephemeral, Live};
use thaiyyal_model::{ExecutionId, ExecutionStatus, TenantId, Timestamp};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::Cancel;

use crate::Error;

/// Asks for the end of an execution. After the commit, [`announce_cancel`] tells whoever should not wait to find out.
pub async fn cancel(tx: &mut dyn TenantTx, id: ExecutionId, now: Timestamp) -> Result<Cancel, Error> {
    Ok(tx.cancel_execution(id, now).await?)
}

/// Tells the worker that holds the execution, or those who wait for its end.
pub async fn announce_cancel(ephemeral: &dyn Ephemeral, tenant: TenantId, execution: ExecutionId, outcome: Cancel) {
    let hint = match outcome {
        Cancel::Requested => Live::Cancel { tenant, execution },
        Cancel::Cancelled => Live::Status { tenant, execution, status: ExecutionStatus::Cancelled },
        Cancel::AlreadyEnded(_) | Cancel::Missing => return,
    };
    ephemeral.publish(&[hint]).await;
}
