use sha2::{Digest, Sha256};

use crate::Error;

/// A secret of 256 random bits, as text. Printed by no formatter; storage keeps its [`digest`] only.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A fresh token.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| Error::Crypto(error.to_string().into()))?;
        Ok(Self(hex(&bytes)))
    }

    /// The text to hand to whom it belongs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What storage knows it by.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

/// SHA-256 of a presented secret. Enough for secrets of 256 random bits, which nobody can guess; passwords need more.
#[must_use]
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_known_by_their_digest() {
        let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_eq!(one.reveal().len(), 64);
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(one.digest(), digest(one.reveal()));
    }
}
