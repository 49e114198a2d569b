use std::time::Duration;

use thaiyyal_model::{ExecutionId, Failure, TenantId};
use thaiyyal_store::{Error, dispatch::Reaped};
use uuid::Uuid;

use super::hints;
use crate::{columns::Columns, pool::Pool};

pub(super) async fn reap(pool: &Pool, silent_for: Duration, max_crashes: u32, limit: u32) -> Result<Reaped, Error> {
    let failure = Failure::new("worker_lost", "the workers that ran this execution died again and again");
    let failure = serde_json::to_vec(&failure).map_err(|error| Error::Internal(error.into()))?;
    let max_crashes = i32::try_from(max_crashes).unwrap_or(i32::MAX);
    let rows = pool.scan(include_str!("reap.sql"), &[&silent_for.as_secs_f64(), &max_crashes, &i64::from(limit), &failure]).await?;
    let mut reaped = Reaped::default();
    for row in &rows {
        let mut columns = Columns::of("run_queue", row);
        let execution = columns.next::<Option<Uuid>>()?.map(ExecutionId::from_uuid);
        let tenant = columns.next::<Option<Uuid>>()?.map(TenantId::from_uuid);
        match (execution, tenant) {
            (Some(execution), Some(tenant)) => reaped.failed.push((tenant, execution)),
            (Some(execution), None) => reaped.freed.push(execution),
            (None, _) => reaped.hints.extend(hints::hint(&mut columns)?),
        }
    }
    Ok(reaped)
}
