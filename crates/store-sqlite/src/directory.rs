use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Result as Rows, Row, params};
use thaiyyal_model::{ApiKeyId, SessionId, TenantId, Timestamp};
use thaiyyal_store::{
    Directory, Error,
    directory::{ApiKey, Assigned, Bootstrap, Login, NewLink, NewSession, Session, Tier},
};

use crate::{error, sql::Sql, sqlite::Sqlite, writer::Durability};

#[async_trait]
impl Directory for Sqlite {
    async fn find_api_key(&self, id: ApiKeyId, now: Timestamp) -> Result<Option<ApiKey>, Error> {
        self.read(move |connection| {
            let sql = "SELECT tenant_id, user_id, secret, permissions FROM api_keys
                WHERE id = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)";
            let read = |row: &Row<'_>| {
                let (Sql(tenant), Sql(user), Sql(permissions)) = (row.get(0)?, row.get(1)?, row.get(3)?);
                Ok(ApiKey { id, tenant, user, secret: row.get(2)?, permissions })
            };
            connection.prepare_cached(sql)?.query_row(params![Sql(id), Sql(now)], read).optional()
        })
        .await
    }

    async fn find_login(&self, email: &str) -> Result<Option<Login>, Error> {
        let email = email_key(email);
        self.read(move |connection| {
            let sql = format!("SELECT {LOGIN} FROM {ACCOUNTS} WHERE u.email_key = ?1");
            connection.prepare_cached(&sql)?.query_row([email], login).optional()
        })
        .await
    }

    async fn find_session(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Session>, Error> {
        let token = *token;
        self.read(move |connection| {
            let sql = format!(
                "SELECT {LOGIN}, s.id, s.expires_at FROM {ACCOUNTS} JOIN sessions s ON s.tenant_id = u.tenant_id AND s.user_id = u.id
                WHERE s.token = ?1 AND s.expires_at > ?2"
            );
            let read = |row: &Row<'_>| {
                let (Sql(id), Sql(expires_at)) = (row.get(LOGIN_COLUMNS)?, row.get(LOGIN_COLUMNS + 1)?);
                Ok(Session { id, login: login(row)?, expires_at })
            };
            connection.prepare_cached(&sql)?.query_row(params![token, Sql(now)], read).optional()
        })
        .await
    }

    async fn create_session(&self, session: &NewSession) -> Result<(), Error> {
        let new = session.clone();
        let insert = move |connection: &Connection| {
            let sql = "INSERT INTO sessions (tenant_id, id, user_id, token, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let (created_at, expires_at) = (Sql(new.created_at), Sql(new.expires_at));
            connection.prepare_cached(sql)?.execute(params![Sql(new.tenant), Sql(new.id), Sql(new.user), new.token, created_at, expires_at])
        };
        self.writer.write(Durability::Full, move |connection| insert(connection).map(drop).map_err(error::insert("session"))).await
    }

    async fn delete_session(&self, id: SessionId) -> Result<(), Error> {
        self.write(Durability::Full, move |connection| {
            connection.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([Sql(id)]).map(drop)
        })
        .await
    }

    async fn create_link(&self, link: &NewLink) -> Result<(), Error> {
        let new = link.clone();
        let insert = move |connection: &Connection| {
            let sql = "INSERT INTO sign_in_links (token, tenant_id, user_id, expires_at) VALUES (?1, ?2, ?3, ?4)";
            connection.prepare_cached(sql)?.execute(params![new.token, Sql(new.tenant), Sql(new.user), Sql(new.expires_at)])
        };
        self.writer.write(Durability::Full, move |connection| insert(connection).map(drop).map_err(error::insert("sign-in link"))).await
    }

    /// There is one writer, so the second of two callers finds the link gone.
    async fn consume_link(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Login>, Error> {
        let token = *token;
        self.write(Durability::Full, move |connection| {
            let find = format!(
                "SELECT {LOGIN} FROM {ACCOUNTS} JOIN sign_in_links l ON l.tenant_id = u.tenant_id AND l.user_id = u.id
                WHERE l.token = ?1 AND l.expires_at > ?2"
            );
            let found = connection.prepare_cached(&find)?.query_row(params![token, Sql(now)], login).optional()?;
            connection.prepare_cached("DELETE FROM sign_in_links WHERE token = ?1")?.execute([token])?;
            Ok(found)
        })
        .await
    }

    async fn bootstrap(&self, first: &Bootstrap) -> Result<bool, Error> {
        let first = first.clone();
        self.writer
            .write(Durability::Full, move |connection| {
                let is_any =
                    connection.prepare_cached("SELECT 1 FROM tenants").and_then(|mut any| any.exists([])).map_err(error::statement)?;
                if is_any {
                    return Ok(false);
                }
                insert_tenant(connection, &first)?;
                Ok(true)
            })
            .await
    }

    async fn create_tenant(&self, new: &Bootstrap) -> Result<(), Error> {
        let new = new.clone();
        self.writer.write(Durability::Full, move |connection| insert_tenant(connection, &new)).await
    }

    async fn set_tier(&self, tier: &Tier) -> Result<(), Error> {
        let tier = tier.clone();
        self.write(Durability::Full, move |connection| {
            let sql = "INSERT INTO tiers (name, limits) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET limits = excluded.limits";
            connection.prepare_cached(sql)?.execute(params![tier.name, Sql(tier.limits)]).map(drop)
        })
        .await
    }

    async fn list_tiers(&self) -> Result<Vec<Tier>, Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT name, limits FROM tiers ORDER BY name")?;
            let tiers = statement.query_map([], |row| {
                let Sql(limits) = row.get(1)?;
                Ok(Tier { name: row.get(0)?, limits })
            })?;
            tiers.collect()
        })
        .await
    }

    async fn assign_tier(&self, tenant: TenantId, tier: Option<&str>) -> Result<Assigned, Error> {
        let tier = tier.map(str::to_owned);
        self.write(Durability::Full, move |connection| {
            if let Some(name) = &tier
                && !connection.prepare_cached("SELECT 1 FROM tiers WHERE name = ?1")?.exists([name])?
            {
                return Ok(Assigned::UnknownTier);
            }
            let sql = "UPDATE tenants SET tier = ?2 WHERE tenant_id = ?1";
            let changed = connection.prepare_cached(sql)?.execute(params![Sql(tenant), tier])?;
            Ok(if changed == 0 { Assigned::UnknownTenant } else { Assigned::Yes })
        })
        .await
    }
}

