use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Error;

/// Hashes and checks passwords: argon2id with 19 MiB, two passes, one lane; a bounded number at the same time, because each needs
/// that memory and tens of milliseconds of a core.
pub struct Passwords {
    running: Arc<Semaphore>,
    /// Those running and those that wait for a turn; whoever finds no room is sent away.
    admitted: Arc<Semaphore>,
}

const WAITING: usize = 64;
const MIN_CHARS: usize = 8;
const MAX_BYTES: usize = 1024;

/// A hash of a password nobody has, made with the parameters above: checking it takes as long as checking a real one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIG91cnM$QK5wHyCyrqCb7wUPKBGjW4Ob0DJ4x+2mo1VvbKbXvIA";

impl Passwords {
    /// Hashes at most `at_once` passwords at the same time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self { running: Arc::new(Semaphore::new(at_once)), admitted: Arc::new(Semaphore::new(at_once + WAITING)) }
    }

    /// The hash of a new password, in PHC form, with a salt of its own.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        if password.chars().count() < MIN_CHARS || password.len() > MAX_BYTES {
            return Err(Error::UnfitPassword { min: MIN_CHARS, max: MAX_BYTES });
        }
        self.run(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await?.map_err(crypto)
    }

    /// Whether `password` is the one `hash` was made from. Takes as long when there is no hash, so that nobody learns from the time
    /// which accounts exist.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        self.run(move || {
            let known = hash.is_some();
            let text = hash.unwrap_or_else(|| NOBODY.to_owned());
            let hash = PasswordHash::new(&text)?;
            match Argon2::default().verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(known),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await?
        .map_err(crypto)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Error::TooManyLogins)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Error::TooManyLogins)?;
        // The permits move into the closure: a caller that went away does not make room while its hash is still being computed.
        let permits: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (admitted, turn);
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permits);
            result
        });
        done.await.map_err(|error| Error::Crypto(Box::new(error)))
    }
}

fn crypto(error: argon2::password_hash::Error) -> Error {
    Error::Crypto(error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horsf".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("x".repeat(2000), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn short_and_huge_passwords_are_refused() {
        let passwords = Passwords::new(1);
        for unfit in ["short".to_owned(), "x".repeat(1025)] {
            assert!(matches!(passwords.hash(unfit).await, Err(Error::UnfitPassword { .. })));
        }
    }

    #[tokio::test]
    async fn more_sign_ins_than_can_wait_are_sent_away() {
        let passwords = Arc::new(Passwords::new(1));
        let held: Vec<_> = (0..=WAITING).map(|_| Arc::clone(&passwords.admitted).try_acquire_owned().unwrap()).collect();
        assert!(matches!(passwords.verify("any password".into(), None).await, Err(Error::TooManyLogins)));
        drop(held);
        assert!(!passwords.verify("any password".into(), None).await.unwrap());
    }
}
