//! The text form of a wrapped key: `coffer.wrap.v1.<root number>.<payload>`.
//!
//! The payload is base64url without padding of `nonce || ciphertext || tag` (XChaCha20-Poly1305).

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{Error, Suite, keyring::canonical_number};

const PREFIX: &str = "coffer.wrap.v1.";

/// A wrapped key. Not secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    root: u32,
    payload: Vec<u8>,
}

impl Wrapped {
    pub(crate) fn new(root: u32, payload: Vec<u8>) -> Self {
        Self { root, payload }
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The number of the root key that it is wrapped with.
    #[must_use]
    pub fn root(&self) -> u32 {
        self.root
    }
}

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{PREFIX}{}.{}",
            self.root,
            BASE64_URL_SAFE_NO_PAD.encode(&self.payload)
        )
    }
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl FromStr for Wrapped {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('.'));
        let (root, payload) = parts.ok_or(Error::MalformedWrapped)?;
        let root = canonical_number(root).ok_or(Error::MalformedWrapped)?;
        let payload = BASE64_URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| Error::MalformedWrapped)?;
        if payload.len() < Suite::XChaCha20Poly1305.overhead() {
            return Err(Error::MalformedWrapped);
        }
        Ok(Self { root, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::Wrapped;
    use crate::crypto::Error;

    #[test]
    fn a_text_that_is_not_canonical_is_refused() {
        let payload = "A".repeat(54);
        let good = format!("coffer.wrap.v1.1.{payload}");
        assert!(good.parse::<Wrapped>().is_ok());
        let texts = [
            String::new(),
            payload.clone(),
            format!("coffer.v1.1.{payload}"),
            format!("coffer.wrap.v2.1.{payload}"),
            format!("coffer.wrap.v1.{payload}"),
            format!("coffer.wrap.v1.0.{payload}"),
            format!("coffer.wrap.v1.01.{payload}"),
            format!("coffer.wrap.v1.+1.{payload}"),
            format!("coffer.wrap.v1.4294967296.{payload}"),
            format!("{good}="),
            format!("{good}=="),
            format!("{good}\n"),
            format!(" {good}"),
            good.replace("AAAA", "A/A+"),
            format!("{}B", &good[..good.len() - 1]),
            good[..good.len() - 2].to_owned(),
        ];
        for text in texts {
            assert_eq!(
                text.parse::<Wrapped>(),
                Err(Error::MalformedWrapped),
                "{text}"
            );
        }
    }
}
