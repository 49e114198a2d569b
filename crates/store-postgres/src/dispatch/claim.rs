use std::{collections::HashMap, time::Duration};

use thaiyyal_model::{DefinitionHash, Epoch, ExecutionId, SHARDS, Seq, TenantId, TenantScope, VersionNumber, WorkerId, WorkflowId};
use thaiyyal_store::{
    Error,
    dispatch::{Claimed, Lease, Segment},
    signals::Inbox,
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::signals;
use crate::{columns::Columns, pool::Pool};

pub(super) async fn claim(pool: &Pool, worker: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>, Error> {
    if executions.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted: Vec<_> = executions.iter().map(|execution| execution.uuid()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rows = pool.write(include_str!("claim.sql"), &[&worker.uuid(), &wanted]).await?;
    let mut claimed = complete(pool, &rows).await?;
    let place: HashMap<_, _> = executions.iter().enumerate().map(|(place, execution)| (*execution, place)).collect();
    claimed.sort_by_key(|claimed| place.get(&claimed.execution).copied());
    Ok(claimed)
}

pub(super) async fn claim_overdue(pool: &Pool, worker: WorkerId, unclaimed_for: Duration, limit: u32) -> Result<Vec<Claimed>, Error> {
    // Every candidate is locked, so no shard offers all of a batch; one that alone has work is asked again soon.
    let of_a_shard = i64::from(limit.div_ceil(SHARES_OF_A_BATCH));
    let rows = pool
        .write(
            include_str!("claim_overdue.sql"),
            &[&worker.uuid(), &unclaimed_for.as_secs_f64(), &i64::from(limit), &of_a_shard, &i32::from(SHARDS)],
        )
        .await?;
    complete(pool, &rows).await
}

/// How many shards with enough work fill a batch.
const SHARES_OF_A_BATCH: u32 = 4;

/// What was claimed, with the journals of what was claimed before and the signals of what was told of any.
async fn complete(pool: &Pool, rows: &[Row]) -> Result<Vec<Claimed>, Error> {
    let mut claimed = rows.iter().map(lease).collect::<Result<Vec<_>, _>>()?;
    let mut again: Vec<&mut Claimed> = claimed.iter_mut().filter(|claimed| claimed.epoch > Epoch(1)).collect();
    if !again.is_empty() {
        let mut journals = journals(pool, &again).await?;
        for claimed in &mut again {
            claimed.journal = journals.remove(&claimed.execution).unwrap_or_default();
        }
    }
    let mut told: Vec<&mut Claimed> = claimed.iter_mut().filter(|claimed| claimed.inbox.seen > 0).collect();
    if !told.is_empty() {
        let leases: Vec<_> = told.iter().map(|claimed| lease_of(claimed)).collect();
        // As with the journals.
        let inboxes = signals::inboxes(pool, &leases).await.map_err(|error| Error::Unknown(error.into()))?;
        told.iter_mut().zip(inboxes).for_each(|(claimed, inbox)| claimed.inbox = inbox);
    }
    Ok(claimed)
}

fn lease_of(claimed: &Claimed) -> Lease {
    Lease { tenant: claimed.scope.tenant(), execution: claimed.execution, epoch: claimed.epoch }
}

#[expect(clippy::disallowed_methods, reason = "the claim mints the scope from the queue row")]
fn lease(row: &Row) -> Result<Claimed, Error> {
    let mut columns = Columns::of("executions", row);
    Ok(Claimed {
        scope: TenantScope::assume(TenantId::from_uuid(columns.next()?)),
        execution: ExecutionId::from_uuid(columns.next()?),
        epoch: Epoch(columns.next()?),
        workflow: columns.next::<Option<Uuid>>()?.map(WorkflowId::from_uuid),
        version: columns.next::<Option<i32>>()?.map(VersionNumber),
        definition: DefinitionHash(columns.digest()?),
        trigger: columns.word()?,
        priority: columns.word()?,
        input: columns.next()?,
        created_at: columns.at()?,
        started_at: columns.at()?,
        deadline: columns.at_or_null()?,
        cancel_requested: columns.next()?,
        crashes: columns.next::<i32>()?.unsigned_abs(),
        trace: columns.next()?,
        inbox: Inbox { seen: columns.next()?, signals: Vec::new() },
        parent: columns.next::<Option<Uuid>>()?.map(ExecutionId::from_uuid),
        depth: columns.next::<i16>()?.unsigned_abs(),
        limits: columns.limits()?,
        journal: Vec::new(),
    })
}

async fn journals(pool: &Pool, claimed: &[&mut Claimed]) -> Result<HashMap<ExecutionId, Vec<Segment>>, Error> {
    let tenants: Vec<_> = claimed.iter().map(|claimed| claimed.scope.tenant().uuid()).collect();
    let executions: Vec<_> = claimed.iter().map(|claimed| claimed.execution.uuid()).collect();
    // The claim is committed: without the journals the leases are held all the same.
    let rows = pool.read(include_str!("journals.sql"), &[&tenants, &executions]).await.map_err(|error| Error::Unknown(error.into()))?;
    let mut journals: HashMap<ExecutionId, Vec<Segment>> = HashMap::new();
    for row in &rows {
        let mut columns = Columns::of("journal", row);
        let execution = ExecutionId::from_uuid(columns.next()?);
        let segment = Segment {
            first: Seq(columns.next::<i64>()?.unsigned_abs()),
            last: Seq(columns.next::<i64>()?.unsigned_abs()),
            bytes: columns.next()?,
        };
        journals.entry(execution).or_default().push(segment);
    }
    Ok(journals)
}
