use async_trait::async_trait;
use thaiyyal_model::{ApiKeyId, Timestamp, UserId};
use thaiyyal_store::{
    Error,
    tenant::{ApiKeySummary, Identity, NewApiKey, Page, Person, Tenant},
};

use super::{PostgresTx, page};
use crate::{at::At, columns::Columns};

#[async_trait]
impl Identity for PostgresTx {
    async fn create_api_key(&mut self, key: &NewApiKey) -> Result<(), Error> {
        let tenant = self.tenant;
        self.query(
            "INSERT INTO api_keys (tenant_id, id, user_id, name, secret, permissions, expires_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &tenant,
                &key.id.uuid(),
                &key.user.uuid(),
                &key.name,
                &key.secret.as_slice(),
                &key.permissions,
                &key.expires_at.map(At),
                &At(key.created_at),
            ],
        )
        .await?;
        Ok(())
    }

    async fn list_api_keys(&mut self, limit: u32, before: Option<ApiKeyId>) -> Result<Page<ApiKeySummary, ApiKeyId>, Error> {
        let tenant = self.tenant;
        let rows = self
            .query(
                "SELECT id, name, permissions, created_at, expires_at FROM api_keys
                 WHERE tenant_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id < $2)
                 ORDER BY id DESC
                 LIMIT $3",
                &[&tenant, &before.map(ApiKeyId::uuid), &(i64::from(limit) + 1)],
            )
            .await?;
        let items = rows
            .iter()
            .map(|row| {
                let mut columns = Columns::of("api_keys", row);
                Ok(ApiKeySummary {
                    id: ApiKeyId::from_uuid(columns.next()?),
                    name: columns.next()?,
                    permissions: columns.next()?,
                    created_at: columns.at()?,
                    expires_at: columns.at_or_null()?,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(page(items, limit, |item| item.id))
    }

    async fn find_tenant(&mut self) -> Result<Option<Tenant>, Error> {
        let tenant = self.tenant;
        let row = self
            .query_one(
                "SELECT n.name, n.created_at, t.name, t.limits FROM tenants n LEFT JOIN tiers t ON t.name = n.tier WHERE n.tenant_id = $1",
                &[&tenant],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let mut columns = Columns::of("tenants", &row);
        Ok(Some(Tenant { name: columns.next()?, created_at: columns.at()?, tier: columns.tier()? }))
    }

    async fn revoke_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<bool, Error> {
        let tenant = self.tenant;
        let rows = self
            .query(
                "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING 1",
                &[&tenant, &id.uuid(), &At(now)],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn find_user(&mut self, id: UserId) -> Result<Option<Person>, Error> {
        let tenant = self.tenant;
        let row = self.query_one("SELECT email, name FROM users WHERE tenant_id = $1 AND id = $2", &[&tenant, &id.uuid()]).await?;
        let Some(row) = row else { return Ok(None) };
        let mut columns = Columns::of("users", &row);
        Ok(Some(Person { id, email: columns.next()?, name: columns.next()? }))
    }
}
