use async_trait::async_trait;
use thaiyyal_model::{ApiKeyId, SessionId, TenantId, Timestamp, UserId};
use thaiyyal_store::{
    Directory, Error,
    directory::{ApiKey, Assigned, Bootstrap, Login, NewLink, NewSession, Session, Tier},
};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{
    at::At,
    columns::Columns,
    error::{During, refused},
    pool::Pool,
};

/// [`Directory`] on PostgreSQL.
pub(crate) struct PostgresDirectory {
    pool: Pool,
}

/// Writes a tenant, its owner and an API key.
const INSERT_TENANT: &str = "
    WITH tenant AS (
        INSERT INTO tenants (tenant_id, name, created_at) VALUES ($1, $2, $9)
    ), owner AS (
        INSERT INTO users (tenant_id, id, email, name, password, permissions, created_at) VALUES ($1, $3, $4, $5, $6, '{*}', $9)
    )
    INSERT INTO api_keys (tenant_id, id, user_id, name, secret, permissions, created_at) VALUES ($1, $7, $3, 'First key', $8, '{*}', $9)";

impl PostgresDirectory {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Directory for PostgresDirectory {
    async fn find_api_key(&self, id: ApiKeyId, now: Timestamp) -> Result<Option<ApiKey>, Error> {
        let rows = self
            .pool
            .read(
                "SELECT tenant_id, user_id, secret, permissions FROM api_keys
                 WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
                &[&id.uuid(), &At(now)],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut columns = Columns::of("api_keys", row);
        Ok(Some(ApiKey {
            id,
            tenant: TenantId::from_uuid(columns.next()?),
            user: UserId::from_uuid(columns.next()?),
            secret: columns.digest()?,
            permissions: columns.next()?,
        }))
    }

    async fn find_login(&self, email: &str) -> Result<Option<Login>, Error> {
        // No stored address can contain this character, and the server refuses it in a parameter.
        if email.contains('\0') {
            return Ok(None);
        }
        let rows = self
            .pool
            .read(
                "SELECT u.id, u.tenant_id, t.name, u.email, u.name, u.password, u.permissions
                 FROM users u JOIN tenants t ON t.tenant_id = u.tenant_id
                 WHERE lower(u.email) = lower($1)",
                &[&email],
            )
            .await?;
        rows.first().map(login).transpose()
    }

    async fn find_session(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Session>, Error> {
        let rows = self
            .pool
            .read(
                "SELECT u.id, u.tenant_id, t.name, u.email, u.name, u.password, u.permissions, s.id, s.expires_at
                 FROM sessions s
                 JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
                 JOIN tenants t ON t.tenant_id = s.tenant_id
                 WHERE s.token = $1 AND s.expires_at > $2",
                &[&token.as_slice(), &At(now)],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let mut columns = Columns::of("sessions", row);
        let login = read_login(&mut columns)?;
        Ok(Some(Session { id: SessionId::from_uuid(columns.next()?), login, expires_at: columns.at()? }))
    }

    async fn create_session(&self, session: &NewSession) -> Result<(), Error> {
        self.pool
            .write(
                "INSERT INTO sessions (tenant_id, id, user_id, token, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
                &[
                    &session.tenant.uuid(),
                    &session.id.uuid(),
                    &session.user.uuid(),
                    &session.token.as_slice(),
                    &At(session.created_at),
                    &At(session.expires_at),
                ],
            )
            .await?;
        Ok(())
    }

    async fn delete_session(&self, id: SessionId) -> Result<(), Error> {
        self.pool.write("DELETE FROM sessions WHERE id = $1", &[&id.uuid()]).await?;
        Ok(())
    }

    async fn create_link(&self, link: &NewLink) -> Result<(), Error> {
        self.pool
            .write(
                "INSERT INTO sign_in_links (token, tenant_id, user_id, expires_at) VALUES ($1, $2, $3, $4)",
                &[&link.token.as_slice(), &link.tenant.uuid(), &link.user.uuid(), &At(link.expires_at)],
            )
            .await?;
        Ok(())
    }

    async fn consume_link(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Login>, Error> {
        // Whoever deletes the row has used the link.
        let rows = self
            .pool
            .write(
                "WITH used AS (DELETE FROM sign_in_links WHERE token = $1 RETURNING tenant_id, user_id, expires_at)
                 SELECT u.id, u.tenant_id, t.name, u.email, u.name, u.password, u.permissions
                 FROM used l
                 JOIN users u ON u.tenant_id = l.tenant_id AND u.id = l.user_id
                 JOIN tenants t ON t.tenant_id = l.tenant_id
                 WHERE l.expires_at > $2",
                &[&token.as_slice(), &At(now)],
            )
            .await?;
        rows.first().map(login).transpose()
    }

    async fn bootstrap(&self, first: &Bootstrap) -> Result<bool, Error> {
        let mut connection = self.pool.get().await?;
        // Two processes that start at once: the second waits here and then sees the first one's tenant.
        let lock = "SELECT pg_advisory_xact_lock(hashtext('thaiyyal.bootstrap'))";
        let read = |failed| refused(failed, During::Read);
        connection.begin(lock).await.map_err(read)?;
        if !connection.query("SELECT 1 FROM tenants LIMIT 1", &[]).await.map_err(read)?.is_empty() {
            return Ok(false);
        }
        connection.query(INSERT_TENANT, &Values::of(first).params()).await.map_err(read)?;
        connection.commit().await.map_err(|failed| refused(failed, During::Write))?;
        Ok(true)
    }

    async fn create_tenant(&self, new: &Bootstrap) -> Result<(), Error> {
        self.pool.write(INSERT_TENANT, &Values::of(new).params()).await?;
        Ok(())
    }

    async fn set_tier(&self, tier: &Tier) -> Result<(), Error> {
        let set = "INSERT INTO tiers (name, limits) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET limits = excluded.limits";
        self.pool.write(set, &[&tier.name, &tier.limits.to_json()]).await?;
        Ok(())
    }

    async fn list_tiers(&self) -> Result<Vec<Tier>, Error> {
        let rows = self.pool.read("SELECT name, limits FROM tiers ORDER BY name", &[]).await?;
        // Neither column can be null.
        rows.iter().filter_map(|row| Columns::of("tiers", row).tier().transpose()).collect()
    }

    async fn assign_tier(&self, tenant: TenantId, tier: Option<&str>) -> Result<Assigned, Error> {
        let rows = self
            .pool
            .write(
                "WITH known AS (SELECT $2::text IS NULL OR EXISTS (SELECT FROM tiers WHERE name = $2) AS is_known),
                 assigned AS (
                     UPDATE tenants SET tier = $2 FROM known WHERE tenant_id = $1 AND known.is_known RETURNING tenant_id
                 )
                 SELECT known.is_known, EXISTS (SELECT FROM assigned) FROM known",
                &[&tenant.uuid(), &tier],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(Assigned::UnknownTenant) };
        let mut columns = Columns::of("tenants", row);
        Ok(match (columns.next()?, columns.next()?) {
            (false, _) => Assigned::UnknownTier,
            (true, false) => Assigned::UnknownTenant,
            (true, true) => Assigned::Yes,
        })
    }
}

/// The values of [`INSERT_TENANT`], in the forms that its parameters take.
struct Values<'a> {
    new: &'a Bootstrap,
    tenant: Uuid,
    user: Uuid,
    api_key: Uuid,
    secret: &'a [u8],
    created_at: At,
}

impl<'a> Values<'a> {
    fn of(new: &'a Bootstrap) -> Self {
        Self {
            new,
            tenant: new.tenant.uuid(),
            user: new.user.uuid(),
            api_key: new.api_key.uuid(),
            secret: &new.api_key_secret,
            created_at: At(new.created_at),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.tenant,
            &self.new.tenant_name,
            &self.user,
            &self.new.email,
            &self.new.name,
            &self.new.password,
            &self.api_key,
            &self.secret,
            &self.created_at,
        ]
    }
}

fn login(row: &Row) -> Result<Login, Error> {
    read_login(&mut Columns::of("users", row))
}

fn read_login(columns: &mut Columns<'_>) -> Result<Login, Error> {
    Ok(Login {
        user: UserId::from_uuid(columns.next()?),
        tenant: TenantId::from_uuid(columns.next()?),
        tenant_name: columns.next()?,
        email: columns.next()?,
        name: columns.next()?,
        password: columns.next()?,
        permissions: columns.next()?,
    })
}
