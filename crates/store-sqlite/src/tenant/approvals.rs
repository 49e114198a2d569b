use rusqlite::{Row, ToSql};
use thaiyyal_model::{ApprovalId, Timestamp};
use thaiyyal_store::{
    Error,
    approvals::{Approval, ApprovalPage, NewDecision, Recorded},
    signals::Posted,
    tenant::Page,
};

use super::signals;
use crate::{scoped::Scoped, sql::Sql};

/// What is read of a question; `?2` is the time.
const APPROVAL: &str = "SELECT a.id, a.execution_id, e.workflow_id, w.name, a.step, a.signal, a.question, a.created_at, a.expires_at,
        a.closed_at IS NOT NULL OR coalesce(a.expires_at <= ?2, 0) OR e.status NOT IN ('queued', 'waiting'), a.decision, a.decided_at
    FROM approvals a
    JOIN executions e ON e.tenant_id = a.tenant_id AND e.id = a.execution_id
    LEFT JOIN workflows w ON w.tenant_id = e.tenant_id AND w.id = e.workflow_id
    WHERE a.tenant_id = ?1";

const OPEN: &str = " AND a.decided_at IS NULL AND a.closed_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > ?2)
    AND e.status IN ('queued', 'waiting')";

pub(super) fn list(scoped: Scoped<'_>, page: &ApprovalPage) -> Result<Page<Approval, ApprovalId>, Error> {
    let mut sql = APPROVAL.to_owned();
    let mut parameters: Vec<Box<dyn ToSql>> = vec![Box::new(Sql(page.now))];
    if page.open_only {
        sql.push_str(OPEN);
    }
    let mut narrow = |condition: &str, parameter: Box<dyn ToSql>| {
        parameters.push(parameter);
        sql.push_str(&condition.replace("{}", &format!("?{}", parameters.len() + 1)));
    };
    if let Some(before) = page.before {
        narrow(" AND a.id < {}", Box::new(Sql(before)));
    }
    if let Some(execution) = page.execution {
        narrow(" AND a.execution_id = {}", Box::new(Sql(execution)));
    }
    if let Some(assignee) = &page.assignee {
        // What is asked is a blob of JSON text, and a blob would be taken for the binary kind of JSON.
        narrow(
            " AND EXISTS (SELECT 1 FROM json_each(CAST(a.question AS TEXT), '$.assignees') WHERE lower(value) = lower({}))",
            Box::new(assignee.clone()),
        );
    }
    narrow(" ORDER BY a.id DESC LIMIT {}", Box::new(page.limit.saturating_add(1)));
    let parameters: Vec<&dyn ToSql> = parameters.iter().map(|parameter| &**parameter).collect();
    let items = scoped.list(&sql, &parameters, approval)?;
    Ok(super::page(items, page.limit, |item| item.id))
}

pub(super) fn find(scoped: Scoped<'_>, id: ApprovalId, now: Timestamp) -> Result<Option<Approval>, Error> {
    scoped.find(&format!("{APPROVAL} AND a.id = ?3"), &[&Sql(now), &Sql(id)], approval)
}

pub(super) fn decide(scoped: Scoped<'_>, decision: &NewDecision, now: Timestamp) -> Result<Recorded, Error> {
    let sql = "UPDATE approvals SET decision = ?4, decided_at = ?3
        WHERE tenant_id = ?1 AND id = ?2 AND decided_at IS NULL AND closed_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)";
    if scoped.execute(sql, &[&Sql(decision.approval), &Sql(now), &decision.signal.payload])? == 0 {
        return Ok(match find(scoped, decision.approval, now)? {
            None => Recorded::Missing,
            Some(approval) if approval.decision.is_some() => Recorded::Decided,
            Some(_) => Recorded::Over,
        });
    }
    Ok(match signals::post(scoped, &decision.signal, now)? {
        Posted::Yes => Recorded::Yes,
        Posted::Ended(_) | Posted::Full | Posted::Missing => Recorded::Over,
    })
}

fn approval(row: &Row<'_>) -> rusqlite::Result<Approval> {
    let (Sql(id), Sql(execution), Sql(workflow)) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (Sql(created_at), Sql(expires_at), Sql(decided_at)) = (row.get(7)?, row.get(8)?, row.get(11)?);
    Ok(Approval {
        id,
        execution,
        workflow,
        workflow_name: row.get(3)?,
        step: row.get(4)?,
        signal: row.get(5)?,
        question: row.get(6)?,
        created_at,
        expires_at,
        is_over: row.get(9)?,
        decision: row.get(10)?,
        decided_at,
    })
}
