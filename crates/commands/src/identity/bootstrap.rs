use thaiyyal_model::{Clock, TenantId, UserId};
use thaiyyal_store::{Directory, directory};

use super::{Passwords, Token};
use crate::Error;
use crate::api_keys::MintedKey;

/// A tenant to create.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its name.
    pub tenant_name: String,
    /// Address of its owner.
    pub email: String,
    /// Name of its owner.
    pub name: String,
    /// Password of its owner; `None` makes one up.
    pub password: Option<String>,
}

/// What was created. Its secrets are known here and to whoever is told now, and to nobody later.
pub struct Bootstrapped {
    /// The tenant.
    pub tenant: TenantId,
    /// Its owner.
    pub user: UserId,
    /// Address of the owner.
    pub email: String,
    /// Password of the owner.
    pub password: String,
    /// An API key that may do all the owner may.
    pub api_key: String,
}

/// Creates the first tenant, its owner and an API key; `None`, and nothing created, when there is a tenant already.
pub async fn bootstrap(
    directory: &dyn Directory,
    passwords: &Passwords,
    first: NewTenant,
    clock: &dyn Clock,
) -> Result<Option<Bootstrapped>, Error> {
    let (row, secrets) = mint(passwords, first, clock).await?;
    let created = directory.bootstrap(&row).await?;
    Ok(created.then_some(secrets))
}

/// Creates one more tenant, its owner and an API key. An address that belongs to an account already is [`Exists`](thaiyyal_store::Error::Exists).
pub async fn create_tenant(
    directory: &dyn Directory,
    passwords: &Passwords,
    new: NewTenant,
    clock: &dyn Clock,
) -> Result<Bootstrapped, Error> {
    let (row, secrets) = mint(passwords, new, clock).await?;
    directory.create_tenant(&row).await?;
    Ok(secrets)
}

/// The rows of a tenant, and the secrets that open them.
async fn mint(passwords: &Passwords, first: NewTenant, clock: &dyn Clock) -> Result<(directory::Bootstrap, Bootstrapped), Error> {
    let password = match first.password {
        Some(password) => password,
        None => Token::generate()?.reveal()[..24].to_owned(),
    };
    let key = MintedKey::generate(clock)?;
    let row = directory::Bootstrap {
        tenant: TenantId::mint(clock),
        tenant_name: first.tenant_name,
        user: UserId::mint(clock),
        email: first.email,
        name: first.name,
        password: passwords.hash(password.clone()).await?,
        api_key: key.id,
        api_key_secret: key.digest,
        created_at: clock.now(),
    };
    let secrets = Bootstrapped { tenant: row.tenant, user: row.user, email: row.email.clone(), password, api_key: key.text };
    Ok((row, secrets))
}
