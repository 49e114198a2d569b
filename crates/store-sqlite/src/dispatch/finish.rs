use rusqlite::{CachedStatement, Connection, Result, params};
use thaiyyal_store::dispatch::{Finish, Written};

use super::{children, fence};
use crate::sql::Sql;

pub(super) fn finish(connection: &Connection, batch: &[Finish]) -> Result<Vec<Written>> {
    let mut finishing = Finishing::prepare(connection)?;
    batch.iter().map(|item| finishing.finish(connection, item)).collect()
}

/// The statements of a batch.
struct Finishing<'c> {
    end: CachedStatement<'c>,
    leave: CachedStatement<'c>,
    forget: CachedStatement<'c>,
}

impl<'c> Finishing<'c> {
    fn prepare(connection: &'c Connection) -> Result<Self> {
        Ok(Self {
            end: connection.prepare_cached(END)?,
            leave: connection.prepare_cached("DELETE FROM run_queue WHERE execution_id = ?1")?,
            forget: connection.prepare_cached("DELETE FROM signals WHERE tenant_id = ?1 AND execution_id = ?2")?,
        })
    }

    fn finish(&mut self, connection: &Connection, item: &Finish) -> Result<Written> {
        let ended = self.end.execute(params![
            Sql(item.lease.tenant),
            Sql(item.lease.execution),
            Sql(item.lease.epoch),
            Sql(item.status),
            item.output,
            item.error,
            Sql(item.finished_at),
        ])?;
        if ended == 0 {
            return Ok(Written::Fenced);
        }
        self.leave.execute(params![Sql(item.lease.execution)])?;
        // Nobody will take them any more.
        self.forget.execute(params![Sql(item.lease.tenant), Sql(item.lease.execution)])?;
        children::settle_family(connection, item.lease.tenant, item.lease.execution, item.finished_at)?;
        if let Some(segment) = &item.segment {
            fence::write_segment(connection, &item.lease, segment)?;
        }
        Ok(Written::Yes)
    }
}

/// The fence stands in the statement, so that one look at the queue row serves both. `RETURNING` would be shorter and slower: SQLite
/// builds a table for it each time.
const END: &str = "UPDATE executions SET status = ?4, output = ?5, error = ?6, finished_at = ?7, epoch = ?3, reason = NULL, wake_at = NULL,
        (started_at, crash_count) = (SELECT q.started_at, q.crash_count FROM run_queue q WHERE q.execution_id = ?2)
    WHERE tenant_id = ?1 AND id = ?2 AND (status = 'queued' OR status = 'waiting') AND EXISTS
        (SELECT 1 FROM run_queue q WHERE q.execution_id = ?2 AND q.tenant_id = ?1 AND q.epoch = ?3 AND q.state = 'leased')";
