use async_trait::async_trait;
use thaiyyal_model::{ApprovalId, ExecutionId, Timestamp, WorkflowId};
use thaiyyal_store::{
    Error,
    approvals::{Approval, ApprovalPage, NewDecision, Recorded},
    signals::Posted,
    tenant::{Approvals, Page, Signals},
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{PostgresTx, page};
use crate::{at::At, columns::Columns};

/// What is read of a question; `$2` is the time.
macro_rules! approval {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.execution_id, e.workflow_id, w.name, a.step, a.signal, a.question, a.created_at, a.expires_at,
                a.closed_at IS NOT NULL OR a.expires_at <= $2 OR e.status NOT IN ('queued', 'waiting') AS is_over, a.decision, a.decided_at
             FROM approvals a
             JOIN executions e ON e.tenant_id = a.tenant_id AND e.id = a.execution_id
             LEFT JOIN workflows w ON w.tenant_id = e.tenant_id AND w.id = e.workflow_id
             WHERE a.tenant_id = $1 ",
            $rest
        )
    };
}

#[async_trait]
impl Approvals for PostgresTx {
    async fn list_approvals(&mut self, wanted: &ApprovalPage) -> Result<Page<Approval, ApprovalId>, Error> {
        let tenant = self.tenant;
        let sql = if wanted.open_only {
            approval!(
                "AND ($3::uuid IS NULL OR a.id < $3) AND ($4::uuid IS NULL OR a.execution_id = $4) AND ($6::text IS NULL OR EXISTS (
                     SELECT FROM jsonb_array_elements_text(convert_from(a.question, 'UTF8')::jsonb -> 'assignees') assignee
                     WHERE lower(assignee) = lower($6)))
                 AND a.decided_at IS NULL AND a.closed_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > $2)
                 AND e.status IN ('queued', 'waiting')
                 ORDER BY a.id DESC LIMIT $5"
            )
        } else {
            approval!(
                "AND ($3::uuid IS NULL OR a.id < $3) AND ($4::uuid IS NULL OR a.execution_id = $4) AND ($6::text IS NULL OR EXISTS (
                     SELECT FROM jsonb_array_elements_text(convert_from(a.question, 'UTF8')::jsonb -> 'assignees') assignee
                     WHERE lower(assignee) = lower($6)))
                 ORDER BY a.id DESC LIMIT $5"
            )
        };
        let parameters: crate::connection::Params<'_> = &[
            &tenant,
            &At(wanted.now),
            &wanted.before.map(ApprovalId::uuid),
            &wanted.execution.map(ExecutionId::uuid),
            &(i64::from(wanted.limit) + 1),
            &wanted.assignee,
        ];
        let rows = self.query(sql, parameters).await?;
        let items = rows.iter().map(approval).collect::<Result<Vec<_>, _>>()?;
        Ok(page(items, wanted.limit, |approval| approval.id))
    }

    async fn find_approval(&mut self, id: ApprovalId, now: Timestamp) -> Result<Option<Approval>, Error> {
        let tenant = self.tenant;
        let row = self.query_one(approval!("AND a.id = $3"), &[&tenant, &At(now), &id.uuid()]).await?;
        row.as_ref().map(approval).transpose()
    }

    /// The update is what decides between two: the second one waits for the first, and then finds the row decided.
    async fn decide_approval(&mut self, decision: &NewDecision, now: Timestamp) -> Result<Recorded, Error> {
        let tenant = self.tenant;
        let decided = self
            .query(
                "UPDATE approvals SET decision = $4, decided_at = $3
                 WHERE tenant_id = $1 AND id = $2 AND decided_at IS NULL AND closed_at IS NULL
                     AND (expires_at IS NULL OR expires_at > $3)
                 RETURNING 1",
                &[&tenant, &decision.approval.uuid(), &At(now), &decision.signal.payload],
            )
            .await?;
        if decided.is_empty() {
            return Ok(match self.find_approval(decision.approval, now).await? {
                None => Recorded::Missing,
                Some(approval) if approval.decision.is_some() => Recorded::Decided,
                Some(_) => Recorded::Over,
            });
        }
        Ok(match self.post_signal(&decision.signal, now).await? {
            Posted::Yes => Recorded::Yes,
            Posted::Ended(_) | Posted::Full | Posted::Missing => Recorded::Over,
        })
    }
}

fn approval(row: &Row) -> Result<Approval, Error> {
    let mut columns = Columns::of("approvals", row);
    Ok(Approval {
        id: ApprovalId::from_uuid(columns.next()?),
        execution: ExecutionId::from_uuid(columns.next()?),
        workflow: columns.next::<Option<Uuid>>()?.map(WorkflowId::from_uuid),
        workflow_name: columns.next()?,
        step: columns.next()?,
        signal: columns.next()?,
        question: columns.next()?,
        created_at: columns.at()?,
        expires_at: columns.at_or_null()?,
        is_over: columns.next::<Option<bool>>()?.unwrap_or(false),
        decision: columns.next()?,
        decided_at: columns.at_or_null()?,
    })
}
