//! Addresses at which executions are called back by those who cannot sign in.
//!
//! The address of an execution holds its ids and a code over them that only this installation can make, so nothing is stored for it: it is
//! known before anybody waits, the same after a crash, and any process can read it.

use std::sync::OnceLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thaiyyal_model::{ExecutionId, TenantId};
use thaiyyal_store::Admin;
use uuid::Uuid;

use crate::Error;

/// Makes and reads addresses, once it knows the secret of the installation.
pub struct Callbacks {
    /// What stands before the token, without a slash at its end.
    base: String,
    secret: OnceLock<[u8; 32]>,
}

/// What the codes are for, so that the secret can serve other purposes too.
const PURPOSE: &[u8] = b"thaiyyal callback 1";
/// Bytes of a token: two ids and the code.
const LENGTH: usize = 16 + 16 + 32;

impl Callbacks {
    /// Addresses below `public_url`; without one they have no host.
    #[must_use]
    pub fn new(public_url: Option<&str>) -> Self {
        let origin = public_url.unwrap_or_default().trim_end_matches('/');
        Self { base: format!("{origin}/api/v1/callbacks"), secret: OnceLock::new() }
    }

    /// Learns the secret of the installation, if it is not known yet.
    ///
    /// # Errors
    /// The database cannot tell it, or the operating system gave no random bytes.
    pub async fn learn(&self, admin: &dyn Admin) -> Result<(), Error> {
        if self.secret.get().is_none() {
            let mut fresh = [0; 32];
            getrandom::fill(&mut fresh).map_err(|error| Error::Crypto(error.to_string().into()))?;
            let secret = admin.secret(fresh).await?;
            self.secret.get_or_init(|| secret);
        }
        Ok(())
    }

    /// Which execution a token belongs to; `None` for what this installation did not make, and before the secret is known. Takes the same
    /// time however much of a code is right.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<(TenantId, ExecutionId)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let bytes: &[u8; LENGTH] = bytes.as_slice().try_into().ok()?;
        let (ids, code) = bytes.split_at(32);
        self.code(ids)?.verify_slice(code).ok()?;
        let (tenant, execution) = ids.split_at(16);
        Some((TenantId::from_uuid(Uuid::from_slice(tenant).ok()?), ExecutionId::from_uuid(Uuid::from_slice(execution).ok()?)))
    }

    fn code(&self, ids: &[u8]) -> Option<Hmac<Sha256>> {
        let mut code = Hmac::<Sha256>::new_from_slice(self.secret.get()?).ok()?;
        code.update(PURPOSE);
        code.update(ids);
        Some(code)
    }
}

impl thaiyyal_engine::Callbacks for Callbacks {
    fn url(&self, tenant: TenantId, execution: ExecutionId) -> Option<String> {
        let mut token = [tenant.uuid().into_bytes(), execution.uuid().into_bytes()].concat();
        let code = self.code(&token)?.finalize().into_bytes();
        token.extend_from_slice(&code);
        Some(format!("{}/{}", self.base, URL_SAFE_NO_PAD.encode(token)))
    }
}

#[cfg(test)]
mod tests {
    use thaiyyal_engine::Callbacks as _;
    use thaiyyal_model::SystemClock;

    use super::*;

    fn callbacks(secret: [u8; 32]) -> Callbacks {
        let callbacks = Callbacks::new(Some("https://example.test/"));
        callbacks.secret.get_or_init(|| secret);
        callbacks
    }

    fn token(callbacks: &Callbacks, tenant: TenantId, execution: ExecutionId) -> String {
        let url = callbacks.url(tenant, execution).unwrap();
        url.strip_prefix("https://example.test/api/v1/callbacks/").unwrap().to_owned()
    }

    #[test]
    fn a_token_is_read_by_whoever_has_the_secret_and_says_the_same_each_time() {
        let (tenant, execution) = (TenantId::mint(&SystemClock), ExecutionId::mint(&SystemClock));
        let made = token(&callbacks([7; 32]), tenant, execution);
        assert_eq!(made, token(&callbacks([7; 32]), tenant, execution));
        assert_eq!(callbacks([7; 32]).read(&made), Some((tenant, execution)));
        assert_eq!(callbacks([8; 32]).read(&made), None);
        assert_eq!(Callbacks::new(None).read(&made), None);
    }

    #[test]
    fn no_other_text_is_a_token() {
        let mine = callbacks([7; 32]);
        let made = token(&mine, TenantId::mint(&SystemClock), ExecutionId::mint(&SystemClock));
        let bytes = URL_SAFE_NO_PAD.decode(&made).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(mine.read(&URL_SAFE_NO_PAD.encode(other)), None, "byte {at}");
        }
        for text in ["", "x", &made[1..], &format!("{made}AA"), "ä"] {
            assert_eq!(mine.read(text), None, "{text}");
        }
    }
}
