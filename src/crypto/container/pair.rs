//! A key pair for files: whoever writes backups has the public half and can read none of them.
//!
//! As text: `coffer.backup-public.v1.<suite>.<base64url>` and `coffer.backup-secret.v1.<suite>.<base64url>`.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{DOMAIN, Error};
use crate::crypto::{
    KeyId, Suite,
    fields::Fields,
    hpke_base::{self, X25519, XWing},
    key_bytes::KeyBytes,
    rng::{self, CryptoRng},
};

const PUBLIC: &str = "coffer.backup-public.v1.";
const SECRET: &str = "coffer.backup-secret.v1.";

/// The public half. Not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePublicKey {
    suite: Suite,
    bytes: Vec<u8>,
}

/// The secret half. Erased on drop, never printed.
pub struct FileSecretKey {
    suite: Suite,
    secret: KeyBytes,
}

impl FilePublicKey {
    /// The key's name: it follows from the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of_public_key(self.suite, &self.bytes)
    }

    /// Seals the secret of one file.
    pub(super) fn seal(
        &self,
        secret: &KeyBytes,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        let (info, aad) = (info(self.suite), self.id().to_string());
        let (aad, message) = (aad.as_bytes(), secret.expose().as_slice());
        let sealed = match self.suite {
            Suite::XWing => hpke_base::seal::<XWing>(&self.bytes, &info, aad, message, rng),
            Suite::X25519 => hpke_base::seal::<X25519>(&self.bytes, &info, aad, message, rng),
            Suite::XChaCha20Poly1305 => return Err(Error::MalformedKey("public")),
        };
        sealed.map_err(|_| Error::MalformedKey("public"))
    }
}

impl FileSecretKey {
    /// A new pair. X-Wing unless the files are to be small: a backup may be read long from now.
    ///
    /// # Errors
    /// [`Error::MalformedKey`] for the symmetric suite.
    pub fn generate(suite: Suite) -> Result<Self, Error> {
        let rng = &mut rng::system();
        let secret = match suite {
            Suite::XWing => hpke_base::generate::<XWing>(rng),
            Suite::X25519 => hpke_base::generate::<X25519>(rng),
            Suite::XChaCha20Poly1305 => return Err(Error::MalformedKey("secret")),
        };
        Ok(Self { suite, secret })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> FilePublicKey {
        let bytes = match self.suite {
            Suite::X25519 => hpke_base::public_key::<X25519>(&self.secret),
            _ => hpke_base::public_key::<XWing>(&self.secret),
        };
        FilePublicKey {
            suite: self.suite,
            bytes,
        }
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`Error::MalformedKey`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let malformed = || Error::MalformedKey("secret");
        let (suite, bytes) = read(text, SECRET).ok_or_else(malformed)?;
        let secret = KeyBytes::try_from(bytes.as_slice()).map_err(|_| malformed())?;
        Ok(Self { suite, secret })
    }

    /// The text form, to be kept where nobody reads it.
    #[must_use]
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(String::with_capacity(64));
        BASE64_URL_SAFE_NO_PAD.encode_string(self.secret.expose(), &mut bytes);
        Zeroizing::new(format!("{SECRET}{}.{}", self.suite, *bytes))
    }

    /// Opens the secret of one file.
    pub(super) fn open(&self, sealed: &[u8]) -> Result<KeyBytes, Error> {
        let (info, aad) = (
            info(self.suite),
            self.public().id().to_string().into_bytes(),
        );
        let opened = match self.suite {
            Suite::X25519 => hpke_base::open::<X25519>(&self.secret, &info, sealed, &[aad]),
            _ => hpke_base::open::<XWing>(&self.secret, &info, sealed, &[aad]),
        };
        let (opened, _) = opened.map_err(|_| Error::HeaderChanged)?;
        KeyBytes::try_from(opened.expose()).map_err(|_| Error::HeaderChanged)
    }
}

impl fmt::Debug for FileSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSecretKey([redacted])")
    }
}

impl fmt::Display for FilePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = BASE64_URL_SAFE_NO_PAD.encode(&self.bytes);
        write!(f, "{PUBLIC}{}.{bytes}", self.suite)
    }
}

impl FromStr for FilePublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::MalformedKey("public");
        let (suite, bytes) = read(text, PUBLIC).ok_or_else(malformed)?;
        let is_key = match suite {
            Suite::X25519 => {
                hpke_base::is_public_key::<X25519>(&bytes)
                    && !hpke_base::is_low_order(&bytes, &mut rng::system())
            }
            _ => hpke_base::is_public_key::<XWing>(&bytes),
        };
        let bytes = bytes.to_vec();
        is_key
            .then_some(Self { suite, bytes })
            .ok_or_else(malformed)
    }
}

fn read(text: &str, prefix: &str) -> Option<(Suite, Zeroizing<Vec<u8>>)> {
    let (suite, bytes) = text.trim().strip_prefix(prefix)?.split_once('.')?;
    let suite: Suite = suite.parse().ok()?;
    suite.public_key_bytes()?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(bytes).ok()?;
    Some((suite, Zeroizing::new(bytes)))
}

fn info(suite: Suite) -> Vec<u8> {
    Fields::new(DOMAIN)
        .field(suite.id().to_be_bytes())
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{FilePublicKey, FileSecretKey};
    use crate::crypto::Suite;

    #[test]
    fn both_halves_read_back_as_they_were_written() {
        for suite in [Suite::XWing, Suite::X25519] {
            let key = FileSecretKey::generate(suite).unwrap();
            let again = FileSecretKey::parse(&key.to_secret_text()).unwrap();
            let public: FilePublicKey = key.public().to_string().parse().unwrap();
            assert_eq!(again.public(), public);
        }
    }

    #[test]
    fn a_mangled_key_is_refused() {
        let key = FileSecretKey::generate(Suite::X25519).unwrap();
        let (secret, public) = (key.to_secret_text(), key.public().to_string());
        for text in ["", &public, &secret[1..], &secret[..secret.len() - 1]] {
            assert!(FileSecretKey::parse(text).is_err(), "{text}");
        }
        let other_suite = public.replace("X25519", "XWing");
        let symmetric = public.replace("X25519", "XChaCha20Poly1305");
        for text in [
            "",
            &secret,
            &public[..public.len() - 1],
            &other_suite,
            &symmetric,
        ] {
            assert!(text.parse::<FilePublicKey>().is_err());
        }
    }

    #[test]
    fn the_secret_half_is_not_printed() {
        let key = FileSecretKey::generate(Suite::XWing).unwrap();
        assert_eq!(format!("{key:?}"), "FileSecretKey([redacted])");
    }
}
