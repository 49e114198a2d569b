use std::collections::{HashMap, HashSet};

use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};
use thaiyyal_model::{Clock, DefinitionHash, ExecutionStatus, Reason, RequestHash, Shard, TenantId, Timestamp, VersionNumber, WorkflowId};
use thaiyyal_store::dispatch::{Accept, Accepted, AcceptedBatch, Idempotency, NewExecution, Target};

use super::{children, outbox, queue, wake, windows};
use crate::sql::{KEY_LIFE, Sql, before};

pub(super) fn accept(connection: &Connection, clock: &dyn Clock, batch: &[NewExecution]) -> Result<AcceptedBatch> {
    let now = clock.now();
    let mut targets = Targets { connection, workflows: HashMap::new() };
    let mut recording = Recording::prepare(connection, now)?;
    let mut outcomes = Vec::with_capacity(batch.len());
    for new in batch {
        let outcome = match first_answer(connection, new)? {
            _ if !children::may_start(connection, new)? => Accept::Fenced,
            Some(answer) => answer,
            None => match targets.resolve(new.scope.tenant(), &new.target)? {
                Ok(resolved) => recording.record(new, resolved)?,
                Err(refusal) => refusal,
            },
        };
        outcomes.push(outcome);
    }
    Ok(AcceptedBatch { outcomes, hints: recording.mail.post(connection, clock)? })
}

/// What the request got when it was made before, within the life of its key.
fn first_answer(connection: &Connection, new: &NewExecution) -> Result<Option<Accept>> {
    if new.parent.is_some()
        && let Some(accepted) = children::there(connection, new)?
    {
        return Ok(Some(Accept::Replayed(accepted)));
    }
    let Some(Idempotency { key, route, request }) = &new.idempotency else { return Ok(None) };
    let sql = "SELECT request, execution_id, workflow_id, version FROM idempotency_keys
        WHERE tenant_id = ?1 AND route = ?2 AND key = ?3 AND created_at > ?4";
    let oldest = Sql(before(new.created_at, KEY_LIFE));
    connection
        .prepare_cached(sql)?
        .query_row(params![Sql(new.scope.tenant()), route, key.as_str(), oldest], |row| {
            let Sql(first): Sql<RequestHash> = row.get(0)?;
            let execution: Option<Sql<_>> = row.get(1)?;
            Ok(match execution {
                Some(Sql(execution)) if first == *request => {
                    let (Sql(workflow), Sql(version)) = (row.get(2)?, row.get(3)?);
                    Accept::Replayed(Accepted { execution, workflow, version })
                }
                _ => Accept::Mismatch,
            })
        })
        .optional()
}

/// The statements of a batch, and the hints it leads to.
struct Recording<'c> {
    connection: &'c Connection,
    now: Timestamp,
    insert: CachedStatement<'c>,
    enqueue: queue::Enqueue<'c>,
    mail: outbox::Mail,
    /// Whose executions wait for their turn.
    closed: HashSet<TenantId>,
}

impl<'c> Recording<'c> {
    fn prepare(connection: &'c Connection, now: Timestamp) -> Result<Self> {
        let insert = connection.prepare_cached(INSERT)?;
        let closed = windows::closed(connection)?.into_iter().collect();
        Ok(Self { connection, now, insert, enqueue: queue::Enqueue::prepare(connection)?, mail: outbox::Mail::default(), closed })
    }

    fn record(&mut self, new: &NewExecution, target: Resolved) -> Result<Accept> {
        let tenant = new.scope.tenant();
        let starts_later = new.start_at.filter(|start| *start > self.now && new.parent.is_none());
        let (status, reason) = match starts_later {
            Some(_) => (ExecutionStatus::Waiting, Some(Reason::Timer)),
            None => (ExecutionStatus::Queued, None),
        };
        self.insert.execute(params![
            Sql(tenant),
            Sql(new.id),
            Sql(target.workflow),
            Sql(target.definition),
            Sql(target.version),
            Sql(status),
            Sql(reason),
            Sql(new.trigger),
            Sql(new.priority),
            Sql(new.created_at),
            Sql(new.deadline),
            Sql(starts_later),
            new.concurrency_key,
            new.trace,
            new.labels,
            new.input,
            new.parent.as_ref().map(|parent| Sql(parent.lease.execution)),
            new.parent.as_ref().map(|parent| parent.step.as_str()),
            new.parent.as_ref().map_or(0, |parent| parent.depth),
        ])?;
        if let Some(parent) = new.parent.as_ref().filter(|parent| parent.waits) {
            children::wait_for(self.connection, new, parent)?;
        }
        if let Some(start) = starts_later {
            wake::set_timer(self.connection, tenant, new.id, start)?;
        } else {
            let shard = Shard::of(tenant, new.id);
            let row = queue::Row::first(tenant, new.id, shard, new.priority, self.now);
            if self.closed.contains(&tenant) {
                self.enqueue.row(&queue::Row { hinted_at: None, ..row })?;
            } else {
                self.enqueue.row(&row)?;
                self.mail.add(shard, new.priority, new.id);
            }
        }
        let accepted = Accepted { execution: new.id, workflow: target.workflow, version: target.version };
        remember(self.connection, new, &accepted)?;
        Ok(Accept::New(accepted))
    }
}

