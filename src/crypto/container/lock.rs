//! What a file is sealed to, and what opens it.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{Error, FilePublicKey, FileSecretKey, passphrase::Argon2id};
use crate::crypto::{KeyId, Plaintext, key_bytes::KeyBytes, rng::CryptoRng};

/// What a file is sealed to.
pub enum Lock {
    /// A passphrase.
    Passphrase(Plaintext),
    /// A public key: whoever seals cannot open.
    PublicKey(FilePublicKey),
}

/// What opens a file.
pub enum Unlock {
    /// The passphrase.
    Passphrase(Plaintext),
    /// The secret half.
    SecretKey(FileSecretKey),
}

/// What the header says about the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Described {
    /// The key is derived so.
    Argon2id(Argon2id),
    /// The key is sealed so.
    Hpke(Hpke),
}

/// The secret of the file, sealed to a public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Hpke {
    key: KeyId,
    sealed: String,
}

impl Lock {
    /// The secret of a new file, and how the header describes it.
    pub(super) fn close(&self, rng: &mut impl CryptoRng) -> Result<(KeyBytes, Described), Error> {
        match self {
            Self::Passphrase(passphrase) => {
                let kdf = Argon2id::recommended(rng);
                Ok((kdf.derive(passphrase)?, Described::Argon2id(kdf)))
            }
            Self::PublicKey(public) => {
                let secret = KeyBytes::random(rng);
                let sealed = BASE64_URL_SAFE_NO_PAD.encode(public.seal(&secret, rng)?);
                let key = public.id();
                Ok((secret, Described::Hpke(Hpke { key, sealed })))
            }
        }
    }
}

impl Described {
    /// The key that the file is sealed to; `None` for a passphrase.
    pub(super) fn key(&self) -> Option<KeyId> {
        match self {
            Self::Argon2id(_) => None,
            Self::Hpke(hpke) => Some(hpke.key),
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Argon2id(kdf) => kdf.check(),
            Self::Hpke(_) => Ok(()),
        }
    }

    /// The secret of the file.
    pub(super) fn open(&self, unlock: &Unlock) -> Result<KeyBytes, Error> {
        match (self, unlock) {
            (Self::Argon2id(kdf), Unlock::Passphrase(passphrase)) => kdf.derive(passphrase),
            (Self::Argon2id(_), Unlock::SecretKey(_)) => Err(Error::NeedsPassphrase),
            (Self::Hpke(hpke), Unlock::Passphrase(_)) => Err(Error::NeedsKey { key: hpke.key }),
            (Self::Hpke(hpke), Unlock::SecretKey(secret)) => {
                let (file, key) = (hpke.key, secret.public().id());
                if file != key {
                    return Err(Error::OtherKey { file, key });
                }
                let sealed = BASE64_URL_SAFE_NO_PAD
                    .decode(&hpke.sealed)
                    .map_err(|_| Error::MalformedHeader)?;
                secret.open(&sealed)
            }
        }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock([redacted])")
    }
}

impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unlock([redacted])")
    }
}
