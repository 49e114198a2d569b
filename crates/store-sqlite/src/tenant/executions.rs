use rusqlite::{Row, ToSql};
use thaiyyal_model::{ExecutionId, ExecutionStatus, Seq, Timestamp};
use thaiyyal_store::{
    Error,
    dispatch::Segment,
    signals::end_of,
    tenant::{Cancel, Execution, ExecutionPage, ExecutionSummary, Page},
};

use crate::{
    dispatch::{ABANDON_CHILDREN, FORGET_CHILD, TELL_PARENT},
    scoped::Scoped,
    sql::Sql,
};

/// The columns of a summary; whoever adds more begins at [`SUMMARY_COLUMNS`]. While there is a queue row, it knows better than the
/// execution when that was started.
const SUMMARY: &str = "e.id, e.workflow_id, w.name, e.version, CASE q.state WHEN 'leased' THEN 'running' ELSE e.status END, e.reason,
    e.wake_at, e.trigger, e.priority, e.error, e.created_at, coalesce(e.started_at, q.started_at), e.finished_at, e.retry_of, e.parent_id,
    e.parent_step";
const SUMMARY_COLUMNS: usize = 16;

const SOURCE: &str = "executions e
    LEFT JOIN workflows w ON w.tenant_id = e.tenant_id AND w.id = e.workflow_id
    LEFT JOIN run_queue q ON q.execution_id = e.id AND q.tenant_id = e.tenant_id";

pub(super) fn find(scoped: Scoped<'_>, id: ExecutionId) -> Result<Option<Execution>, Error> {
    let sql = format!("SELECT {SUMMARY}, e.input, e.output, e.labels, e.definition FROM {SOURCE} WHERE e.tenant_id = ?1 AND e.id = ?2");
    scoped.find(&sql, &[&Sql(id)], |row| {
        let Sql(definition) = row.get(SUMMARY_COLUMNS + 3)?;
        Ok(Execution {
            summary: summary(row)?,
            input: row.get(SUMMARY_COLUMNS)?,
            output: row.get(SUMMARY_COLUMNS + 1)?,
            labels: row.get(SUMMARY_COLUMNS + 2)?,
            definition,
        })
    })
}

pub(super) fn list(scoped: Scoped<'_>, page: &ExecutionPage) -> Result<Page<ExecutionSummary, ExecutionId>, Error> {
    let mut sql = format!("SELECT {SUMMARY} FROM {SOURCE} WHERE e.tenant_id = ?1");
    if let Some(status) = page.status {
        sql.push_str(in_status(status));
    }
    let mut parameters: Vec<Box<dyn ToSql>> = Vec::new();
    let mut narrow = |condition: &str, parameter: Box<dyn ToSql>| {
        parameters.push(parameter);
        sql.push_str(&condition.replace("{}", &format!("?{}", parameters.len() + 1)));
    };
    if let Some(before) = page.before {
        narrow(" AND e.id < {}", Box::new(Sql(before)));
    }
    if let Some(workflow) = page.workflow {
        narrow(" AND e.workflow_id = {}", Box::new(Sql(workflow)));
    }
    if let Some(trigger) = page.trigger {
        narrow(" AND e.trigger = {}", Box::new(Sql(trigger)));
    }
    if let Some(parent) = page.parent {
        narrow(" AND e.parent_id = {}", Box::new(Sql(parent)));
    }
    if let Some(since) = page.since {
        narrow(" AND e.created_at >= {}", Box::new(Sql(since)));
    }
    if let Some(until) = page.until {
        narrow(" AND e.created_at < {}", Box::new(Sql(until)));
    }
    if let Some(text) = &page.text {
        narrow(" AND (instr(lower(w.name), lower({})) > 0", Box::new(text.clone()));
        narrow(" OR substr(lower(hex(e.id)), 1, length({})) = {})", Box::new(page.id_prefix()));
    }
    narrow(" ORDER BY e.id DESC LIMIT {}", Box::new(page.limit.saturating_add(1)));
    let parameters: Vec<&dyn ToSql> = parameters.iter().map(|parameter| &**parameter).collect();
    let items = scoped.list(&sql, &parameters, summary)?;
    Ok(super::page(items, page.limit, |item| item.id))
}

