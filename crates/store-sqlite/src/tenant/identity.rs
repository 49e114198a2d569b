use thaiyyal_model::{ApiKeyId, LimitChanges, Timestamp, UserId};
use thaiyyal_store::{
    Error,
    directory::Tier,
    tenant::{ApiKeySummary, NewApiKey, Page, Person, Tenant},
};

use crate::{scoped::Scoped, sql::Sql};

pub(super) fn create(scoped: Scoped<'_>, key: &NewApiKey) -> Result<(), Error> {
    let sql = "INSERT INTO api_keys (tenant_id, id, user_id, name, secret, permissions, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let permissions = Sql(key.permissions.clone());
    let (created_at, expires_at) = (Sql(key.created_at), Sql(key.expires_at));
    scoped.insert("API key", sql, &[&Sql(key.id), &Sql(key.user), &key.name, &key.secret, &permissions, &created_at, &expires_at])
}

pub(super) fn list(scoped: Scoped<'_>, limit: u32, before: Option<ApiKeyId>) -> Result<Page<ApiKeySummary, ApiKeyId>, Error> {
    let sql = "SELECT id, name, permissions, created_at, expires_at FROM api_keys
        WHERE tenant_id = ?1 AND revoked_at IS NULL AND (?2 IS NULL OR id < ?2)
        ORDER BY id DESC LIMIT ?3";
    let items = scoped.list(sql, &[&Sql(before), &limit.saturating_add(1)], |row| {
        let (Sql(id), Sql(permissions), Sql(created_at), Sql(expires_at)) = (row.get(0)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok(ApiKeySummary { id, name: row.get(1)?, permissions, created_at, expires_at })
    })?;
    Ok(super::page(items, limit, |item| item.id))
}

pub(super) fn find_tenant(scoped: Scoped<'_>) -> Result<Option<Tenant>, Error> {
    let sql = "SELECT n.name, n.created_at, t.name, t.limits FROM tenants n LEFT JOIN tiers t ON t.name = n.tier WHERE n.tenant_id = ?1";
    scoped.find(sql, &[], |row| {
        let (Sql(created_at), tier, Sql(limits)): (_, Option<String>, Sql<Option<LimitChanges>>) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let tier = tier.zip(limits).map(|(name, limits)| Tier { name, limits });
        Ok(Tenant { name: row.get(0)?, created_at, tier })
    })
}

pub(super) fn find_user(scoped: Scoped<'_>, id: UserId) -> Result<Option<Person>, Error> {
    let sql = "SELECT email, name FROM users WHERE tenant_id = ?1 AND id = ?2";
    scoped.find(sql, &[&Sql(id)], |row| Ok(Person { id, email: row.get(0)?, name: row.get(1)? }))
}

pub(super) fn revoke(scoped: Scoped<'_>, id: ApiKeyId, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE api_keys SET revoked_at = ?3 WHERE tenant_id = ?1 AND id = ?2 AND revoked_at IS NULL";
    scoped.execute(sql, &[&Sql(id), &Sql(now)]).map(|revoked| revoked > 0)
}
