use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, Row, params};
use thaiyyal_model::{Epoch, ExecutionId, TenantId, TenantScope, Timestamp, WorkerId};
use thaiyyal_store::{
    dispatch::{Claimed, Segment},
    signals::Inbox,
};

use super::signals;
use crate::sql::Sql;

pub(super) fn claim(connection: &Connection, now: Timestamp, worker: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>> {
    if !connection.prepare_cached("SELECT 1 FROM workers WHERE id = ?1")?.exists(params![Sql(worker)])? {
        return Ok(Vec::new());
    }
    let mut claiming = Claiming::prepare(connection)?;
    let mut claimed = Vec::with_capacity(executions.len());
    for execution in executions {
        claimed.extend(claiming.claim(now, worker, *execution)?);
    }
    Ok(claimed)
}

/// The statements of a batch.
struct Claiming<'c> {
    look: CachedStatement<'c>,
    lease: CachedStatement<'c>,
    journal: CachedStatement<'c>,
    inboxes: signals::Reading<'c>,
}

impl<'c> Claiming<'c> {
    fn prepare(connection: &'c Connection) -> Result<Self> {
        let [look, lease, journal] = [LOOK, LEASE, JOURNAL].map(|sql| connection.prepare_cached(sql));
        Ok(Self { look: look?, lease: lease?, journal: journal?, inboxes: signals::Reading::prepare(connection)? })
    }

    /// Looks, then leases: nobody else writes in between.
    fn claim(&mut self, now: Timestamp, worker: WorkerId, execution: ExecutionId) -> Result<Option<Claimed>> {
        let ready = self.look.query_row(params![Sql(execution), Sql(now)], |row| read(row, execution)).optional()?;
        let Some(mut claimed) = ready else { return Ok(None) };
        claimed.epoch = Epoch(claimed.epoch.0 + 1);
        self.lease.execute(params![Sql(execution), Sql(worker), Sql(claimed.epoch), Sql(claimed.started_at)])?;
        // The first claim finds no journal.
        if claimed.epoch > Epoch(1) {
            let segments = self.journal.query_map(params![Sql(claimed.scope.tenant()), Sql(execution)], segment)?;
            claimed.journal = segments.collect::<Result<_>>()?;
        }
        if claimed.inbox.seen > 0 {
            claimed.inbox = self.inboxes.inbox(claimed.scope.tenant(), execution)?;
        }
        Ok(Some(claimed))
    }
}

const LOOK: &str = "SELECT q.tenant_id, q.epoch, coalesce(q.started_at, ?2), q.crash_count, q.cancel_requested_at IS NOT NULL,
        e.workflow_id, e.version, e.definition, e.trigger, e.priority, e.input, e.created_at, e.deadline, e.trace, e.signalled,
        e.parent_id, e.depth, (SELECT t.limits FROM tenants n JOIN tiers t ON t.name = n.tier WHERE n.tenant_id = q.tenant_id)
    FROM run_queue q JOIN executions e ON e.tenant_id = q.tenant_id AND e.id = q.execution_id
    WHERE q.execution_id = ?1 AND q.state = 'ready' AND q.available_at <= ?2";

const LEASE: &str = "UPDATE run_queue SET state = 'leased', worker_id = ?2, epoch = ?3, started_at = ?4 WHERE execution_id = ?1";

const JOURNAL: &str = "SELECT first_seq, last_seq, bytes FROM journal WHERE tenant_id = ?1 AND execution_id = ?2 ORDER BY first_seq";

fn read(row: &Row<'_>, execution: ExecutionId) -> Result<Claimed> {
    let (Sql(tenant), Sql(epoch), Sql(started_at)) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (Sql(workflow), Sql(version), Sql(definition)) = (row.get(5)?, row.get(6)?, row.get(7)?);
    let (Sql(trigger), Sql(priority)) = (row.get(8)?, row.get(9)?);
    let (Sql(created_at), Sql(deadline)) = (row.get(11)?, row.get(12)?);
    let (Sql(parent), Sql(limits)) = (row.get(15)?, row.get(17)?);
    Ok(Claimed {
        scope: scope(tenant),
        execution,
        epoch,
        workflow,
        version,
        definition,
        trigger,
        priority,
        input: row.get(10)?,
        created_at,
        started_at,
        deadline,
        cancel_requested: row.get(4)?,
        crashes: row.get(3)?,
        journal: Vec::new(),
        inbox: Inbox { seen: row.get(14)?, signals: Vec::new() },
        trace: row.get(13)?,
        parent,
        depth: row.get(16)?,
        limits,
    })
}

fn segment(row: &Row<'_>) -> Result<Segment> {
    let (Sql(first), Sql(last)) = (row.get(0)?, row.get(1)?);
    Ok(Segment { first, last, bytes: row.get(2)? })
}

#[expect(clippy::disallowed_methods, reason = "the claim: the tenant comes from the queue row that is leased")]
fn scope(tenant: TenantId) -> TenantScope {
    TenantScope::assume(tenant)
}