/// The words are written out, because SQLite uses a partial index only for a condition it can read in the statement.
fn in_status(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Queued => " AND e.status = 'queued' AND q.state IS NOT 'leased'",
        ExecutionStatus::Running => " AND e.status = 'queued' AND q.state = 'leased'",
        ExecutionStatus::Waiting => " AND e.status = 'waiting'",
        ExecutionStatus::Succeeded => " AND e.status = 'succeeded'",
        ExecutionStatus::Failed => " AND e.status = 'failed'",
        ExecutionStatus::Cancelled => " AND e.status = 'cancelled'",
        ExecutionStatus::TimedOut => " AND e.status = 'timed_out'",
    }
}

pub(super) fn journal(scoped: Scoped<'_>, id: ExecutionId, after: Seq) -> Result<Vec<Segment>, Error> {
    let sql = "SELECT first_seq, last_seq, bytes FROM journal
        WHERE tenant_id = ?1 AND execution_id = ?2 AND last_seq > ?3 ORDER BY first_seq";
    scoped.list(sql, &[&Sql(id), &Sql(after)], |row| {
        let (Sql(first), Sql(last)) = (row.get(0)?, row.get(1)?);
        Ok(Segment { first, last, bytes: row.get(2)? })
    })
}

pub(super) fn cancel(scoped: Scoped<'_>, id: ExecutionId, now: Timestamp) -> Result<Cancel, Error> {
    let status = scoped.find("SELECT status FROM executions WHERE tenant_id = ?1 AND id = ?2", &[&Sql(id)], |row| row.get(0))?;
    let Some(Sql(status)) = status else { return Ok(Cancel::Missing) };
    let status: ExecutionStatus = status;
    if status.is_terminal() {
        return Ok(Cancel::AlreadyEnded(status));
    }
    let request = "UPDATE run_queue SET cancel_requested_at = coalesce(cancel_requested_at, ?3)
        WHERE tenant_id = ?1 AND execution_id = ?2 AND state = 'leased'";
    if scoped.execute(request, &[&Sql(id), &Sql(now)])? > 0 {
        return Ok(Cancel::Requested);
    }
    // Its row may be all that knows the epoch and the start.
    let end = "UPDATE executions SET status = 'cancelled', reason = NULL, wake_at = NULL, finished_at = ?3,
            epoch = coalesce((SELECT q.epoch FROM run_queue q WHERE q.tenant_id = ?1 AND q.execution_id = ?2), epoch),
            started_at = coalesce(started_at, (SELECT q.started_at FROM run_queue q WHERE q.tenant_id = ?1 AND q.execution_id = ?2))
        WHERE tenant_id = ?1 AND id = ?2";
    scoped.execute(end, &[&Sql(id), &Sql(now)])?;
    scoped.execute("DELETE FROM run_queue WHERE tenant_id = ?1 AND execution_id = ?2", &[&Sql(id)])?;
    scoped.execute("DELETE FROM timers WHERE tenant_id = ?1 AND execution_id = ?2", &[&Sql(id)])?;
    settle_family(scoped, id, now)?;
    Ok(Cancel::Cancelled)
}

/// Tells whoever waits for an execution that has ended, and abandons what it waited for.
fn settle_family(scoped: Scoped<'_>, id: ExecutionId, now: Timestamp) -> Result<(), Error> {
    scoped.execute(TELL_PARENT, &[&Sql(id), &end_of(id), &Sql(now)])?;
    scoped.execute(FORGET_CHILD, &[&Sql(id)])?;
    scoped.execute(ABANDON_CHILDREN, &[&Sql(id)])?;
    Ok(())
}

fn summary(row: &Row<'_>) -> rusqlite::Result<ExecutionSummary> {
    let (Sql(id), Sql(workflow), Sql(version), Sql(status)) = (row.get(0)?, row.get(1)?, row.get(3)?, row.get(4)?);
    let (Sql(reason), Sql(wake_at), Sql(trigger), Sql(priority)) = (row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?);
    let (Sql(created_at), Sql(started_at), Sql(finished_at)) = (row.get(10)?, row.get(11)?, row.get(12)?);
    let (Sql(retry_of), Sql(parent)) = (row.get(13)?, row.get(14)?);
    Ok(ExecutionSummary {
        id,
        workflow,
        workflow_name: row.get(2)?,
        version,
        status,
        reason,
        wake_at,
        trigger,
        priority,
        error: row.get(9)?,
        created_at,
        started_at,
        finished_at,
        retry_of,
        parent,
        parent_step: row.get(15)?,
    })
}

#[cfg(test)]
mod tests;
