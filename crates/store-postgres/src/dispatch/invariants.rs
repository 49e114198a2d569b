use std::time::Duration;

use thaiyyal_model::{ExecutionId, TenantId};
use thaiyyal_store::{
    Error,
    dispatch::{Backlog, Violation, ViolationKind},
};

use uuid::Uuid;

use crate::{columns::Columns, pool::Pool};

/// Reads every execution: an index on the status would have to be written with every end.
pub(super) async fn violations(pool: &Pool, limit: u32) -> Result<Vec<Violation>, Error> {
    from(pool, Uuid::nil(), limit).await
}

/// Reads the pages that hold executions of that age.
pub(super) async fn recent_violations(pool: &Pool, within: Duration, limit: u32) -> Result<Vec<Violation>, Error> {
    let floor = "SELECT uuid_floor(now() - $1::float8 * interval '1 second')";
    // A statement of its own, so that the planner sees the bound.
    let rows = pool.read(floor, &[&within.as_secs_f64()]).await?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    from(pool, Columns::of("executions", row).next()?, limit).await
}

async fn from(pool: &Pool, first: Uuid, limit: u32) -> Result<Vec<Violation>, Error> {
    let rows = pool.scan(include_str!("violations.sql"), &[&i64::from(limit), &first]).await?;
    let mut violations = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut columns = Columns::of("executions", row);
        let tenant = TenantId::from_uuid(columns.next()?);
        let execution = ExecutionId::from_uuid(columns.next()?);
        let kind = match columns.next::<&str>()? {
            "stranded" => ViolationKind::Stranded,
            "queued_while_waiting" => ViolationKind::QueuedWhileWaiting,
            "unreported" => ViolationKind::Unreported,
            "orphaned" => ViolationKind::Orphaned,
            _ => ViolationKind::QueuedAfterEnd,
        };
        violations.push(Violation { tenant, execution, kind });
    }
    Ok(violations)
}

pub(super) async fn repair(pool: &Pool, violations: &[Violation]) -> Result<u64, Error> {
    let tenants: Vec<_> = violations.iter().map(|violation| violation.tenant.uuid()).collect();
    let executions: Vec<_> = violations.iter().map(|violation| violation.execution.uuid()).collect();
    let kinds: Vec<_> = violations.iter().map(|violation| word(violation.kind)).collect();
    let rows = pool.write(include_str!("repair.sql"), &[&tenants, &executions, &kinds]).await?;
    let Some(row) = rows.first() else { return Ok(0) };
    Ok(Columns::of("run_queue", row).next::<i64>()?.unsigned_abs())
}

const fn word(kind: ViolationKind) -> &'static str {
    match kind {
        ViolationKind::Stranded => "stranded",
        ViolationKind::QueuedWhileWaiting => "queued_while_waiting",
        ViolationKind::QueuedAfterEnd => "queued_after_end",
        ViolationKind::Unreported => "unreported",
        ViolationKind::Orphaned => "orphaned",
    }
}

pub(super) async fn backlog(pool: &Pool) -> Result<Backlog, Error> {
    let rows = pool.scan(include_str!("backlog.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(Backlog::default()) };
    let mut columns = Columns::of("run_queue", row);
    Ok(Backlog {
        ready: columns.next::<i64>()?.unsigned_abs(),
        leased: columns.next::<i64>()?.unsigned_abs(),
        timers: columns.next::<i64>()?.unsigned_abs(),
        outbox: columns.next::<i64>()?.unsigned_abs(),
        oldest_ready: Duration::try_from_secs_f64(columns.next()?).unwrap_or_default(),
    })
}