const INSERT: &str =
    "INSERT INTO executions (tenant_id, id, workflow_id, definition, version, status, reason, trigger, priority, created_at,
        deadline, wake_at, concurrency_key, trace, labels, input, parent_id, parent_step, depth)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

fn remember(connection: &Connection, new: &NewExecution, accepted: &Accepted) -> Result<()> {
    let Some(Idempotency { key, route, request }) = &new.idempotency else { return Ok(()) };
    // A row that is still there has outlived its time.
    let sql = "INSERT OR REPLACE INTO idempotency_keys (tenant_id, route, key, request, created_at, execution_id, workflow_id, version)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        Sql(new.scope.tenant()),
        route,
        key.as_str(),
        Sql(*request),
        Sql(new.created_at),
        Sql(accepted.execution),
        Sql(accepted.workflow),
        Sql(accepted.version),
    ])?;
    Ok(())
}

/// What a target stands for.
#[derive(Clone, Copy)]
struct Resolved {
    workflow: Option<WorkflowId>,
    version: Option<VersionNumber>,
    definition: DefinitionHash,
}

/// Looks targets up, each workflow once per batch.
struct Targets<'c> {
    connection: &'c Connection,
    workflows: HashMap<(TenantId, WorkflowId), Option<Workflow>>,
}

#[derive(Clone, Copy)]
struct Workflow {
    draft: DefinitionHash,
    latest: Option<(VersionNumber, DefinitionHash)>,
}

impl Targets<'_> {
    fn resolve(&mut self, tenant: TenantId, target: &Target) -> Result<Result<Resolved, Accept>> {
        Ok(match target {
            Target::Published(workflow) => self.workflow(tenant, *workflow)?.ok_or(Accept::UnknownWorkflow).and_then(|found| {
                let (version, definition) = found.latest.ok_or(Accept::NotPublished)?;
                Ok(Resolved { workflow: Some(*workflow), version: Some(version), definition })
            }),
            Target::Draft(workflow) => self.workflow(tenant, *workflow)?.ok_or(Accept::UnknownWorkflow).map(|found| Resolved {
                workflow: Some(*workflow),
                version: None,
                definition: found.draft,
            }),
            Target::Version(workflow, version) => match self.workflow(tenant, *workflow)? {
                None => Err(Accept::UnknownWorkflow),
                Some(_) => self.version(tenant, *workflow, *version)?.ok_or(Accept::UnknownVersion).map(|definition| Resolved {
                    workflow: Some(*workflow),
                    version: Some(*version),
                    definition,
                }),
            },
            Target::Inline { hash, text } => {
                let sql = "INSERT INTO definitions (tenant_id, hash, text) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
                self.connection.prepare_cached(sql)?.execute(params![Sql(tenant), Sql(*hash), text])?;
                Ok(Resolved { workflow: None, version: None, definition: *hash })
            }
        })
    }

    fn workflow(&mut self, tenant: TenantId, id: WorkflowId) -> Result<Option<Workflow>> {
        if let Some(found) = self.workflows.get(&(tenant, id)) {
            return Ok(*found);
        }
        let sql = "SELECT draft_hash, version, version_hash FROM workflows WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL";
        let found = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![Sql(tenant), Sql(id)], |row| {
                let (Sql(draft), Sql(version), Sql(hash)): (_, Sql<Option<_>>, Sql<Option<_>>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(Workflow { draft, latest: version.zip(hash) })
            })
            .optional()?;
        self.workflows.insert((tenant, id), found);
        Ok(found)
    }

    fn version(&self, tenant: TenantId, workflow: WorkflowId, number: VersionNumber) -> Result<Option<DefinitionHash>> {
        let sql = "SELECT hash FROM versions WHERE tenant_id = ?1 AND workflow_id = ?2 AND number = ?3";
        let hash = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![Sql(tenant), Sql(workflow), Sql(number)], |row| row.get(0))
            .optional()?;
        Ok(hash.map(|Sql(hash)| hash))
    }
}
