use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use moka::future::Cache;
use thaiyyal_commands::api_keys::PresentedKey;
use thaiyyal_commands::identity::digest;
use thaiyyal_model::{ApiKeyId, Clock, SessionId, TenantScope, UserId};
use thaiyyal_store::Directory;
use thaiyyal_store::directory::Login;

use super::{Grants, csrf, read_cookie};
use crate::Settings;
use crate::problem::{Code, Problem};

/// Who makes a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub scope: TenantScope,
    pub user: UserId,
    pub grants: Grants,
    pub via: Via,
}

/// What proved it.
#[derive(Debug, Clone)]
pub(crate) enum Via {
    /// A program's key.
    Key,
    /// A person's browser.
    Session {
        id: SessionId,
        /// What the browser's cookie is known by.
        digest: [u8; 32],
        login: Arc<Login>,
        /// What its requests that change something have to carry.
        csrf: Arc<str>,
    },
}

/// Finds out who is calling. What the database said is trusted for a few seconds, so that a busy program costs no query per request.
pub(crate) struct Credentials {
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    https: bool,
    keys: Cache<ApiKeyId, Option<Arc<Key>>>,
    sessions: Cache<[u8; 32], Option<Arc<Caller>>>,
}

struct Key {
    secret: [u8; 32],
    caller: Arc<Caller>,
}

const CACHED: u64 = 10_000;

impl Credentials {
    pub(crate) fn new(directory: Arc<dyn Directory>, clock: Arc<dyn Clock>, settings: &Settings) -> Self {
        let ttl = Duration::from_millis(settings.credential_cache_ms);
        Self {
            directory,
            clock,
            https: settings.is_https(),
            keys: Cache::builder().max_capacity(CACHED).time_to_live(ttl).build(),
            sessions: Cache::builder().max_capacity(CACHED).time_to_live(ttl).build(),
        }
    }

    /// The caller of a request; a key wins over a cookie, because only a program sends one on purpose.
    pub(crate) async fn authenticate(&self, request: &HttpRequest, public_url: Option<&url::Url>) -> Result<Arc<Caller>, Problem> {
        if let Some(header) = request.headers().get(AUTHORIZATION) {
            let key = header.to_str().ok().and_then(bearer).and_then(PresentedKey::parse);
            let key = key.ok_or_else(|| Problem::new(Code::Unauthenticated, "the Authorization header must be `Bearer` and an API key"))?;
            return self.by_key(key).await;
        }
        let Some(token) = read_cookie(request, self.https) else {
            return Err(Problem::new(Code::Unauthenticated, "send an API key as `Authorization: Bearer thy_...`, or sign in"));
        };
        let caller = self.by_session(&token).await?;
        csrf::check(request, &caller, public_url)?;
        Ok(caller)
    }

    async fn by_key(&self, presented: PresentedKey) -> Result<Arc<Caller>, Problem> {
        let found = match self.keys.get(&presented.id).await {
            Some(cached) => cached,
            None => self.keys.try_get_with(presented.id, self.find_key(presented.id)).await?,
        };
        let caller = found.filter(|key| presented.matches(&key.secret)).map(|key| Arc::clone(&key.caller));
        caller.ok_or_else(|| Problem::new(Code::Unauthenticated, "there is no such API key: it may have been revoked or have expired"))
    }

    async fn find_key(&self, id: ApiKeyId) -> Result<Option<Arc<Key>>, thaiyyal_store::Error> {
        let found = self.directory.find_api_key(id, self.clock.now()).await?;
        Ok(found.map(|key| {
            #[expect(clippy::disallowed_methods, reason = "the key's secret is compared before the caller is handed out")]
            let scope = TenantScope::assume(key.tenant);
            let caller = Caller { scope, user: key.user, grants: Grants::of(&key.permissions), via: Via::Key };
            Arc::new(Key { secret: key.secret, caller: Arc::new(caller) })
        }))
    }

    async fn by_session(&self, token: &str) -> Result<Arc<Caller>, Problem> {
        let digest = digest(token);
        let found = match self.sessions.get(&digest).await {
            Some(cached) => cached,
            None => self.sessions.try_get_with(digest, self.find_session(token, digest)).await?,
        };
        found.ok_or_else(|| Problem::new(Code::Unauthenticated, "the session has ended: sign in again"))
    }

    async fn find_session(&self, token: &str, digest: [u8; 32]) -> Result<Option<Arc<Caller>>, thaiyyal_store::Error> {
        let found = self.directory.find_session(&digest, self.clock.now()).await?;
        Ok(found.map(|session| {
            #[expect(clippy::disallowed_methods, reason = "the session was found by the digest of a token only its browser has")]
            let scope = TenantScope::assume(session.login.tenant);
            let grants = Grants::of(&session.login.permissions);
            let user = session.login.user;
            let via = Via::Session { id: session.id, digest, csrf: csrf::token(token).into(), login: Arc::new(session.login) };
            Arc::new(Caller { scope, user, grants, via })
        }))
    }

    /// Forgets what is cached about a session that ended.
    pub(crate) async fn forget_session(&self, digest: &[u8; 32]) {
        self.sessions.invalidate(digest).await;
    }

    /// Forgets what is cached about a key that was revoked.
    pub(crate) async fn forget_key(&self, id: ApiKeyId) {
        self.keys.invalidate(&id).await;
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, rest) = header.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case("bearer ").then(|| rest.trim())
}
