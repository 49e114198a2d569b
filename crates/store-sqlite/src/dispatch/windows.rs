use std::collections::HashMap;

use rusqlite::{Connection, Result, params};
use thaiyyal_model::{Clock, TenantId, Timestamp};
use thaiyyal_store::windows::{Decision, Standing, Tended};

use super::outbox;
use crate::sql::Sql;

/// The tenants whose window is closed.
pub(super) fn closed(connection: &Connection) -> Result<Vec<TenantId>> {
    tenants(connection, "SELECT tenant_id FROM closed_windows")
}

/// How each tenant stands for which there may be something to do.
pub(super) fn standings(connection: &Connection, now: Timestamp, width: u32) -> Result<Vec<Standing>> {
    let mut standings = HashMap::new();
    let nothing = |tenant| Standing { tenant, hinted: 0, is_waiting: false, is_closed: false };
    for tenant in tenants(connection, WAITING)? {
        standings.entry(tenant).or_insert_with(|| nothing(tenant)).is_waiting = true;
    }
    for tenant in closed(connection)? {
        standings.entry(tenant).or_insert_with(|| nothing(tenant)).is_closed = true;
    }
    let hinted = "SELECT tenant_id, count(*) FROM run_queue
        WHERE hinted_at IS NOT NULL AND state = 'ready' AND available_at <= ?1
        GROUP BY tenant_id";
    let mut hinted = connection.prepare_cached(hinted)?;
    for row in hinted.query_map(params![Sql(now)], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))? {
        let (Sql(tenant), count) = row?;
        let count = count.unsigned_abs();
        if count > u64::from(width) || standings.contains_key(&tenant) {
            standings.entry(tenant).or_insert_with(|| nothing(tenant)).hinted = count;
        }
    }
    Ok(standings.into_values().collect())
}

/// Jumps from tenant to tenant: what waits may be a million rows.
const WAITING: &str = "WITH RECURSIVE waiting (tenant_id) AS (
        SELECT min(tenant_id) FROM run_queue WHERE hinted_at IS NULL
        UNION ALL
        SELECT (SELECT min(q.tenant_id) FROM run_queue q WHERE q.hinted_at IS NULL AND q.tenant_id > w.tenant_id)
        FROM waiting w
        WHERE w.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM waiting WHERE tenant_id IS NOT NULL";

fn tenants(connection: &Connection, sql: &str) -> Result<Vec<TenantId>> {
    let found = connection.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().map(|Sql(tenant)| tenant).collect())
}

pub(super) fn carry_out(connection: &Connection, clock: &dyn Clock, decision: &Decision) -> Result<Tended> {
    let now = clock.now();
    for tenant in &decision.close {
        let close = "INSERT INTO closed_windows (tenant_id, closed_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        connection.prepare_cached(close)?.execute(params![Sql(*tenant), Sql(now)])?;
    }
    for tenant in &decision.open {
        connection.prepare_cached("DELETE FROM closed_windows WHERE tenant_id = ?1")?.execute(params![Sql(*tenant)])?;
    }
    let mut mail = outbox::Mail::default();
    for (tenant, share) in &decision.top_up {
        top_up(connection, now, *tenant, *share, &mut mail)?;
    }
    Ok(Tended { closed: Some(decision.closed), hints: mail.post(connection, clock)? })
}

fn top_up(connection: &Connection, now: Timestamp, tenant: TenantId, share: u32, mail: &mut outbox::Mail) -> Result<()> {
    let turn = "SELECT execution_id, shard, priority FROM run_queue
        WHERE hinted_at IS NULL AND tenant_id = ?1 AND state = 'ready' AND available_at <= ?2
        ORDER BY CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END, execution_id
        LIMIT ?3";
    let turn = connection
        .prepare_cached(turn)?
        .query_map(params![Sql(tenant), Sql(now), share], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<Vec<_>>>()?;
    let mut mark = connection.prepare_cached("UPDATE run_queue SET hinted_at = ?2 WHERE execution_id = ?1")?;
    for (Sql(execution), Sql(shard), Sql(priority)) in turn {
        mark.execute(params![Sql(execution), Sql(now)])?;
        mail.add(shard, priority, execution);
    }
    Ok(())
}
