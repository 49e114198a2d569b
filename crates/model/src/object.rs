use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// SHA-256 of what an object holds, which is also its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectHash(pub [u8; 32]);

impl ObjectHash {
    /// The hash of this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The hash of several parts by their hashes; of a single part its own.
    #[must_use]
    pub fn of_parts(parts: impl ExactSizeIterator<Item = Self> + Clone) -> Self {
        if let (1, Some(only)) = (parts.len(), parts.clone().next()) {
            return only;
        }
        let mut hash = Sha256::new();
        parts.for_each(|part| hash.update(part.0));
        Self(hash.finalize().into())
    }
}

/// 64 hexadecimal digits, lower case.
impl fmt::Display for ObjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no [`ObjectHash`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no SHA-256 in 64 hexadecimal digits")]
pub struct NotAHash(String);

impl FromStr for ObjectHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let mut hash = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != hash.len() || !rest.is_empty() {
            return Err(NotAHash(text.to_owned()));
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            let digits = digit(*high).zip(digit(*low)).ok_or_else(|| NotAHash(text.to_owned()))?;
            *byte = digits.0 << 4 | digits.1;
        }
        Ok(Self(hash))
    }
}

/// Something on its way to the object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub hash: ObjectHash,
    /// What it holds.
    pub content: Bytes,
}

impl Object {
    /// The object that holds this content.
    #[must_use]
    pub fn of(content: impl Into<Bytes>) -> Self {
        let content = content.into();
        Self { hash: ObjectHash::of(&content), content }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_read_back_from_their_text() {
        let hash = ObjectHash::of(b"abc");
        assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for wrong in ["", "ba78", &"x".repeat(64), &"é".repeat(32)] {
            assert!(wrong.parse::<ObjectHash>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_part_has_the_hash_of_the_whole_and_several_depend_on_their_order() {
        let [a, b] = [ObjectHash::of(b"a"), ObjectHash::of(b"b")];
        assert_eq!(ObjectHash::of_parts([a].into_iter()), a);
        assert_ne!(ObjectHash::of_parts([a, b].into_iter()), ObjectHash::of_parts([b, a].into_iter()));
    }
}
