//! Executions that others started and wait for.

use thaiyyal_model::{ExecutionId, TenantId};
use thaiyyal_store::{Error, dispatch::Stopped};
use uuid::Uuid;

use super::hints;
use crate::{columns::Columns, pool::Pool};

pub(super) async fn abandon(pool: &Pool, children: &[(TenantId, ExecutionId)]) -> Result<(), Error> {
    let mut children = children.to_vec();
    children.sort_unstable_by_key(|(_, execution)| *execution);
    let (tenants, executions) = keys(&children);
    pool.write(include_str!("abandon.sql"), &[&tenants, &executions]).await.map(drop)
}

pub(super) async fn stop_abandoned(pool: &Pool, limit: u32) -> Result<Stopped, Error> {
    let rows = pool.write(include_str!("stop_abandoned.sql"), &[&i64::from(limit)]).await?;
    let mut stopped = Stopped::default();
    for row in &rows {
        let mut columns = Columns::of("run_queue", row);
        match (columns.next::<Option<Uuid>>()?, columns.next::<Option<Uuid>>()?) {
            (Some(tenant), Some(execution)) => {
                stopped.running.push((TenantId::from_uuid(tenant), ExecutionId::from_uuid(execution)));
            }
            _ => stopped.hints.extend(hints::hint(&mut columns)?),
        }
    }
    Ok(stopped)
}

fn keys(children: &[(TenantId, ExecutionId)]) -> (Vec<Uuid>, Vec<Uuid>) {
    children.iter().map(|(tenant, execution)| (tenant.uuid(), execution.uuid())).unzip()
}
