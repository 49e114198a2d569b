use rusqlite::{Connection, Result, params};
use thaiyyal_model::Timestamp;
use thaiyyal_store::{
    approvals::Question,
    dispatch::{Lease, Written},
};

use super::fence;
use crate::sql::Sql;

pub(super) fn ask(connection: &Connection, now: Timestamp, lease: &Lease, questions: &[Question]) -> Result<Written> {
    if !fence::is_held(connection, lease)? {
        return Ok(Written::Fenced);
    }
    for question in questions {
        write(connection, now, lease, question)?;
    }
    Ok(Written::Yes)
}

fn write(connection: &Connection, now: Timestamp, lease: &Lease, question: &Question) -> Result<()> {
    match question {
        Question::Open { id, step, attempt, signal, question, expires_at } => {
            let sql = "INSERT INTO approvals (tenant_id, execution_id, id, step, attempt, signal, question, created_at, expires_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (tenant_id, execution_id, step, attempt) DO NOTHING";
            connection.prepare_cached(sql)?.execute(params![
                Sql(lease.tenant),
                Sql(lease.execution),
                Sql(*id),
                step,
                attempt,
                signal,
                question,
                Sql(now),
                Sql(*expires_at),
            ])?;
        }
        Question::Closed { step, attempt } => {
            let sql = "UPDATE approvals SET closed_at = ?5 WHERE tenant_id = ?1 AND execution_id = ?2 AND step = ?3 AND attempt = ?4
                AND decided_at IS NULL AND closed_at IS NULL";
            connection.prepare_cached(sql)?.execute(params![Sql(lease.tenant), Sql(lease.execution), step, attempt, Sql(now)])?;
        }
    }
    Ok(())
}
