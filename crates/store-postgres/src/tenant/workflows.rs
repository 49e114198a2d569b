use async_trait::async_trait;
use thaiyyal_model::{DefinitionHash, Timestamp, UserId, VersionNumber, WorkflowId};
use thaiyyal_store::{
    Error,
    tenant::{Changed, NewWorkflow, Page, Version, Workflow, WorkflowChange, WorkflowPage, WorkflowSummary, Workflows},
};
use tokio_postgres::Row;

use super::{PostgresTx, page};
use crate::{at::At, columns::Columns};

#[async_trait]
impl Workflows for PostgresTx {
    async fn create_workflow(&mut self, new: &NewWorkflow) -> Result<Workflow, Error> {
        let tenant = self.tenant;
        self.store_definition(new.hash, &new.definition).await?;
        let row = self
            .query_one(
                "INSERT INTO workflows (
                     tenant_id, id, name, description, tags, revision, draft_hash, version, version_hash, created_by, created_at, updated_at
                 )
                 VALUES (
                     $1, $2, $3, $4, $5, 1, $6, CASE WHEN $7::boolean THEN 1 END, CASE WHEN $7::boolean THEN $6::bytea END, $8, $9, $9
                 )
                 RETURNING id, name, description, tags, revision, draft_hash, version, version_hash, created_at, updated_at",
                &[
                    &tenant,
                    &new.id.uuid(),
                    &new.name,
                    &new.description,
                    &new.tags,
                    &new.hash.0.as_slice(),
                    &new.publish,
                    &new.by.uuid(),
                    &At(new.now),
                ],
            )
            .await?;
        if new.publish {
            self.store_version(new.id, &Published { number: VersionNumber(1), hash: new.hash, by: new.by, now: new.now }).await?;
        }
        let row = row.ok_or_else(|| Error::Internal("an insert answered no row".into()))?;
        Ok(Workflow { summary: summary(&row)?, definition: new.definition.clone() })
    }

    async fn find_workflow(&mut self, id: WorkflowId) -> Result<Option<Workflow>, Error> {
        let tenant = self.tenant;
        let row = self
            .query_one(
                "SELECT w.id, w.name, w.description, w.tags, w.revision, w.draft_hash, w.version, w.version_hash, w.created_at, w.updated_at,
                     d.text
                 FROM workflows w JOIN definitions d ON d.tenant_id = w.tenant_id AND d.hash = w.draft_hash
                 WHERE w.tenant_id = $1 AND w.id = $2 AND w.deleted_at IS NULL",
                &[&tenant, &id.uuid()],
            )
            .await?;
        row.map(|row| workflow(&row)).transpose()
    }

    async fn find_workflows_named(&mut self, name: &str) -> Result<Vec<WorkflowId>, Error> {
        let tenant = self.tenant;
        // No stored text can contain this character, and the server refuses it in a parameter.
        if name.contains('\0') {
            return Ok(Vec::new());
        }
        let sql = "SELECT id FROM workflows WHERE tenant_id = $1 AND name = $2 AND name <> '' AND deleted_at IS NULL ORDER BY id LIMIT 2";
        let rows = self.query(sql, &[&tenant, &name]).await?;
        rows.iter().map(|row| Columns::of("workflows", row).next().map(WorkflowId::from_uuid)).collect()
    }

    async fn list_workflows(&mut self, wanted: &WorkflowPage) -> Result<Page<WorkflowSummary, WorkflowId>, Error> {
        let tenant = self.tenant;
        // No stored text can contain this character, and the server refuses it in a parameter.
        if [&wanted.search, &wanted.tag].into_iter().flatten().any(|text| text.contains('\0')) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let rows = self
            .query(
                "SELECT id, name, description, tags, revision, draft_hash, version, version_hash, created_at, updated_at
                 FROM workflows
                 WHERE tenant_id = $1 AND deleted_at IS NULL
                     AND ($2::uuid IS NULL OR id < $2)
                     AND ($3::text IS NULL OR strpos(lower(name), lower($3)) > 0 OR strpos(lower(description), lower($3)) > 0)
                     AND ($4::text IS NULL OR $4 = ANY (tags))
                 ORDER BY id DESC
                 LIMIT $5",
                &[&tenant, &wanted.before.map(WorkflowId::uuid), &wanted.search, &wanted.tag, &(i64::from(wanted.limit) + 1)],
            )
            .await?;
        let items = rows.iter().map(summary).collect::<Result<Vec<_>, _>>()?;
        Ok(page(items, wanted.limit, |workflow| workflow.id))
    }

    async fn update_workflow(&mut self, change: &WorkflowChange) -> Result<Changed<Workflow>, Error> {
        let tenant = self.tenant;
        let found = self
            .query_one(
                "SELECT revision, version, version_hash FROM workflows WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
                &[&tenant, &change.id.uuid()],
            )
            .await?;
        let Some(row) = found else { return Ok(Changed::Missing) };
        let mut columns = Columns::of("workflows", &row);
        let revision: i64 = columns.next()?;
        let version: Option<i32> = columns.next()?;
        let version_hash = columns.hash_or_null()?;
        if change.expected.is_some_and(|expected| expected != revision) {
            return Ok(Changed::Stale(revision));
        }
        self.store_definition(change.hash, &change.definition).await?;
        let publish = change.publish && version_hash != Some(change.hash);
        let number = VersionNumber(version.unwrap_or(0) + 1);
        let row = self
            .query_one(
                "UPDATE workflows
                 SET name = $3, description = $4, tags = $5, revision = revision + 1, draft_hash = $6, updated_at = $7,
                     version = CASE WHEN $8::boolean THEN $9::int4 ELSE version END,
                     version_hash = CASE WHEN $8::boolean THEN $6::bytea ELSE version_hash END
                 WHERE tenant_id = $1 AND id = $2
                 RETURNING id, name, description, tags, revision, draft_hash, version, version_hash, created_at, updated_at",
                &[
                    &tenant,
                    &change.id.uuid(),
                    &change.name,
                    &change.description,
                    &change.tags,
                    &change.hash.0.as_slice(),
                    &At(change.now),
                    &publish,
                    &number.0,
                ],
            )
            .await?;
        if publish {
            self.store_version(change.id, &Published { number, hash: change.hash, by: change.by, now: change.now }).await?;
        }
        let row = row.ok_or_else(|| Error::Internal("an update of a locked row answered no row".into()))?;
        Ok(Changed::Yes(Workflow { summary: summary(&row)?, definition: change.definition.clone() }))
    }

    async fn delete_workflow(&mut self, id: WorkflowId, expected: Option<i64>, now: Timestamp) -> Result<Changed<()>, Error> {
        let tenant = self.tenant;
        let found = self
            .query_one(
                "SELECT revision FROM workflows WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
                &[&tenant, &id.uuid()],
            )
            .await?;
        let Some(row) = found else { return Ok(Changed::Missing) };
        let revision: i64 = Columns::of("workflows", &row).next()?;
        if expected.is_some_and(|expected| expected != revision) {
            return Ok(Changed::Stale(revision));
        }
        self.query(
            "UPDATE workflows SET deleted_at = $3, updated_at = $3, revision = revision + 1 WHERE tenant_id = $1 AND id = $2",
            &[&tenant, &id.uuid(), &At(now)],
        )
        .await?;
        Ok(Changed::Yes(()))
    }

    async fn list_versions(
        &mut self,
        id: WorkflowId,
        limit: u32,
        before: Option<VersionNumber>,
    ) -> Result<Page<Version, VersionNumber>, Error> {
        let tenant = self.tenant;
        let rows = self
            .query(
                "SELECT v.number, v.hash, ''::bytea, v.created_at, v.created_by
                 FROM versions v JOIN workflows w ON w.tenant_id = v.tenant_id AND w.id = v.workflow_id AND w.deleted_at IS NULL
                 WHERE v.tenant_id = $1 AND v.workflow_id = $2 AND ($3::int4 IS NULL OR v.number < $3)
                 ORDER BY v.number DESC
                 LIMIT $4",
                &[&tenant, &id.uuid(), &before.map(|number| number.0), &(i64::from(limit) + 1)],
            )
            .await?;
        let items = rows.iter().map(version).collect::<Result<Vec<_>, _>>()?;
        Ok(page(items, limit, |version| version.number))
    }

    async fn find_version(&mut self, id: WorkflowId, number: VersionNumber) -> Result<Option<Version>, Error> {
        let tenant = self.tenant;
        let row = self
            .query_one(
                "SELECT v.number, v.hash, d.text, v.created_at, v.created_by
                 FROM versions v
                 JOIN workflows w ON w.tenant_id = v.tenant_id AND w.id = v.workflow_id AND w.deleted_at IS NULL
                 JOIN definitions d ON d.tenant_id = v.tenant_id AND d.hash = v.hash
                 WHERE v.tenant_id = $1 AND v.workflow_id = $2 AND v.number = $3",
                &[&tenant, &id.uuid(), &number.0],
            )
            .await?;
        row.map(|row| version(&row)).transpose()
    }

    async fn find_definition(&mut self, hash: DefinitionHash) -> Result<Option<Vec<u8>>, Error> {
        let tenant = self.tenant;
        let row = self.query_one("SELECT text FROM definitions WHERE tenant_id = $1 AND hash = $2", &[&tenant, &hash.0.as_slice()]).await?;
        row.map(|row| Columns::of("definitions", &row).next()).transpose()
    }
}

