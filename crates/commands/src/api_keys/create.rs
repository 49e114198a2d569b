use thaiyyal_model::{Clock, Timestamp, UserId};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::{ApiKeySummary, NewApiKey};

use super::MintedKey;
use crate::Error;

/// A key to make. Whoever makes it has checked that it may do nothing its maker may not.
#[derive(Debug, Clone)]
pub struct Create {
    /// On whose behalf it acts.
    pub user: UserId,
    /// Name, for people.
    pub name: String,
    /// Names of permissions; `*` for all its user has.
    pub permissions: Vec<String>,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// The key that was made.
pub struct Created {
    /// The key itself, shown this once.
    pub key: String,
    /// What storage knows of it.
    pub summary: ApiKeySummary,
}

/// Makes a key.
pub async fn create(tx: &mut dyn TenantTx, command: Create, clock: &dyn Clock) -> Result<Created, Error> {
    let minted = MintedKey::generate(clock)?;
    let Create { user, name, permissions, expires_at } = command;
    let created_at = clock.now();
    let new = NewApiKey { id: minted.id, user, name, secret: minted.digest, permissions, expires_at, created_at };
    tx.create_api_key(&new).await?;
    let summary = ApiKeySummary { id: new.id, name: new.name, permissions: new.permissions, created_at, expires_at };
    Ok(Created { key: minted.text, summary })
}
