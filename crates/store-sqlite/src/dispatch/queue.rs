use rusqlite::{CachedStatement, Connection, Result, params};
use thaiyyal_model::{Epoch, ExecutionId, Priority, Shard, TenantId, Timestamp};

use crate::sql::Sql;

/// A row of `run_queue` that is ready at once.
pub(super) struct Row {
    pub(super) tenant: TenantId,
    pub(super) execution: ExecutionId,
    pub(super) shard: Shard,
    pub(super) priority: Priority,
    pub(super) available_at: Timestamp,
    /// None when nobody is told: it waits for its turn, see `windows`.
    pub(super) hinted_at: Option<Timestamp>,
    pub(super) epoch: Epoch,
    pub(super) started_at: Option<Timestamp>,
    pub(super) crashes: u32,
}

impl Row {
    /// The row of an execution that was never claimed.
    pub(super) fn first(tenant: TenantId, execution: ExecutionId, shard: Shard, priority: Priority, now: Timestamp) -> Self {
        Self { tenant, execution, shard, priority, available_at: now, hinted_at: Some(now), epoch: Epoch(0), started_at: None, crashes: 0 }
    }
}

/// The statement that puts rows into the queue.
pub(super) struct Enqueue<'c> {
    insert: CachedStatement<'c>,
}

impl<'c> Enqueue<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> Result<Self> {
        connection.prepare_cached(INSERT).map(|insert| Self { insert })
    }

    pub(super) fn row(&mut self, row: &Row) -> Result<()> {
        self.insert.execute(params![
            Sql(row.execution),
            Sql(row.tenant),
            Sql(row.shard),
            Sql(row.priority),
            Sql(row.epoch),
            Sql(row.available_at),
            Sql(row.hinted_at),
            Sql(row.started_at),
            row.crashes,
        ])?;
        Ok(())
    }
}

const INSERT: &str =
    "INSERT INTO run_queue (execution_id, tenant_id, shard, priority, state, epoch, available_at, hinted_at, started_at, crash_count)
    VALUES (?1, ?2, ?3, ?4, 'ready', ?5, ?6, ?7, ?8, ?9)";
