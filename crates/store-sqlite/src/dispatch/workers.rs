use rusqlite::{Connection, OptionalExtension, Result, params};
use thaiyyal_model::{Timestamp, WorkerId};
use thaiyyal_store::dispatch::{Beat, Lease, Pulse};

use crate::sql::Sql;

pub(super) fn heartbeat(connection: &Connection, now: Timestamp, beat: &Beat) -> Result<Pulse> {
    let sql = "INSERT INTO workers (id, last_seen, started_at, slots, version, host) VALUES (?1, ?2, ?2, ?3, ?4, ?5)
        ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen, slots = excluded.slots";
    connection.prepare_cached(sql)?.execute(params![Sql(beat.worker), Sql(now), beat.slots, beat.version, beat.host])?;

    let mut pulse = Pulse::default();
    let held = "SELECT cancel_requested_at IS NOT NULL FROM run_queue
        WHERE execution_id = ?1 AND worker_id = ?2 AND epoch = ?3 AND state = 'leased'";
    let mut held = connection.prepare_cached(held)?;
    for (execution, epoch) in &beat.leases {
        match held.query_row(params![Sql(*execution), Sql(beat.worker), Sql(*epoch)], |row| row.get(0)).optional()? {
            None => pulse.lost.push(*execution),
            Some(true) => pulse.cancel.push(*execution),
            Some(false) => {}
        }
    }
    let told = "SELECT 1 FROM executions WHERE tenant_id = ?1 AND id = ?2 AND signalled > ?3";
    let mut told = connection.prepare_cached(told)?;
    for (tenant, execution, seen) in &beat.listening {
        if told.exists(params![Sql(*tenant), Sql(*execution), seen])? {
            pulse.signalled.push(*execution);
        }
    }
    Ok(pulse)
}

pub(super) fn leases(connection: &Connection, worker: WorkerId) -> Result<Vec<Lease>> {
    let sql = "SELECT tenant_id, execution_id, epoch FROM run_queue WHERE worker_id = ?1 AND state = 'leased'";
    let read = |row: &rusqlite::Row<'_>| {
        let (Sql(tenant), Sql(execution), Sql(epoch)) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Lease { tenant, execution, epoch })
    };
    connection.prepare_cached(sql)?.query_map(params![Sql(worker)], read)?.collect()
}

pub(super) fn retire(connection: &Connection, worker: WorkerId) -> Result<()> {
    connection.prepare_cached("DELETE FROM workers WHERE id = ?1")?.execute(params![Sql(worker)])?;
    Ok(())
}
