//! Keyed fingerprints of contents: equal contents are recognised, but without the key none can be guessed.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The first half of HMAC-SHA-256 (RFC 2104), in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A key with both pads already hashed.
#[derive(Clone)]
pub(crate) struct Key {
    inner: Sha256,
    outer: Sha256,
}

impl Digest {
    /// The digest of a content under a request's key, as the watcher computes it.
    pub fn of(key: &[u8; 32], content: &[u8]) -> Self {
        Key::new(key).digest(content)
    }

    /// The hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Key {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let padded = |pad: u8| {
            let mut block = [pad; 64];
            block
                .iter_mut()
                .zip(key)
                .for_each(|(byte, key)| *byte ^= key);
            Sha256::new_with_prefix(block)
        };
        Self {
            inner: padded(0x36),
            outer: padded(0x5c),
        }
    }

    pub(crate) fn digest(&self, content: &[u8]) -> Digest {
        let inner = self.inner.clone().chain_update(content).finalize();
        let whole = self.outer.clone().chain_update(inner).finalize();
        let hexadecimal = |nibble: u8| char::from_digit(u32::from(nibble), 16);
        Digest(
            whole[..16]
                .iter()
                .flat_map(|byte| [byte >> 4, byte & 15])
                .filter_map(hexadecimal)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn it_is_the_standard_construction() {
        // Computed with Python: hmac.new(bytes(range(32)), b"Proofmark", "sha256").hexdigest()[:32]
        let mut key = [0; 32];
        key.iter_mut()
            .zip(0..)
            .for_each(|(byte, position)| *byte = position);
        assert_eq!(
            Digest::of(&key, b"Proofmark").as_str(),
            "0f94f64bcd5376c7d63da1424d1dc9f9"
        );
        assert_ne!(
            Digest::of(&[0; 32], b"Proofmark"),
            Digest::of(&key, b"Proofmark")
        );
    }
}
