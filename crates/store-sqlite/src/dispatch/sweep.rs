use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Result, params};
use thaiyyal_model::{ExecutionId, Hint, Timestamp};

use super::outbox;
use crate::sql::{Sql, before};

pub(super) fn unclaimed(connection: &Connection, now: Timestamp, unclaimed_for: Duration, limit: u32) -> Result<Vec<ExecutionId>> {
    let sql = "SELECT execution_id FROM run_queue
        WHERE state = 'ready' AND available_at <= ?1 AND hinted_at <= ?2
        ORDER BY hinted_at
        LIMIT ?3";
    let found = connection
        .prepare_cached(sql)?
        .query_map(params![Sql(now), Sql(before(now, unclaimed_for)), limit], |row| row.get(0))?
        .collect::<Result<Vec<_>>>();
    Ok(found?.into_iter().map(|Sql(execution)| execution).collect())
}

/// Marks those that nobody claimed or hinted since they were looked for.
pub(super) fn hint_again(connection: &Connection, now: Timestamp, unclaimed_for: Duration, unclaimed: &[ExecutionId]) -> Result<Vec<Hint>> {
    let sql = "UPDATE run_queue SET hinted_at = ?2
        WHERE execution_id = ?1 AND state = 'ready' AND hinted_at <= ?3
        RETURNING shard, priority";
    let mut mark = connection.prepare_cached(sql)?;
    let mut mail = outbox::Mail::default();
    for execution in unclaimed {
        let marked = mark
            .query_row(params![Sql(*execution), Sql(now), Sql(before(now, unclaimed_for))], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((Sql(shard), Sql(priority))) = marked {
            mail.add(shard, priority, *execution);
        }
    }
    Ok(mail.without_rows())
}
