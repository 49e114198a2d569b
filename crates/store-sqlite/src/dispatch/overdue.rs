use std::time::Duration;

use rusqlite::{Connection, Result, params};
use thaiyyal_model::{ExecutionId, Timestamp};

use crate::sql::{Sql, before};

/// What was hinted long ago and is still there, the shards in turn.
pub(super) fn find(connection: &Connection, now: Timestamp, unclaimed_for: Duration, limit: u32) -> Result<Vec<ExecutionId>> {
    let sql = "SELECT execution_id
        FROM (
            SELECT execution_id, row_number() OVER (PARTITION BY shard ORDER BY hinted_at, execution_id) AS place
            FROM run_queue
            WHERE state = 'ready' AND available_at <= ?1 AND hinted_at <= ?2
        )
        ORDER BY place
        LIMIT ?3";
    let found = connection
        .prepare_cached(sql)?
        .query_map(params![Sql(now), Sql(before(now, unclaimed_for)), limit], |row| row.get(0))?
        .collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().map(|Sql(execution)| execution).collect())
}
