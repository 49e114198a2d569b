use rusqlite::{Connection, OptionalExtension, Result, params};
use thaiyyal_model::{ExecutionId, Shard, TenantId, Timestamp};
use thaiyyal_store::dispatch::{Violation, ViolationKind};

use super::{children, queue};
use crate::sql::Sql;

pub(super) fn violations(connection: &Connection, limit: u32) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for (kind, sql) in [
        (ViolationKind::Stranded, QUEUED_NOWHERE),
        (ViolationKind::Stranded, WAITING_FOR_NOTHING),
        (ViolationKind::QueuedAfterEnd, QUEUED_AFTER_END),
        (ViolationKind::QueuedWhileWaiting, QUEUED_WHILE_WAITING),
        (ViolationKind::Unreported, UNREPORTED),
        (ViolationKind::Orphaned, ORPHANED),
    ] {
        let room = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        let read = |row: &rusqlite::Row<'_>| {
            let (Sql(tenant), Sql(execution)) = (row.get(0)?, row.get(1)?);
            Ok(Violation { tenant, execution, kind })
        };
        let mut statement = connection.prepare_cached(sql)?;
        for violation in statement.query_map(params![room], read)? {
            found.push(violation?);
        }
    }
    Ok(found)
}

const QUEUED_NOWHERE: &str = "SELECT tenant_id, id FROM executions e
    WHERE status = 'queued' AND NOT EXISTS (SELECT 1 FROM run_queue q WHERE q.execution_id = e.id)
    LIMIT ?1";

/// Without a time, an execution may wait for a signal for ever.
const WAITING_FOR_NOTHING: &str = "SELECT tenant_id, id FROM executions e
    WHERE status = 'waiting' AND wake_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.due_at = e.wake_at AND t.execution_id = e.id)
        AND NOT EXISTS (SELECT 1 FROM run_queue q WHERE q.execution_id = e.id)
    LIMIT ?1";

const QUEUED_AFTER_END: &str = "SELECT q.tenant_id, q.execution_id
    FROM run_queue q JOIN executions e ON e.tenant_id = q.tenant_id AND e.id = q.execution_id
    WHERE e.status NOT IN ('queued', 'waiting')
    LIMIT ?1";

const QUEUED_WHILE_WAITING: &str = "SELECT q.tenant_id, q.execution_id
    FROM run_queue q JOIN executions e ON e.tenant_id = q.tenant_id AND e.id = q.execution_id
    WHERE e.status = 'waiting'
    LIMIT ?1";

const UNREPORTED: &str = "SELECT c.tenant_id, c.child_id
    FROM children c JOIN executions e ON e.tenant_id = c.tenant_id AND e.id = c.child_id
    WHERE e.status NOT IN ('queued', 'waiting')
    LIMIT ?1";

const ORPHANED: &str = "SELECT c.tenant_id, c.child_id
    FROM children c JOIN executions e ON e.tenant_id = c.tenant_id AND e.id = c.child_id
        JOIN executions p ON p.tenant_id = c.tenant_id AND p.id = c.parent_id
    WHERE c.is_abandoned = 0 AND e.status IN ('queued', 'waiting') AND p.status NOT IN ('queued', 'waiting')
    LIMIT ?1";

pub(super) fn repair(connection: &Connection, now: Timestamp, violations: &[Violation]) -> Result<u64> {
    let mut changed = 0;
    for Violation { tenant, execution, kind } in violations {
        changed += match kind {
            ViolationKind::Stranded => queue_again(connection, now, *tenant, *execution)?,
            ViolationKind::QueuedAfterEnd => clear_after_end(connection, *tenant, *execution)?,
            ViolationKind::QueuedWhileWaiting => let_run(connection, *tenant, *execution)?,
            ViolationKind::Unreported => report(connection, now, *tenant, *execution)?,
            ViolationKind::Orphaned => abandon_orphan(connection, *tenant, *execution)?,
        };
    }
    Ok(changed)
}

