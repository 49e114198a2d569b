use thaiyyal_model::{ExecutionStatus, Timestamp};
use thaiyyal_store::{
    Error,
    signals::{NewSignal, Posted},
};

use crate::{scoped::Scoped, sql::Sql};

pub(super) fn post(scoped: Scoped<'_>, signal: &NewSignal, now: Timestamp) -> Result<Posted, Error> {
    let execution = Sql(signal.execution);
    let status = scoped.find("SELECT status FROM executions WHERE tenant_id = ?1 AND id = ?2", &[&execution], |row| row.get(0))?;
    let Some(Sql(status)) = status else { return Ok(Posted::Missing) };
    let status: ExecutionStatus = status;
    if status.is_terminal() {
        return Ok(Posted::Ended(status));
    }
    let sql = "INSERT INTO signals (tenant_id, execution_id, name, payload, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM signals WHERE tenant_id = ?1 AND execution_id = ?2 AND name NOT LIKE 'child:%') < ?6";
    let posted = scoped.execute(sql, &[&execution, &signal.name, &signal.payload, &Sql(now), &signal.most_pending])?;
    Ok(if posted == 0 { Posted::Full } else { Posted::Yes })
}
