//! Who is calling: accounts, API keys, sessions, looked up before a tenant is known.

use async_trait::async_trait;
use thaiyyal_model::{ApiKeyId, LimitChanges, SessionId, TenantId, Timestamp, UserId};

use crate::Error;

/// Identity lookups, by secrets the caller presents. On PostgreSQL its role reaches the identity tables only.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// The API key with this id, unless it was revoked or has expired.
    async fn find_api_key(&self, id: ApiKeyId, now: Timestamp) -> Result<Option<ApiKey>, Error>;
    /// The account with this e-mail address (compared without regard to letter case).
    async fn find_login(&self, email: &str) -> Result<Option<Login>, Error>;
    /// The live session whose token has this SHA-256.
    async fn find_session(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Session>, Error>;
    /// Opens a session.
    async fn create_session(&self, session: &NewSession) -> Result<(), Error>;
    /// Ends a session; ending one that does not exist is no error.
    async fn delete_session(&self, id: SessionId) -> Result<(), Error>;
    /// Stores a one-time sign-in link under the SHA-256 of its token.
    async fn create_link(&self, link: &NewLink) -> Result<(), Error>;
    /// Uses a sign-in link up: the first caller gets the account, every later one `None`.
    async fn consume_link(&self, token: &[u8; 32], now: Timestamp) -> Result<Option<Login>, Error>;
    /// Creates the first tenant, its owner and an API key; `false`, and nothing written, if any tenant exists already.
    async fn bootstrap(&self, first: &Bootstrap) -> Result<bool, Error>;
    /// Creates another tenant with its owner and an API key; [`Error::Exists`] if an account has this e-mail address already.
    async fn create_tenant(&self, new: &Bootstrap) -> Result<(), Error>;
    /// Creates a tier, or gives one of this name other limits. Executions that are under way keep theirs.
    async fn set_tier(&self, tier: &Tier) -> Result<(), Error>;
    /// All tiers, by name.
    async fn list_tiers(&self) -> Result<Vec<Tier>, Error>;
    /// Gives a tenant a tier, or none.
    async fn assign_tier(&self, tenant: TenantId, tier: Option<&str>) -> Result<Assigned, Error>;
}

/// Named limits that an operator gives to tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// What differs from the limits of the configuration.
    pub limits: LimitChanges,
}

/// What became of giving a tenant a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// It has it.
    Yes,
    /// There is no such tenant.
    UnknownTenant,
    /// There is no such tier.
    UnknownTier,
}

/// An API key as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its tenant.
    pub tenant: TenantId,
    /// On whose behalf it acts.
    pub user: UserId,
    /// SHA-256 of the secret part.
    pub secret: [u8; 32],
    /// Names of the permissions it carries; `*` for all its user has.
    pub permissions: Vec<String>,
}

/// An account as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The account.
    pub user: UserId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Name of the tenant.
    pub tenant_name: String,
    /// Address.
    pub email: String,
    /// Name of the person.
    pub name: String,
    /// Argon2id hash in PHC form.
    pub password: String,
    /// Names of the permissions its role carries; `*` for all.
    pub permissions: Vec<String>,
}

/// A session as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub login: Login,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session to open.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A sign-in link to store.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// Whom it signs in.
    pub user: UserId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// A tenant to create, its owner and an API key.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// The owner.
    pub user: UserId,
    /// Address of the owner.
    pub email: String,
    /// Name of the owner.
    pub name: String,
    /// Argon2id hash in PHC form.
    pub password: String,
    /// The API key.
    pub api_key: ApiKeyId,
    /// SHA-256 of the key's secret part.
    pub api_key_secret: [u8; 32],
    /// When.
    pub created_at: Timestamp,
}