/// Nobody is told here: it gets its turn as what waits for an open window does. The epochs of a row that got lost are lost with it, and a worker may still
/// hold one of them; the gap puts the new ones behind it.
fn queue_again(connection: &Connection, now: Timestamp, tenant: TenantId, execution: ExecutionId) -> Result<u64> {
    let sql = "UPDATE executions SET status = 'queued', reason = NULL, wake_at = NULL
        WHERE tenant_id = ?1 AND id = ?2 AND (status = 'queued' OR (status = 'waiting' AND wake_at IS NOT NULL))
            AND NOT EXISTS (SELECT 1 FROM timers t WHERE status = 'waiting' AND t.due_at = wake_at AND t.execution_id = ?2)
            AND NOT EXISTS (SELECT 1 FROM run_queue q WHERE q.execution_id = ?2)
        RETURNING priority, 1000 + max(epoch, coalesce((SELECT max(epoch) FROM journal WHERE tenant_id = ?1 AND execution_id = ?2), 0)),
            started_at, crash_count";
    let shard = Shard::of(tenant, execution);
    let row = connection
        .prepare_cached(sql)?
        .query_row(params![Sql(tenant), Sql(execution)], |row| {
            let (Sql(priority), Sql(epoch), Sql(started_at)) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(queue::Row {
                tenant,
                execution,
                shard,
                priority,
                available_at: now,
                hinted_at: None,
                epoch,
                started_at,
                crashes: row.get(3)?,
            })
        })
        .optional()?;
    match row {
        None => Ok(0),
        Some(row) => queue::Enqueue::prepare(connection)?.row(&row).map(|()| 1),
    }
}

fn clear_after_end(connection: &Connection, tenant: TenantId, execution: ExecutionId) -> Result<u64> {
    const ENDED: &str =
        "EXISTS (SELECT 1 FROM executions e WHERE e.tenant_id = ?1 AND e.id = ?2 AND e.status NOT IN ('queued', 'waiting'))";
    let mut changed = 0;
    for table in ["run_queue", "timers"] {
        let sql = format!("DELETE FROM {table} WHERE tenant_id = ?1 AND execution_id = ?2 AND {ENDED}");
        changed += connection.prepare_cached(&sql)?.execute(params![Sql(tenant), Sql(execution)])?;
    }
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// Running it once more than needed is safe: it is replayed, and waits again.
fn let_run(connection: &Connection, tenant: TenantId, execution: ExecutionId) -> Result<u64> {
    let sql = "UPDATE executions SET status = 'queued', reason = NULL, wake_at = NULL
        WHERE tenant_id = ?1 AND id = ?2 AND status = 'waiting'
            AND EXISTS (SELECT 1 FROM run_queue q WHERE q.execution_id = ?2)";
    let mut changed = connection.prepare_cached(sql)?.execute(params![Sql(tenant), Sql(execution)])?;
    if changed > 0 {
        let timers = "DELETE FROM timers WHERE tenant_id = ?1 AND execution_id = ?2";
        changed += connection.prepare_cached(timers)?.execute(params![Sql(tenant), Sql(execution)])?;
    }
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

fn report(connection: &Connection, now: Timestamp, tenant: TenantId, execution: ExecutionId) -> Result<u64> {
    let sql = "SELECT 1 FROM executions WHERE tenant_id = ?1 AND id = ?2 AND status NOT IN ('queued', 'waiting')";
    let has_ended = connection.prepare_cached(sql)?.exists(params![Sql(tenant), Sql(execution)])?;
    Ok(u64::from(has_ended && children::report(connection, tenant, execution, now)?))
}

fn abandon_orphan(connection: &Connection, tenant: TenantId, execution: ExecutionId) -> Result<u64> {
    let sql = "UPDATE children SET is_abandoned = 1
        WHERE tenant_id = ?1 AND child_id = ?2 AND is_abandoned = 0 AND EXISTS
            (SELECT 1 FROM executions p WHERE p.tenant_id = ?1 AND p.id = children.parent_id AND p.status NOT IN ('queued', 'waiting'))";
    let changed = connection.prepare_cached(sql)?.execute(params![Sql(tenant), Sql(execution)])?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}
