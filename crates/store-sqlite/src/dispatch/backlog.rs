use std::time::Duration;

use rusqlite::{Connection, Result, Row, params};
use thaiyyal_model::Timestamp;
use thaiyyal_store::dispatch::Backlog;

use crate::sql::Sql;

pub(super) fn backlog(connection: &Connection, now: Timestamp) -> Result<Backlog> {
    let queue = "SELECT count(*) FILTER (WHERE state = 'ready' AND available_at <= ?1), count(*) FILTER (WHERE state = 'leased'),
            min(available_at) FILTER (WHERE state = 'ready' AND available_at <= ?1)
        FROM run_queue";
    let count = |sql: &str| connection.prepare_cached(sql)?.query_row([], |row| number(row, 0));
    let (timers, outbox) = (count("SELECT count(*) FROM timers")?, count("SELECT count(*) FROM outbox")?);
    connection.prepare_cached(queue)?.query_row(params![Sql(now)], |row| {
        let Sql(oldest): Sql<Option<Timestamp>> = row.get(2)?;
        let oldest_ready = oldest.map_or(Duration::ZERO, |oldest| Duration::try_from(now.duration_since(oldest)).unwrap_or(Duration::ZERO));
        Ok(Backlog { ready: number(row, 0)?, leased: number(row, 1)?, timers, outbox, oldest_ready })
    })
}

/// A count, which is never negative.
fn number(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}
