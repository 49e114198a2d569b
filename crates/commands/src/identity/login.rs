use std::time::Duration;

use thaiyyal_model::{Clock, SessionId};
use thaiyyal_store::Directory;
use thaiyyal_store::directory::{Login, NewSession, Session};

use super::{Passwords, Token};
use crate::Error;

/// A session that was opened just now.
pub struct Opened {
    /// What the browser keeps; storage knows its digest only.
    pub token: Token,
    /// The session.
    pub session: Session,
}

/// Whose password it is; `None` when the address is unknown or the password wrong, which take the same time.
pub async fn login(directory: &dyn Directory, passwords: &Passwords, email: &str, password: String) -> Result<Option<Login>, Error> {
    let login = directory.find_login(email).await?;
    let fits = passwords.verify(password, login.as_ref().map(|login| login.password.clone())).await?;
    Ok(login.filter(|_| fits))
}

/// Opens a session under a token of its own that ends after `lifetime`.
pub async fn open_session(directory: &dyn Directory, login: Login, lifetime: Duration, clock: &dyn Clock) -> Result<Opened, Error> {
    let token = Token::generate()?;
    let now = clock.now();
    let expires_at = now.saturating_add(lifetime).unwrap_or(thaiyyal_model::Timestamp::MAX);
    let id = SessionId::mint(clock);
    let (user, tenant) = (login.user, login.tenant);
    directory.create_session(&NewSession { id, user, tenant, token: token.digest(), created_at: now, expires_at }).await?;
    Ok(Opened { token, session: Session { id, login, expires_at } })
}
