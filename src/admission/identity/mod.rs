//! What the webhooks' server is known by: an authority of its own, a certificate from it, and a path
//! that nobody can guess and that changes every day. Shared by all replicas through one native Secret of the
//! operator's namespace.
//!
//! | file | what it is for |
//! |---|---|
//! | `plan` | what has to be made or dropped at a time; no clock of its own |
//! | `issue` | making keys and certificates |
//! | `storage` | the native Secret, written by compare-and-swap |

mod issue;
mod plan;
mod storage;

pub use plan::advance;
pub(super) use storage::{Storage, read};

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How long the others get to hear of something new before anything depends on it: the replicas of a
/// certificate and a path, the API servers of an authority.
pub const SPREAD: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// Everything the server is known by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Who is trusted, the older first: one, or two while one takes over from the other.
    pub authorities: Vec<Authority>,
    /// What the server shows.
    pub serving: Serving,
    /// The unguessable part of the path, the older first. All of them are served.
    pub paths: Vec<PathToken>,
}

/// An authority, which signs nothing but the certificates of this server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authority {
    /// Its common name.
    pub name: String,
    /// PEM.
    pub certificate: String,
    /// PKCS#8, PEM.
    pub key: PrivateKey,
    /// Since when it is there.
    pub made: Timestamp,
    /// Until when it is valid.
    pub ends: Timestamp,
}

/// A certificate for the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Serving {
    /// The authority that signed it.
    pub authority: String,
    /// What it is valid for: DNS names and addresses.
    pub names: Vec<String>,
    /// PEM.
    pub certificate: String,
    /// PKCS#8, PEM.
    pub key: PrivateKey,
    /// Since when it is there.
    pub made: Timestamp,
    /// Until when it is valid.
    pub ends: Timestamp,
}

/// A part of the path that cannot be guessed. No secret: the API server prints it where a call fails.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathToken {
    /// 32 hexadecimal digits.
    pub token: String,
    /// Since when it is there.
    pub made: Timestamp,
}

/// A private key in PEM. Erased when dropped, never printed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrivateKey(Zeroizing<String>);

impl PrivateKey {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for PrivateKey {
    fn from(pem: String) -> Self {
        Self(Zeroizing::new(pem))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

impl fmt::Debug for PathToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PathToken([redacted], {})", self.made)
    }
}

impl Identity {
    /// The certificates that the API server is to trust, in PEM.
    #[must_use]
    pub fn bundle(&self) -> String {
        self.authorities
            .iter()
            .map(|authority| authority.certificate.as_str())
            .collect()
    }

    /// The path token to be told to the API server: the newest that every replica has heard of.
    #[must_use]
    pub fn advertised_path(&self, now: Timestamp) -> &str {
        let known = self
            .paths
            .iter()
            .rev()
            .find(|path| plan::has_spread(path.made, now));
        known
            .or_else(|| self.paths.first())
            .map_or("", |path| path.token.as_str())
    }
}
