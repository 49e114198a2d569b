//! Executions that others started and wait for.

use rusqlite::{Connection, OptionalExtension, Result, params};
use thaiyyal_model::{Clock, ExecutionId, Shard, TenantId, Timestamp};
use thaiyyal_store::{
    dispatch::{Accepted, NewExecution, Parent, Stopped},
    signals::end_of,
};

use super::{outbox, queue};
use crate::sql::Sql;

/// Whether the parent of a new execution, if it has one, still runs under the claim that asks.
pub(super) fn may_start(connection: &Connection, new: &NewExecution) -> Result<bool> {
    let Some(Parent { lease, .. }) = &new.parent else { return Ok(true) };
    let sql = "SELECT 1 FROM run_queue WHERE execution_id = ?1 AND tenant_id = ?2 AND epoch = ?3 AND state = 'leased'";
    connection.prepare_cached(sql)?.exists(params![Sql(lease.execution), Sql(new.scope.tenant()), Sql(lease.epoch)])
}

/// A child that was started before.
pub(super) fn there(connection: &Connection, new: &NewExecution) -> Result<Option<Accepted>> {
    let sql = "SELECT workflow_id, version FROM executions WHERE tenant_id = ?1 AND id = ?2";
    connection
        .prepare_cached(sql)?
        .query_row(params![Sql(new.scope.tenant()), Sql(new.id)], |row| {
            let (Sql(workflow), Sql(version)) = (row.get(0)?, row.get(1)?);
            Ok(Accepted { execution: new.id, workflow, version })
        })
        .optional()
}

/// Notes that the parent of a new execution waits for it.
pub(super) fn wait_for(connection: &Connection, new: &NewExecution, parent: &Parent) -> Result<()> {
    let sql = "INSERT INTO children (tenant_id, child_id, parent_id) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![Sql(new.scope.tenant()), Sql(new.id), Sql(parent.lease.execution)])?;
    Ok(())
}

/// Tells whoever waits for an execution that has ended, and abandons what it waited for. Most executions have nothing to do with others,
/// and find that out here.
pub(super) fn settle_family(connection: &Connection, tenant: TenantId, execution: ExecutionId, now: Timestamp) -> Result<()> {
    report(connection, tenant, execution, now)?;
    connection.prepare_cached(ABANDON_CHILDREN)?.execute(params![Sql(tenant), Sql(execution)])?;
    Ok(())
}

/// Tells whoever waits for an execution that has ended; whether anyone did.
pub(super) fn report(connection: &Connection, tenant: TenantId, execution: ExecutionId, now: Timestamp) -> Result<bool> {
    let waits = "SELECT 1 FROM children WHERE tenant_id = ?1 AND child_id = ?2";
    if !connection.prepare_cached(waits)?.exists(params![Sql(tenant), Sql(execution)])? {
        return Ok(false);
    }
    connection.prepare_cached(TELL_PARENT)?.execute(params![Sql(tenant), Sql(execution), end_of(execution), Sql(now)])?;
    connection.prepare_cached(FORGET_CHILD)?.execute(params![Sql(tenant), Sql(execution)])?;
    Ok(true)
}

/// Tenant, execution, name of the signal, time: posts how the execution ended, unless nobody wants to know any more.
pub(crate) const TELL_PARENT: &str = r#"INSERT INTO signals (tenant_id, execution_id, name, payload, created_at)
    SELECT ?1, c.parent_id, ?3, CAST('{"status":"' || e.status || '","output":' || coalesce(CAST(e.output AS TEXT), 'null')
        || ',"error":' || coalesce(CAST(e.error AS TEXT), 'null') || '}' AS BLOB), ?4
    FROM children c JOIN executions e ON e.tenant_id = c.tenant_id AND e.id = c.child_id
    WHERE c.tenant_id = ?1 AND c.child_id = ?2 AND c.is_abandoned = 0"#;
