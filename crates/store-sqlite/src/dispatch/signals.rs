use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};
use thaiyyal_model::{Clock, ExecutionId, SignalSeq, TenantId};
use thaiyyal_store::{
    dispatch::Lease,
    signals::{Delivered, Inbox, Signal},
};

use super::{outbox, queue, wake};
use crate::sql::Sql;

pub(super) fn is_any_untold(connection: &Connection) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM signals WHERE is_told = 0 LIMIT 1")?.exists([])
}

pub(super) fn deliver(connection: &Connection, clock: &dyn Clock, limit: u32) -> Result<Delivered> {
    let now = clock.now();
    let mut delivered = Delivered::default();
    let mut mail = outbox::Mail::default();
    let mut enqueue = queue::Enqueue::prepare(connection)?;
    let mut concerned = BTreeSet::new();
    for untold in tell(connection, limit)? {
        delivered.signals += 1;
        concerned.insert(untold);
    }
    let count =
        "UPDATE executions SET signalled = signalled + 1 WHERE tenant_id = ?1 AND id = ?2 AND (status = 'queued' OR status = 'waiting')";
    let mut count = connection.prepare_cached(count)?;
    for (tenant, execution) in concerned {
        if count.execute(params![Sql(tenant), Sql(execution)])? == 0 {
            continue;
        }
        match wake::stop_waiting_for(connection, now, tenant, execution)? {
            Some(row) => {
                enqueue.row(&row)?;
                mail.add(row.shard, row.priority, execution);
                delivered.woken.push((tenant, execution));
            }
            None => delivered.running.push((tenant, execution)),
        }
    }
    delivered.hints = mail.post(connection, clock)?;
    Ok(delivered)
}

/// The executions of signals that were not delivered yet, one for each signal.
fn tell(connection: &Connection, limit: u32) -> Result<Vec<(TenantId, ExecutionId)>> {
    let sql = "UPDATE signals SET is_told = 1 WHERE seq IN (SELECT seq FROM signals WHERE is_told = 0 ORDER BY seq LIMIT ?1)
        RETURNING tenant_id, execution_id";
    let read = |row: &rusqlite::Row<'_>| {
        let (Sql(tenant), Sql(execution)) = (row.get(0)?, row.get(1)?);
        Ok((tenant, execution))
    };
    connection.prepare_cached(sql)?.query_map(params![limit], read)?.collect()
}

pub(super) fn inboxes(connection: &Connection, leases: &[Lease]) -> Result<Vec<Inbox>> {
    let mut reading = Reading::prepare(connection)?;
    leases.iter().map(|lease| reading.inbox(lease.tenant, lease.execution)).collect()
}

/// The statements that read an inbox.
pub(super) struct Reading<'c> {
    seen: CachedStatement<'c>,
    signals: CachedStatement<'c>,
}

impl<'c> Reading<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> Result<Self> {
        let seen = connection.prepare_cached("SELECT signalled FROM executions WHERE tenant_id = ?1 AND id = ?2")?;
        let signals = "SELECT seq, name, payload FROM signals WHERE tenant_id = ?1 AND execution_id = ?2 AND is_told = 1 ORDER BY seq";
        Ok(Self { seen, signals: connection.prepare_cached(signals)? })
    }

    pub(super) fn inbox(&mut self, tenant: TenantId, execution: ExecutionId) -> Result<Inbox> {
        let seen = self.seen.query_row(params![Sql(tenant), Sql(execution)], |row| row.get(0)).optional()?.unwrap_or_default();
        let read = |row: &rusqlite::Row<'_>| Ok(Signal { seq: SignalSeq(row.get(0)?), name: row.get(1)?, payload: row.get(2)? });
        let signals = self.signals.query_map(params![Sql(tenant), Sql(execution)], read)?.collect::<Result<_>>()?;
        Ok(Inbox { seen, signals })
    }
}

/// Deletes signals that records under this lease tell of; the caller has checked the lease.
pub(super) fn take(connection: &Connection, lease: &Lease, taken: &[SignalSeq]) -> Result<()> {
    if taken.is_empty() {
        return Ok(());
    }
    let mut delete = connection.prepare_cached("DELETE FROM signals WHERE seq = ?1 AND tenant_id = ?2 AND execution_id = ?3")?;
    for signal in taken {
        delete.execute(params![signal.0, Sql(lease.tenant), Sql(lease.execution)])?;
    }
    Ok(())
}
