use rusqlite::{Connection, OptionalExtension, Result, params};
use thaiyyal_model::{Clock, ExecutionId, Hint, Shard, TenantId, Timestamp};

use super::{outbox, queue};
use crate::sql::Sql;

pub(super) fn set_timer(connection: &Connection, tenant: TenantId, execution: ExecutionId, due: Timestamp) -> Result<()> {
    let sql = "INSERT INTO timers (due_at, execution_id, tenant_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![Sql(due), Sql(execution), Sql(tenant)])?;
    Ok(())
}

pub(super) fn is_any_due(connection: &Connection, now: Timestamp) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM timers WHERE due_at <= ?1 LIMIT 1")?.exists(params![Sql(now)])
}

pub(super) fn wake_due(connection: &Connection, clock: &dyn Clock, limit: u32) -> Result<Vec<Hint>> {
    let now = clock.now();
    let mut mail = outbox::Mail::default();
    let mut enqueue = queue::Enqueue::prepare(connection)?;
    for timer in take_due(connection, now, limit)? {
        // Nothing comes back for an execution that does not wait, or for something else by now: its timer is dropped.
        if let Some(row) = stop(connection, now, (timer.tenant, timer.execution), Some(timer.due_at))? {
            enqueue.row(&row)?;
            mail.add(row.shard, row.priority, timer.execution);
        }
    }
    mail.post(connection, clock)
}

struct Timer {
    due_at: Timestamp,
    tenant: TenantId,
    execution: ExecutionId,
}

fn take_due(connection: &Connection, now: Timestamp, limit: u32) -> Result<Vec<Timer>> {
    let sql = "DELETE FROM timers WHERE (due_at, execution_id) IN
            (SELECT due_at, execution_id FROM timers WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2)
        RETURNING due_at, tenant_id, execution_id";
    let read = |row: &rusqlite::Row<'_>| {
        let (Sql(due_at), Sql(tenant), Sql(execution)) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Timer { due_at, tenant, execution })
    };
    connection.prepare_cached(sql)?.query_map(params![Sql(now), limit], read)?.collect()
}

/// Ends a wait whatever it is for; `None` for an execution that does not wait.
pub(super) fn stop_waiting_for(
    connection: &Connection,
    now: Timestamp,
    tenant: TenantId,
    execution: ExecutionId,
) -> Result<Option<queue::Row>> {
    let row = stop(connection, now, (tenant, execution), None)?;
    if row.is_some() {
        let timers = "DELETE FROM timers WHERE tenant_id = ?1 AND execution_id = ?2";
        connection.prepare_cached(timers)?.execute(params![Sql(tenant), Sql(execution)])?;
    }
    Ok(row)
}

/// Ends a wait, if it is one until `until` or that does not matter.
fn stop(
    connection: &Connection,
    now: Timestamp,
    (tenant, execution): (TenantId, ExecutionId),
    until: Option<Timestamp>,
) -> Result<Option<queue::Row>> {
    let sql = "UPDATE executions SET status = 'queued', reason = NULL, wake_at = NULL
        WHERE tenant_id = ?1 AND id = ?2 AND status = 'waiting' AND (?3 IS NULL OR wake_at = ?3)
        RETURNING priority, epoch, started_at, crash_count";
    connection
        .prepare_cached(sql)?
        .query_row(params![Sql(tenant), Sql(execution), Sql(until)], |row| {
            let (Sql(priority), Sql(epoch), Sql(started_at)) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let shard = Shard::of(tenant, execution);
            let hinted_at = Some(now);
            Ok(queue::Row { tenant, execution, shard, priority, available_at: now, hinted_at, epoch, started_at, crashes: row.get(3)? })
        })
        .optional()
}