fn insert_tenant(connection: &Connection, new: &Bootstrap) -> Result<(), Error> {
    let tenant = || {
        let sql = "INSERT INTO tenants (tenant_id, name, created_at) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(sql)?.execute(params![Sql(new.tenant), new.tenant_name, Sql(new.created_at)])
    };
    let owner = || {
        let sql = "INSERT INTO users (tenant_id, id, email, email_key, name, password, permissions, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (email_key, created_at) = (email_key(&new.email), Sql(new.created_at));
        let parameters = params![Sql(new.tenant), Sql(new.user), new.email, email_key, new.name, new.password, Sql(all()), created_at];
        connection.prepare_cached(sql)?.execute(parameters)
    };
    let api_key = || {
        let sql =
            "INSERT INTO api_keys (tenant_id, id, user_id, name, secret, permissions, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (secret, created_at) = (new.api_key_secret, Sql(new.created_at));
        let parameters = params![Sql(new.tenant), Sql(new.api_key), Sql(new.user), FIRST_KEY, secret, Sql(all()), created_at];
        connection.prepare_cached(sql)?.execute(parameters)
    };
    tenant().map_err(error::insert("tenant"))?;
    owner().map_err(error::insert("account"))?;
    api_key().map_err(error::insert("API key"))?;
    Ok(())
}

/// The name of the key that comes with a tenant.
const FIRST_KEY: &str = "First key";

/// Every permission.
fn all() -> Vec<String> {
    vec!["*".to_owned()]
}

/// How addresses are compared.
fn email_key(email: &str) -> String {
    email.to_lowercase()
}

/// The columns of a login; whoever adds more begins at [`LOGIN_COLUMNS`].
const LOGIN: &str = "u.id, u.tenant_id, t.name, u.email, u.name, u.password, u.permissions";
const LOGIN_COLUMNS: usize = 7;

const ACCOUNTS: &str = "users u JOIN tenants t ON t.tenant_id = u.tenant_id";

fn login(row: &Row<'_>) -> Rows<Login> {
    let (Sql(user), Sql(tenant), Sql(permissions)) = (row.get(0)?, row.get(1)?, row.get(6)?);
    Ok(Login { user, tenant, tenant_name: row.get(2)?, email: row.get(3)?, name: row.get(4)?, password: row.get(5)?, permissions })
}
