use std::time::Duration;

use thaiyyal_model::{Clock, TenantId, Timestamp, UserId};
use thaiyyal_store::Directory;
use thaiyyal_store::directory::{Login, NewLink};

use super::{Token, digest};
use crate::Error;

/// Makes a link token that signs `user` in once, within `lifetime`.
pub async fn create_link(
    directory: &dyn Directory,
    user: UserId,
    tenant: TenantId,
    lifetime: Duration,
    clock: &dyn Clock,
) -> Result<Token, Error> {
    let token = Token::generate()?;
    let expires_at = clock.now().saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    directory.create_link(&NewLink { token: token.digest(), user, tenant, expires_at }).await?;
    Ok(token)
}

/// Uses a link token up; `None` when it is unknown, expired or was used before.
pub async fn follow_link(directory: &dyn Directory, token: &str, now: Timestamp) -> Result<Option<Login>, Error> {
    Ok(directory.consume_link(&digest(token), now).await?)
}
