use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Result, params};
use thaiyyal_model::{Clock, Epoch, ExecutionId, Failure, Priority, Shard, TenantId, Timestamp};
use thaiyyal_store::dispatch::Reaped;

use super::{children, outbox};
use crate::sql::{Sql, after, before};

/// A lease whose worker is silent or unknown.
pub(super) struct Orphan {
    execution: ExecutionId,
    epoch: Epoch,
}

pub(super) fn orphans(connection: &Connection, now: Timestamp, silent_for: Duration, limit: u32) -> Result<Vec<Orphan>> {
    let sql = "SELECT q.execution_id, q.epoch FROM run_queue q LEFT JOIN workers w ON w.id = q.worker_id
        WHERE q.state = 'leased' AND (w.id IS NULL OR w.last_seen < ?1)
        LIMIT ?2";
    let read = |row: &rusqlite::Row<'_>| {
        let (Sql(execution), Sql(epoch)) = (row.get(0)?, row.get(1)?);
        Ok(Orphan { execution, epoch })
    };
    connection.prepare_cached(sql)?.query_map(params![Sql(before(now, silent_for)), limit], read)?.collect()
}

pub(super) fn reap(
    connection: &Connection,
    clock: &dyn Clock,
    silent_for: Duration,
    max_crashes: u32,
    orphans: &[Orphan],
) -> Result<Reaped> {
    let now = clock.now();
    let mut reaped = Reaped::default();
    let mut mail = outbox::Mail::default();
    for orphan in orphans {
        let Some(lost) = take_away(connection, before(now, silent_for), orphan)? else { continue };
        if lost.crashes > max_crashes {
            give_up(connection, now, orphan.execution, &lost)?;
            reaped.failed.push((lost.tenant, orphan.execution));
            continue;
        }
        let due = after(now, back_off(lost.crashes));
        let is_due = due <= now;
        let sql = "UPDATE run_queue SET available_at = ?2, hinted_at = ?3 WHERE execution_id = ?1";
        // Nobody is told of what is due later until it is.
        connection.prepare_cached(sql)?.execute(params![Sql(orphan.execution), Sql(due), Sql(is_due.then_some(now))])?;
        reaped.freed.push(orphan.execution);
        if is_due {
            mail.add(lost.shard, lost.priority, orphan.execution);
        }
    }
    reaped.hints = mail.post(connection, clock)?;
    Ok(reaped)
}

/// The first crash is often a deploy or a full machine, and costs no time; what crashes again and again must not take a worker down
/// every second.
fn back_off(crashes: u32) -> Duration {
    match crashes {
        0 | 1 => Duration::ZERO,
        more => Duration::from_secs((1 << (more - 2).min(6)).min(60)),
    }
}

/// A lease that was taken away from its worker.
struct Lost {
    tenant: TenantId,
    shard: Shard,
    priority: Priority,
    epoch: Epoch,
    crashes: u32,
    started_at: Option<Timestamp>,
}

/// Ends the lease, and fences it at once by counting up the epoch. `None` when the worker gave a sign of life since it was looked for.
fn take_away(connection: &Connection, silent_since: Timestamp, orphan: &Orphan) -> Result<Option<Lost>> {
    let sql = "UPDATE run_queue SET state = 'ready', worker_id = NULL, epoch = epoch + 1, crash_count = crash_count + 1
        WHERE execution_id = ?1 AND epoch = ?2 AND state = 'leased'
            AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = run_queue.worker_id AND w.last_seen >= ?3)
        RETURNING tenant_id, shard, priority, epoch, crash_count, started_at";
    connection
        .prepare_cached(sql)?
        .query_row(params![Sql(orphan.execution), Sql(orphan.epoch), Sql(silent_since)], |row| {
            let (Sql(tenant), Sql(shard), Sql(priority)) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (Sql(epoch), Sql(started_at)) = (row.get(3)?, row.get(5)?);
            Ok(Lost { tenant, shard, priority, epoch, crashes: row.get(4)?, started_at })
        })
        .optional()
}

fn give_up(connection: &Connection, now: Timestamp, execution: ExecutionId, lost: &Lost) -> Result<()> {
    let failure = Failure::new("worker_lost", format!("{} workers stopped while they ran this execution", lost.crashes));
    let failure = serde_json::to_vec(&failure).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let sql = "UPDATE executions SET status = 'failed', error = ?3, finished_at = ?4, epoch = ?5, crash_count = ?6, started_at = ?7
        WHERE tenant_id = ?1 AND id = ?2 AND status = 'queued'";
    connection.prepare_cached(sql)?.execute(params![
        Sql(lost.tenant),
        Sql(execution),
        failure,
        Sql(now),
        Sql(lost.epoch),
        lost.crashes,
        Sql(lost.started_at),
    ])?;
    connection.prepare_cached("DELETE FROM run_queue WHERE execution_id = ?1")?.execute(params![Sql(execution)])?;
    children::settle_family(connection, lost.tenant, execution, now)
}