/// Tenant, execution.
pub(crate) const FORGET_CHILD: &str = "DELETE FROM children WHERE tenant_id = ?1 AND child_id = ?2";
/// Tenant, execution: what an execution that has ended waited for is to be stopped.
pub(crate) const ABANDON_CHILDREN: &str =
    "UPDATE children SET is_abandoned = 1 WHERE tenant_id = ?1 AND parent_id = ?2 AND is_abandoned = 0";

pub(super) fn abandon(connection: &Connection, children: &[(TenantId, ExecutionId)]) -> Result<()> {
    let mut mark = connection.prepare_cached("UPDATE children SET is_abandoned = 1 WHERE tenant_id = ?1 AND child_id = ?2")?;
    children.iter().try_for_each(|(tenant, execution)| mark.execute(params![Sql(*tenant), Sql(*execution)]).map(drop))
}

/// Those that are to be stopped and were not asked yet.
pub(super) fn unasked(connection: &Connection, limit: u32) -> Result<Vec<(TenantId, ExecutionId)>> {
    let sql = "SELECT c.tenant_id, c.child_id
        FROM children c JOIN executions e ON e.tenant_id = c.tenant_id AND e.id = c.child_id AND e.status IN ('queued', 'waiting')
        WHERE c.is_abandoned = 1
            AND NOT EXISTS (SELECT 1 FROM run_queue q WHERE q.execution_id = c.child_id AND q.cancel_requested_at IS NOT NULL)
        ORDER BY c.child_id LIMIT ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let (Sql(tenant), Sql(execution)) = (row.get(0)?, row.get(1)?);
        Ok((tenant, execution))
    };
    connection.prepare_cached(sql)?.query_map(params![limit], read)?.collect()
}

pub(super) fn stop(connection: &Connection, clock: &dyn Clock, unasked: &[(TenantId, ExecutionId)]) -> Result<Stopped> {
    let now = clock.now();
    let mut stopped = Stopped::default();
    let mut mail = outbox::Mail::default();
    let mut enqueue = queue::Enqueue::prepare(connection)?;
    for &(tenant, execution) in unasked {
        if let Some(row) = wake(connection, now, tenant, execution)? {
            enqueue.row(&row)?;
            mail.add(row.shard, row.priority, execution);
        }
        if ask(connection, now, tenant, execution)? {
            stopped.running.push((tenant, execution));
        }
    }
    stopped.hints = mail.post(connection, clock)?;
    Ok(stopped)
}

/// Asks for the end of what is in the queue; whether a worker holds it.
fn ask(connection: &Connection, now: Timestamp, tenant: TenantId, execution: ExecutionId) -> Result<bool> {
    let sql = "UPDATE run_queue SET cancel_requested_at = ?3
        WHERE tenant_id = ?1 AND execution_id = ?2 AND cancel_requested_at IS NULL
        RETURNING state = 'leased'";
    let asked = connection.prepare_cached(sql)?.query_row(params![Sql(tenant), Sql(execution), Sql(now)], |row| row.get(0)).optional()?;
    Ok(asked.unwrap_or(false))
}

/// Ends a wait.
fn wake(connection: &Connection, now: Timestamp, tenant: TenantId, execution: ExecutionId) -> Result<Option<queue::Row>> {
    let sql = "UPDATE executions SET status = 'queued', reason = NULL, wake_at = NULL
        WHERE tenant_id = ?1 AND id = ?2 AND status = 'waiting'
        RETURNING priority, epoch, started_at, crash_count";
    let timers = "DELETE FROM timers WHERE tenant_id = ?1 AND execution_id = ?2
        AND EXISTS (SELECT 1 FROM executions WHERE tenant_id = ?1 AND id = ?2 AND status = 'waiting')";
    connection.prepare_cached(timers)?.execute(params![Sql(tenant), Sql(execution)])?;
    connection
        .prepare_cached(sql)?
        .query_row(params![Sql(tenant), Sql(execution)], |row| {
            let (Sql(priority), Sql(epoch), Sql(started_at)) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let shard = Shard::of(tenant, execution);
            let hinted_at = Some(now);
            Ok(queue::Row { tenant, execution, shard, priority, available_at: now, hinted_at, epoch, started_at, crashes: row.get(3)? })
        })
        .optional()
}
