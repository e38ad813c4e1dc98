//! A value in clear: erased on drop, compared in constant time, never printed.
//!
//! A plaintext has no `Display` and is not serialisable; its `Debug` shows nothing, not even the
//! length:
//!
//! ```compile_fail
//! let value = coffer::crypto::Plaintext::from(b"hunter2".to_vec());
//! println!("{value}");
//! ```
//!
//! ```compile_fail
//! let value = coffer::crypto::Plaintext::from(b"hunter2".to_vec());
//! serde_json::to_string(&value);
//! ```

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A value in clear.
#[derive(Clone)]
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// The bytes themselves. What is done with them is the caller's to keep short-lived.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for Plaintext {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for Plaintext {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<Plaintext> for Zeroizing<Vec<u8>> {
    fn from(plaintext: Plaintext) -> Self {
        plaintext.0
    }
}

impl PartialEq for Plaintext {
    /// Takes the same time wherever the two differ; only the length can be told from the time.
    fn eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl Eq for Plaintext {}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::Plaintext;

    #[test]
    fn equal_bytes_are_equal_plaintexts() {
        assert_eq!(Plaintext::from(vec![1, 2]), Plaintext::from(vec![1, 2]));
    }

    #[test]
    fn a_plaintext_differs_from_its_prefix_and_from_other_bytes() {
        let value = Plaintext::from(vec![1, 2]);
        assert_ne!(value, Plaintext::from(vec![1]));
        assert_ne!(value, Plaintext::from(vec![1, 3]));
        assert_ne!(value, Plaintext::from(vec![]));
    }
}
