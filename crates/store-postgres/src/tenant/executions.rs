use async_trait::async_trait;
use thaiyyal_model::{DefinitionHash, ExecutionId, ExecutionStatus, Seq, Timestamp, VersionNumber, WorkflowId};
use thaiyyal_store::{
    Error,
    dispatch::Segment,
    tenant::{Cancel, Execution, ExecutionPage, ExecutionSummary, Executions, Page},
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{PostgresTx, page};
use crate::{at::At, columns::Columns};

/// The columns of a summary, in the order in which [`summary`] reads them.
macro_rules! summary_columns {
    () => {
        "e.id, e.workflow_id, w.name, e.version,
         CASE WHEN e.status = 'queued' AND q.state = 'leased' THEN 'running' ELSE e.status END,
         e.reason, e.wake_at, e.trigger, e.priority, e.error, e.created_at, coalesce(e.started_at, q.started_at), e.finished_at,
         e.retry_of, e.parent_id, e.parent_step"
    };
}

macro_rules! summary_tables {
    () => {
        "executions e
         LEFT JOIN run_queue q ON q.execution_id = e.id AND q.tenant_id = e.tenant_id
         LEFT JOIN workflows w ON w.tenant_id = e.tenant_id AND w.id = e.workflow_id"
    };
}

const FIND: &str = concat!(
    "SELECT ",
    summary_columns!(),
    ", e.input, e.output, e.labels, e.definition FROM ",
    summary_tables!(),
    " WHERE e.tenant_id = $1 AND e.id = $2"
);

const JOURNAL: &str = "SELECT first_seq, last_seq, bytes FROM journal
    WHERE tenant_id = $1 AND execution_id = $2 AND last_seq > $3
    ORDER BY first_seq";

fn whole(row: &Row) -> Result<Execution, Error> {
    let mut columns = Columns::of("executions", row);
    Ok(Execution {
        summary: summary(&mut columns)?,
        input: columns.next()?,
        output: columns.next()?,
        labels: columns.next()?,
        definition: DefinitionHash(columns.digest()?),
    })
}

fn segment(row: &Row) -> Result<Segment, Error> {
    let mut columns = Columns::of("journal", row);
    Ok(Segment {
        first: Seq(columns.next::<i64>()?.unsigned_abs()),
        last: Seq(columns.next::<i64>()?.unsigned_abs()),
        bytes: columns.next()?,
    })
}

#[async_trait]
impl Executions for PostgresTx {
    async fn find_execution(&mut self, id: ExecutionId) -> Result<Option<Execution>, Error> {
        let tenant = self.tenant;
        self.query_one(FIND, &[&tenant, &id.uuid()]).await?.map(|row| whole(&row)).transpose()
    }

    async fn recorded(&mut self, id: ExecutionId, after: Seq) -> Result<Option<(Execution, Vec<Segment>)>, Error> {
        // Planning either statement for its values takes longer than running it, and there is only one good plan.
        self.plan_once();
        let (tenant, id, after) = (self.tenant, id.uuid(), i64::try_from(after.0).unwrap_or(i64::MAX));
        let [found, segments] = self.queries([(FIND, &[&tenant, &id]), (JOURNAL, &[&tenant, &id, &after])]).await?;
        let Some(row) = found.first() else { return Ok(None) };
        Ok(Some((whole(row)?, segments.iter().map(segment).collect::<Result<_, _>>()?)))
    }

    async fn list_executions(&mut self, wanted: &ExecutionPage) -> Result<Page<ExecutionSummary, ExecutionId>, Error> {
        let tenant = self.tenant;
        let rows = self
            .query(
                concat!(
                    "SELECT ",
                    summary_columns!(),
                    " FROM ",
                    summary_tables!(),
                    " WHERE e.tenant_id = $1
                          AND ($2::uuid IS NULL OR e.id < $2)
                          AND ($3::uuid IS NULL OR e.workflow_id = $3)
                          AND ($4::text IS NULL
                              OR CASE WHEN e.status = 'queued' AND q.state = 'leased' THEN 'running' ELSE e.status END = $4)
                          AND ($5::text IS NULL OR e.trigger = $5)
                          AND ($6::timestamptz IS NULL OR e.created_at >= $6)
                          AND ($7::timestamptz IS NULL OR e.created_at < $7)
                          AND ($11::uuid IS NULL OR e.parent_id = $11)
                          AND ($9::text IS NULL OR strpos(lower(w.name), lower($9)) > 0
                              OR starts_with(replace(e.id::text, '-', ''), $10))
                      ORDER BY e.id DESC
                      LIMIT $8"
                ),
                &[
                    &tenant,
                    &wanted.before.map(ExecutionId::uuid),
                    &wanted.workflow.map(WorkflowId::uuid),
                    &wanted.status.map(ExecutionStatus::as_str),
                    &wanted.trigger.map(thaiyyal_model::Trigger::as_str),
                    &wanted.since.map(At),
                    &wanted.until.map(At),
                    &(i64::from(wanted.limit) + 1),
                    &wanted.text,
                    &wanted.id_prefix(),
                    &wanted.parent.map(ExecutionId::uuid),
                ],
            )
            .await?;
        let items = rows.iter().map(|row| summary(&mut Columns::of("executions", row))).collect::<Result<Vec<_>, _>>()?;
        Ok(page(items, wanted.limit, |execution| execution.id))
    }

    async fn journal(&mut self, id: ExecutionId, after: Seq) -> Result<Vec<Segment>, Error> {
        let tenant = self.tenant;
        let after = i64::try_from(after.0).unwrap_or(i64::MAX);
        let rows = self.query(JOURNAL, &[&tenant, &id.uuid(), &after]).await?;
        rows.iter().map(segment).collect()
    }

    async fn cancel_execution(&mut self, id: ExecutionId, now: Timestamp) -> Result<Cancel, Error> {
        // Each step is guarded, since workers move on meanwhile; one that fails means the execution is elsewhere now, so look again.
        for _ in 0..ATTEMPTS {
            let standing = match self.standing(id).await? {
                None => return Ok(Cancel::Missing),
                Some((status, _)) if status.is_terminal() => return Ok(Cancel::AlreadyEnded(status)),
                Some((_, standing)) => standing,
            };
            let answer = match standing {
                Standing::Leased => self.request_cancel(id, now).await?.then_some(Cancel::Requested),
                Standing::Ready => self.cancel_ready(id, now).await?.then_some(Cancel::Cancelled),
                Standing::Off => self.cancel_off_queue(id, now).await?.then_some(Cancel::Cancelled),
            };
            if let Some(answer) = answer {
                if answer == Cancel::Cancelled {
                    self.settle_family(id).await?;
                }
                return Ok(answer);
            }
        }
        Err(Error::Unavailable("the execution kept moving while it was being cancelled".into()))
    }
}

/// How often a cancel looks again.
const ATTEMPTS: u32 = 20;

/// Where an unfinished execution is.
enum Standing {
    Leased,
    Ready,
    /// Not in the queue: it waits.
    Off,
}

impl PostgresTx {
    async fn standing(&mut self, id: ExecutionId) -> Result<Option<(ExecutionStatus, Standing)>, Error> {
        let tenant = self.tenant;
        let row = self
            .query_one(
                "SELECT e.status, q.state
                 FROM executions e LEFT JOIN run_queue q ON q.execution_id = e.id AND q.tenant_id = e.tenant_id
                 WHERE e.tenant_id = $1 AND e.id = $2",
                &[&tenant, &id.uuid()],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let mut columns = Columns::of("executions", &row);
        let status = columns.word()?;
        let standing = match columns.next::<Option<&str>>()? {
            Some("leased") => Standing::Leased,
            Some(_) => Standing::Ready,
            None => Standing::Off,
        };
        Ok(Some((status, standing)))
    }

    /// Tells the worker that holds it, through its next heartbeat or write.
    async fn request_cancel(&mut self, id: ExecutionId, now: Timestamp) -> Result<bool, Error> {
        let tenant = self.tenant;
        let rows = self
            .query(
                "UPDATE run_queue SET cancel_requested_at = coalesce(cancel_requested_at, $3)
                 WHERE tenant_id = $1 AND execution_id = $2 AND state = 'leased'
                 RETURNING 1",
                &[&tenant, &id.uuid(), &At(now)],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn cancel_ready(&mut self, id: ExecutionId, now: Timestamp) -> Result<bool, Error> {
        let tenant = self.tenant;
        let rows = self
            .query(
                "WITH gone AS (
                     DELETE FROM run_queue WHERE tenant_id = $1 AND execution_id = $2 AND state = 'ready'
                     RETURNING epoch, started_at, crash_count
                 )
                 UPDATE executions e
                 SET status = 'cancelled', finished_at = $3, epoch = g.epoch, started_at = g.started_at, crash_count = g.crash_count,
                     reason = NULL, wake_at = NULL
                 FROM gone g
                 WHERE e.tenant_id = $1 AND e.id = $2 AND e.status IN ('queued', 'waiting')
                 RETURNING 1",
                &[&tenant, &id.uuid(), &At(now)],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    /// Tells whoever waits for an execution that was cancelled, and abandons what it waited for.
    async fn settle_family(&mut self, id: ExecutionId) -> Result<(), Error> {
        let tenant = self.tenant;
        self.query(
            r#"WITH reported AS (
                 DELETE FROM children WHERE tenant_id = $1 AND child_id = $2 RETURNING child_id, parent_id, is_abandoned
             ), told AS (
                 INSERT INTO signals (tenant_id, execution_id, name, payload)
                 SELECT $1, r.parent_id, 'child:' || r.child_id, '{"status":"cancelled","output":null,"error":null}'
                 FROM reported r WHERE NOT r.is_abandoned
             )
             UPDATE children c SET is_abandoned = true
             FROM (
                 SELECT child_id FROM children WHERE tenant_id = $1 AND parent_id = $2 AND NOT is_abandoned
                     AND (SELECT count(*) FROM reported) >= 0
                 FOR UPDATE SKIP LOCKED
             ) l
             WHERE c.tenant_id = $1 AND c.child_id = l.child_id"#,
            &[&tenant, &id.uuid()],
        )
        .await
        .map(drop)
    }

    /// Its timer goes too, unless it is firing right now: then the scheduler drops it.
    async fn cancel_off_queue(&mut self, id: ExecutionId, now: Timestamp) -> Result<bool, Error> {
        let tenant = self.tenant;
        let row = self
            .query_one(
                "UPDATE executions e SET status = 'cancelled', finished_at = $3, reason = NULL, wake_at = NULL
                 FROM (SELECT wake_at FROM executions WHERE tenant_id = $1 AND id = $2) before
                 WHERE e.tenant_id = $1 AND e.id = $2 AND e.status IN ('queued', 'waiting')
                     AND e.wake_at IS NOT DISTINCT FROM before.wake_at
                     AND NOT EXISTS (SELECT FROM run_queue q WHERE q.tenant_id = $1 AND q.execution_id = $2)
                 RETURNING before.wake_at",
                &[&tenant, &id.uuid(), &At(now)],
            )
            .await?;
        let Some(row) = row else { return Ok(false) };
        if let Some(due) = Columns::of("executions", &row).at_or_null()? {
            self.query(
                "DELETE FROM timers WHERE tenant_id = $1 AND due_at = $2 AND execution_id IN (
                     SELECT execution_id FROM timers WHERE tenant_id = $1 AND due_at = $2 AND execution_id = $3 FOR UPDATE SKIP LOCKED
                 )",
                &[&tenant, &At(due), &id.uuid()],
            )
            .await?;
        }
        Ok(true)
    }
}

fn summary(columns: &mut Columns<'_>) -> Result<ExecutionSummary, Error> {
    Ok(ExecutionSummary {
        id: ExecutionId::from_uuid(columns.next()?),
        workflow: columns.next::<Option<Uuid>>()?.map(WorkflowId::from_uuid),
        workflow_name: columns.next()?,
        version: columns.next::<Option<i32>>()?.map(VersionNumber),
        status: columns.word()?,
        reason: columns.word_or_null()?,
        wake_at: columns.at_or_null()?,
        trigger: columns.word()?,
        priority: columns.word()?,
        error: columns.next()?,
        created_at: columns.at()?,
        started_at: columns.at_or_null()?,
        finished_at: columns.at_or_null()?,
        retry_of: columns.next::<Option<Uuid>>()?.map(ExecutionId::from_uuid),
        parent: columns.next::<Option<Uuid>>()?.map(ExecutionId::from_uuid),
        parent_step: columns.next()?,
    })
}
