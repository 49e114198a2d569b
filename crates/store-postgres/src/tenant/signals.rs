use async_trait::async_trait;
use thaiyyal_model::{ExecutionStatus, Timestamp};
use thaiyyal_store::{
    Error,
    signals::{NewSignal, Posted},
    tenant::Signals,
};

use super::PostgresTx;
use crate::{at::At, columns::Columns};

#[async_trait]
impl Signals for PostgresTx {
    /// The lock makes others that post for the same execution wait, so that they count what this one adds.
    async fn post_signal(&mut self, signal: &NewSignal, now: Timestamp) -> Result<Posted, Error> {
        let (tenant, execution) = (self.tenant, signal.execution.uuid());
        let found = "SELECT status FROM executions WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE";
        let Some(row) = self.query_one(found, &[&tenant, &execution]).await? else { return Ok(Posted::Missing) };
        let status: ExecutionStatus = Columns::of("executions", &row).word()?;
        if status.is_terminal() {
            return Ok(Posted::Ended(status));
        }
        let posted = self
            .query(
                "INSERT INTO signals (tenant_id, execution_id, name, payload, created_at)
                 SELECT $1, $2, $3, $4, $5
                 WHERE (SELECT count(*) FROM signals WHERE tenant_id = $1 AND execution_id = $2 AND name NOT LIKE 'child:%') < $6
                 RETURNING 1",
                &[&tenant, &execution, &signal.name, &signal.payload, &At(now), &i64::from(signal.most_pending)],
            )
            .await?;
        Ok(if posted.is_empty() { Posted::Full } else { Posted::Yes })
    }
}
