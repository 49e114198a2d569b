use rusqlite::{Row, ToSql};
use thaiyyal_model::{DefinitionHash, Timestamp, UserId, VersionNumber, WorkflowId};
use thaiyyal_store::{
    Error,
    tenant::{Changed, NewWorkflow, Page, Version, Workflow, WorkflowChange, WorkflowPage, WorkflowSummary},
};

use crate::{error, scoped::Scoped, sql::Sql};

pub(super) fn create(scoped: Scoped<'_>, new: &NewWorkflow) -> Result<Workflow, Error> {
    store_definition(scoped, new.hash, &new.definition)?;
    let sql = "INSERT INTO workflows (tenant_id, id, name, description, tags, revision, draft_hash, created_by, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?8)";
    let tags = Sql(new.tags.clone());
    scoped.insert("workflow", sql, &[&Sql(new.id), &new.name, &new.description, &tags, &Sql(new.hash), &Sql(new.by), &Sql(new.now)])?;
    if new.publish {
        publish(scoped, new.id, &Publication { number: VersionNumber(1), hash: new.hash, by: new.by, now: new.now })?;
    }
    find(scoped, new.id)?.ok_or_else(|| error::misuse("a workflow that was just created is gone"))
}

pub(super) fn find(scoped: Scoped<'_>, id: WorkflowId) -> Result<Option<Workflow>, Error> {
    let sql = "SELECT w.id, w.name, w.description, w.tags, w.revision, w.draft_hash, w.version, w.version_hash, w.created_at, w.updated_at,
            d.text
        FROM workflows w JOIN definitions d ON d.tenant_id = w.tenant_id AND d.hash = w.draft_hash
        WHERE w.tenant_id = ?1 AND w.id = ?2 AND w.deleted_at IS NULL";
    scoped.find(sql, &[&Sql(id)], |row| Ok(Workflow { summary: summary(row)?, definition: row.get(10)? }))
}

pub(super) fn list(scoped: Scoped<'_>, page: &WorkflowPage) -> Result<Page<WorkflowSummary, WorkflowId>, Error> {
    let mut sql = "SELECT id, name, description, tags, revision, draft_hash, version, version_hash, created_at, updated_at
        FROM workflows WHERE tenant_id = ?1 AND deleted_at IS NULL"
        .to_owned();
    let mut parameters: Vec<Box<dyn ToSql>> = Vec::new();
    let mut narrow = |condition: &str, parameter: Box<dyn ToSql>| {
        parameters.push(parameter);
        sql.push_str(&condition.replace("{}", &format!("?{}", parameters.len() + 1)));
    };
    if let Some(before) = page.before {
        narrow(" AND id < {}", Box::new(Sql(before)));
    }
    if let Some(search) = &page.search {
        narrow(" AND (instr(folded(name), {}) > 0 OR instr(folded(description), {}) > 0)", Box::new(search.to_lowercase()));
    }
    if let Some(tag) = &page.tag {
        narrow(" AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = {})", Box::new(tag.clone()));
    }
    narrow(" ORDER BY id DESC LIMIT {}", Box::new(page.limit.saturating_add(1)));
    let parameters: Vec<&dyn ToSql> = parameters.iter().map(|parameter| &**parameter).collect();
    let items = scoped.list(&sql, &parameters, summary)?;
    Ok(super::page(items, page.limit, |item| item.id))
}

pub(super) fn find_named(scoped: Scoped<'_>, name: &str) -> Result<Vec<WorkflowId>, Error> {
    let sql = "SELECT id FROM workflows WHERE tenant_id = ?1 AND name = ?2 AND name <> '' AND deleted_at IS NULL ORDER BY id LIMIT 2";
    scoped.list(sql, &[&name], |row| row.get(0).map(|Sql(id)| id))
}

pub(super) fn update(scoped: Scoped<'_>, change: &WorkflowChange) -> Result<Changed<Workflow>, Error> {
    let current = match guard(scoped, change.id, change.expected)? {
        Changed::Yes(current) => current,
        Changed::Missing => return Ok(Changed::Missing),
        Changed::Stale(revision) => return Ok(Changed::Stale(revision)),
    };
    store_definition(scoped, change.hash, &change.definition)?;
    let sql = "UPDATE workflows
        SET name = ?3, description = ?4, tags = ?5, draft_hash = ?6, updated_at = ?7, revision = revision + 1
        WHERE tenant_id = ?1 AND id = ?2";
    let tags = Sql(change.tags.clone());
    scoped.execute(sql, &[&Sql(change.id), &change.name, &change.description, &tags, &Sql(change.hash), &Sql(change.now)])?;
    if change.publish && current.version_hash != Some(change.hash) {
        let number = VersionNumber(current.version.map_or(1, |latest| latest.0 + 1));
        publish(scoped, change.id, &Publication { number, hash: change.hash, by: change.by, now: change.now })?;
    }
    Ok(find(scoped, change.id)?.map_or(Changed::Missing, Changed::Yes))
}

