//! Writes that keep or give back a lease: each looks first whether the lease is still there.

use rusqlite::{Connection, OptionalExtension, Result, params};
use thaiyyal_model::{Clock, Hint, Priority, Shard};
use thaiyyal_store::dispatch::{Append, Lease, Release, Segment, Suspend, Written};

use super::{outbox, signals, wake};
use crate::sql::Sql;

pub(super) fn append(connection: &Connection, batch: &[Append]) -> Result<Vec<Written>> {
    let append = |item: &Append| match held(connection, &item.lease)? {
        None => Ok(Written::Fenced),
        Some(_) => {
            write_segment(connection, &item.lease, &item.segment)?;
            signals::take(connection, &item.lease, &item.taken).map(|()| Written::Yes)
        }
    };
    batch.iter().map(append).collect()
}

pub(super) fn suspend(connection: &Connection, batch: &[Suspend]) -> Result<Vec<Written>> {
    batch.iter().map(|item| suspend_one(connection, item)).collect()
}

fn suspend_one(connection: &Connection, item: &Suspend) -> Result<Written> {
    let Some(held) = held(connection, &item.lease)? else { return Ok(Written::Fenced) };
    if let Some(segment) = &item.segment {
        write_segment(connection, &item.lease, segment)?;
    }
    if held.cancel_requested {
        return Ok(Written::CancelRequested);
    }
    let Lease { tenant, execution, .. } = item.lease;
    let wait = "UPDATE executions SET status = 'waiting', reason = ?3, wake_at = ?4, (epoch, started_at, crash_count) =
            (SELECT epoch, started_at, crash_count FROM run_queue WHERE execution_id = ?2)
        WHERE tenant_id = ?1 AND id = ?2 AND signalled <= ?5";
    let parameters = params![Sql(tenant), Sql(execution), Sql(item.reason), Sql(item.wake_at), item.seen];
    if connection.prepare_cached(wait)?.execute(parameters)? == 0 {
        return Ok(Written::Signalled);
    }
    connection.prepare_cached("DELETE FROM run_queue WHERE execution_id = ?1")?.execute(params![Sql(execution)])?;
    if let Some(at) = item.wake_at {
        wake::set_timer(connection, tenant, execution, at)?;
    }
    Ok(Written::Yes)
}

pub(super) fn release(connection: &Connection, clock: &dyn Clock, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>)> {
    let now = Sql(clock.now());
    let mut mail = outbox::Mail::default();
    let mut release = |item: &Release| {
        let Some(held) = held(connection, &item.lease)? else { return Ok(Written::Fenced) };
        if let Some(segment) = &item.segment {
            write_segment(connection, &item.lease, segment)?;
        }
        let sql = "UPDATE run_queue SET state = 'ready', worker_id = NULL, available_at = ?2, hinted_at = ?2 WHERE execution_id = ?1";
        connection.prepare_cached(sql)?.execute(params![Sql(item.lease.execution), now])?;
        mail.add(held.shard, held.priority, item.lease.execution);
        Ok(Written::Yes)
    };
    let written = batch.iter().map(&mut release).collect::<Result<_>>()?;
    Ok((written, mail.post(connection, clock)?))
}

/// A lease that is still there.
struct Held {
    cancel_requested: bool,
    shard: Shard,
    priority: Priority,
}

/// Whether a lease is still there.
pub(super) fn is_held(connection: &Connection, lease: &Lease) -> Result<bool> {
    held(connection, lease).map(|held| held.is_some())
}

fn held(connection: &Connection, lease: &Lease) -> Result<Option<Held>> {
    let sql = "SELECT cancel_requested_at IS NOT NULL, shard, priority FROM run_queue
        WHERE execution_id = ?1 AND tenant_id = ?2 AND epoch = ?3 AND state = 'leased'";
    connection
        .prepare_cached(sql)?
        .query_row(params![Sql(lease.execution), Sql(lease.tenant), Sql(lease.epoch)], |row| {
            let (Sql(shard), Sql(priority)) = (row.get(1)?, row.get(2)?);
            Ok(Held { cancel_requested: row.get(0)?, shard, priority })
        })
        .optional()
}

/// Writes a segment of an execution whose lease was checked. One that begins at the same record may be there already: from an attempt
/// whose answer got lost, and then the longer one holds all of the shorter; or from an owner before us, and then ours counts.
pub(super) fn write_segment(connection: &Connection, lease: &Lease, segment: &Segment) -> Result<()> {
    let sql = "INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch, bytes = excluded.bytes
        WHERE (excluded.epoch, excluded.last_seq) > (epoch, last_seq)";
    connection.prepare_cached(sql)?.execute(params![
        Sql(lease.tenant),
        Sql(lease.execution),
        Sql(segment.first),
        Sql(segment.last),
        Sql(lease.epoch),
        segment.bytes,
    ])?;
    Ok(())
}