impl PostgresTx {
    async fn store_definition(&mut self, hash: DefinitionHash, text: &[u8]) -> Result<(), Error> {
        let tenant = self.tenant;
        self.query(
            "INSERT INTO definitions (tenant_id, hash, text) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, hash) DO NOTHING",
            &[&tenant, &hash.0.as_slice(), &text],
        )
        .await?;
        Ok(())
    }

    async fn store_version(&mut self, id: WorkflowId, version: &Published) -> Result<(), Error> {
        let tenant = self.tenant;
        self.query(
            "INSERT INTO versions (tenant_id, workflow_id, number, hash, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            &[&tenant, &id.uuid(), &version.number.0, &version.hash.0.as_slice(), &version.by.uuid(), &At(version.now)],
        )
        .await?;
        Ok(())
    }
}

/// A version to store.
struct Published {
    number: VersionNumber,
    hash: DefinitionHash,
    by: UserId,
    now: Timestamp,
}

fn workflow(row: &Row) -> Result<Workflow, Error> {
    let mut columns = Columns::of("workflows", row);
    Ok(Workflow { summary: read(&mut columns)?, definition: columns.next()? })
}

fn summary(row: &Row) -> Result<WorkflowSummary, Error> {
    read(&mut Columns::of("workflows", row))
}

fn read(columns: &mut Columns<'_>) -> Result<WorkflowSummary, Error> {
    Ok(WorkflowSummary {
        id: WorkflowId::from_uuid(columns.next()?),
        name: columns.next()?,
        description: columns.next()?,
        tags: columns.next()?,
        revision: columns.next()?,
        hash: DefinitionHash(columns.digest()?),
        version: columns.next::<Option<i32>>()?.map(VersionNumber),
        version_hash: columns.hash_or_null()?,
        created_at: columns.at()?,
        updated_at: columns.at()?,
    })
}

fn version(row: &Row) -> Result<Version, Error> {
    let mut columns = Columns::of("versions", row);
    Ok(Version {
        number: VersionNumber(columns.next()?),
        hash: DefinitionHash(columns.digest()?),
        definition: columns.next()?,
        created_at: columns.at()?,
        by: UserId::from_uuid(columns.next()?),
    })
}