pub(super) fn delete(scoped: Scoped<'_>, id: WorkflowId, expected: Option<i64>, now: Timestamp) -> Result<Changed<()>, Error> {
    match guard(scoped, id, expected)? {
        Changed::Missing => return Ok(Changed::Missing),
        Changed::Stale(revision) => return Ok(Changed::Stale(revision)),
        Changed::Yes(_) => {}
    }
    let sql = "UPDATE workflows SET deleted_at = ?3, updated_at = ?3, revision = revision + 1 WHERE tenant_id = ?1 AND id = ?2";
    scoped.execute(sql, &[&Sql(id), &Sql(now)])?;
    Ok(Changed::Yes(()))
}

pub(super) fn list_versions(
    scoped: Scoped<'_>,
    id: WorkflowId,
    limit: u32,
    before: Option<VersionNumber>,
) -> Result<Page<Version, VersionNumber>, Error> {
    let sql = "SELECT v.number, v.hash, v.created_at, v.created_by
        FROM versions v JOIN workflows w ON w.tenant_id = v.tenant_id AND w.id = v.workflow_id AND w.deleted_at IS NULL
        WHERE v.tenant_id = ?1 AND v.workflow_id = ?2 AND (?3 IS NULL OR v.number < ?3)
        ORDER BY v.number DESC LIMIT ?4";
    let items = scoped.list(sql, &[&Sql(id), &Sql(before), &limit.saturating_add(1)], |row| version(row, Vec::new()))?;
    Ok(super::page(items, limit, |item| item.number))
}

pub(super) fn find_version(scoped: Scoped<'_>, id: WorkflowId, number: VersionNumber) -> Result<Option<Version>, Error> {
    let sql = "SELECT v.number, v.hash, v.created_at, v.created_by, d.text
        FROM versions v
        JOIN workflows w ON w.tenant_id = v.tenant_id AND w.id = v.workflow_id AND w.deleted_at IS NULL
        JOIN definitions d ON d.tenant_id = v.tenant_id AND d.hash = v.hash
        WHERE v.tenant_id = ?1 AND v.workflow_id = ?2 AND v.number = ?3";
    scoped.find(sql, &[&Sql(id), &Sql(number)], |row| version(row, row.get(4)?))
}

pub(super) fn find_definition(scoped: Scoped<'_>, hash: DefinitionHash) -> Result<Option<Vec<u8>>, Error> {
    scoped.find("SELECT text FROM definitions WHERE tenant_id = ?1 AND hash = ?2", &[&Sql(hash)], |row| row.get(0))
}

/// What is published, of a workflow that may be changed.
struct Latest {
    version: Option<VersionNumber>,
    version_hash: Option<DefinitionHash>,
}

fn guard(scoped: Scoped<'_>, id: WorkflowId, expected: Option<i64>) -> Result<Changed<Latest>, Error> {
    let sql = "SELECT revision, version, version_hash FROM workflows WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL";
    let found = scoped.find(sql, &[&Sql(id)], |row| {
        let revision: i64 = row.get(0)?;
        let (Sql(version), Sql(version_hash)) = (row.get(1)?, row.get(2)?);
        Ok((revision, Latest { version, version_hash }))
    })?;
    Ok(match found {
        None => Changed::Missing,
        Some((revision, _)) if expected.is_some_and(|expected| expected != revision) => Changed::Stale(revision),
        Some((_, latest)) => Changed::Yes(latest),
    })
}

fn store_definition(scoped: Scoped<'_>, hash: DefinitionHash, text: &[u8]) -> Result<(), Error> {
    let sql = "INSERT INTO definitions (tenant_id, hash, text) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    scoped.execute(sql, &[&Sql(hash), &text]).map(drop)
}

/// A version to store.
struct Publication {
    number: VersionNumber,
    hash: DefinitionHash,
    by: UserId,
    now: Timestamp,
}

fn publish(scoped: Scoped<'_>, id: WorkflowId, new: &Publication) -> Result<(), Error> {
    let version = "INSERT INTO versions (tenant_id, workflow_id, number, hash, created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    scoped.execute(version, &[&Sql(id), &Sql(new.number), &Sql(new.hash), &Sql(new.by), &Sql(new.now)])?;
    let latest = "UPDATE workflows SET version = ?3, version_hash = ?4 WHERE tenant_id = ?1 AND id = ?2";
    scoped.execute(latest, &[&Sql(id), &Sql(new.number), &Sql(new.hash)]).map(drop)
}

fn summary(row: &Row<'_>) -> rusqlite::Result<WorkflowSummary> {
    let (Sql(id), Sql(tags), Sql(hash)) = (row.get(0)?, row.get(3)?, row.get(5)?);
    let (Sql(version), Sql(version_hash)) = (row.get(6)?, row.get(7)?);
    let (Sql(created_at), Sql(updated_at)) = (row.get(8)?, row.get(9)?);
    let (name, description, revision) = (row.get(1)?, row.get(2)?, row.get(4)?);
    Ok(WorkflowSummary { id, name, description, tags, revision, hash, version, version_hash, created_at, updated_at })
}

fn version(row: &Row<'_>, definition: Vec<u8>) -> rusqlite::Result<Version> {
    let (Sql(number), Sql(hash), Sql(created_at), Sql(by)) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    Ok(Version { number, hash, definition, created_at, by })
}
