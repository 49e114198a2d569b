use subtle::ConstantTimeEq;
use thaiyyal_model::{ApiKeyId, Clock};

use crate::Error;
use crate::identity::{Token, digest};

/// A key that was made just now: `thy_<id>_<secret>`.
pub struct MintedKey {
    /// Its public part.
    pub id: ApiKeyId,
    /// SHA-256 of its secret part.
    pub digest: [u8; 32],
    /// The whole of it; shown once.
    pub text: String,
}

impl MintedKey {
    /// A fresh key.
    pub fn generate(clock: &dyn Clock) -> Result<Self, Error> {
        let id = ApiKeyId::mint(clock);
        let secret = Token::generate()?;
        Ok(Self { id, digest: secret.digest(), text: format!("thy_{}_{}", id.uuid().as_simple(), secret.reveal()) })
    }
}

/// A key as somebody presented it, genuine or not.
#[derive(Clone, Copy)]
pub struct PresentedKey {
    /// The key it claims to be.
    pub id: ApiKeyId,
    digest: [u8; 32],
}

impl PresentedKey {
    /// Takes the text apart; `None` when it has not the form of a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix("thy_")?.split_once('_')?;
        let fits = id.len() == 32 && (1..=128).contains(&secret.len());
        Some(Self { id: fits.then(|| id.parse().ok())??, digest: digest(secret) })
    }

    /// Whether its secret is the one with this SHA-256; takes the same time either way.
    #[must_use]
    pub fn matches(&self, stored: &[u8; 32]) -> bool {
        self.digest.ct_eq(stored).into()
    }
}

#[cfg(test)]
mod tests {
    use thaiyyal_model::SystemClock;

    use super::*;

    #[test]
    fn a_minted_key_is_recognised_and_another_secret_is_not() {
        let minted = MintedKey::generate(&SystemClock).unwrap();
        let presented = PresentedKey::parse(&minted.text).unwrap();
        assert_eq!(presented.id, minted.id);
        assert!(presented.matches(&minted.digest));
        let other = PresentedKey::parse(&format!("{}0", minted.text)).unwrap();
        assert!(!other.matches(&minted.digest));
    }

    #[test]
    fn other_text_is_no_key() {
        let id = "0198f2d8c4b27a60a8e5b8d3c7e1f024";
        let long = "x".repeat(129);
        for text in [
            "",
            "thy_",
            "thy__",
            "thy_abc_secret",
            &format!("thy_{id}"),
            &format!("thy_{id}_"),
            &format!("thx_{id}_s"),
            &format!("thy_{id}_{long}"),
        ] {
            assert!(PresentedKey::parse(text).is_none(), "{text}");
        }
    }
}
