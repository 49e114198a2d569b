use std::{collections::BTreeMap, time::Duration};

use rusqlite::{Connection, Result, Row, params};
use thaiyyal_model::{Clock, ExecutionId, Hint, OutboxId, Priority, Shard, Timestamp};
use uuid::Uuid;

use crate::sql::{Sql, before};

/// Executions to hint at, gathered by the queue they go to.
#[derive(Default)]
pub(super) struct Mail {
    queues: BTreeMap<(Priority, Shard), Vec<ExecutionId>>,
}

impl Mail {
    pub(super) fn add(&mut self, shard: Shard, priority: Priority, execution: ExecutionId) {
        self.queues.entry((priority, shard)).or_default().push(execution);
    }

    /// Writes one outbox row per message; the caller publishes them after the commit.
    pub(super) fn post(self, connection: &Connection, clock: &dyn Clock) -> Result<Vec<Hint>> {
        let now = Sql(clock.now());
        let mut hints = self.without_rows();
        let sql = "INSERT INTO outbox (id, created_at, attempted_at, shard, priority, executions) VALUES (?1, ?2, ?2, ?3, ?4, ?5)";
        for hint in &mut hints {
            let id = OutboxId::mint(clock);
            connection.prepare_cached(sql)?.execute(params![
                Sql(id),
                now,
                Sql(hint.shard),
                Sql(hint.priority),
                joined(&hint.executions)
            ])?;
            hint.outbox = Some(id);
        }
        Ok(hints)
    }

    /// The messages alone, for repeats.
    pub(super) fn without_rows(self) -> Vec<Hint> {
        let messages = |((priority, shard), executions): (_, Vec<ExecutionId>)| {
            let message = move |executions: &[ExecutionId]| Hint { outbox: None, shard, priority, executions: executions.to_vec() };
            executions.chunks(Hint::MAX_EXECUTIONS).map(message).collect::<Vec<_>>()
        };
        self.queues.into_iter().flat_map(messages).collect()
    }
}

pub(super) fn confirm(connection: &Connection, published: &[OutboxId]) -> Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM outbox WHERE id = ?1")?;
    published.iter().try_for_each(|id| delete.execute(params![Sql(*id)]).map(drop))
}

/// Takes what nobody confirmed in time, for one more attempt at publishing.
pub(super) fn take(connection: &Connection, now: Timestamp, older_than: Duration, limit: u32) -> Result<Vec<Hint>> {
    let sql = "UPDATE outbox SET attempted_at = ?1
        WHERE id IN (SELECT id FROM outbox WHERE attempted_at <= ?2 ORDER BY attempted_at LIMIT ?3)
        RETURNING id, shard, priority, executions";
    connection.prepare_cached(sql)?.query_map(params![Sql(now), Sql(before(now, older_than)), limit], read)?.collect()
}

fn read(row: &Row<'_>) -> Result<Hint> {
    let (Sql(id), Sql(shard), Sql(priority)) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let executions: Vec<u8> = row.get(3)?;
    Ok(Hint { outbox: Some(id), shard, priority, executions: split(&executions) })
}

fn joined(executions: &[ExecutionId]) -> Vec<u8> {
    executions.iter().flat_map(|id| id.uuid().into_bytes()).collect()
}

/// The table's check lets whole ids in only.
fn split(joined: &[u8]) -> Vec<ExecutionId> {
    let (ids, _) = joined.as_chunks::<16>();
    ids.iter().map(|id| ExecutionId::from_uuid(Uuid::from_bytes(*id))).collect()
}
