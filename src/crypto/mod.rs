//! Keyring, envelopes and key wrapping. Knows nothing of Kubernetes or HTTP.
//!
//! | file | what it is for |
//! |---|---|
//! | [`plaintext`] | a value in clear: erased on drop, never printed |
//! | [`suite`] | the algorithms an envelope may be made with |
//! | [`key_id`] | which key sealed an envelope |
//! | [`binding`] | where a value stands, and how much of that an envelope is bound to |
//! | [`envelope`] | the text form `coffer.v1.<key id>.<payload>` |
//! | [`sealing_key`] | the public half: what authors seal with |
//! | [`store_key`] | the secret half: what the operator seals and opens with |
//! | [`keyring`] | the numbered root keys, which only wrap |
//! | [`wrap`] | wrapping and unwrapping keys with the keyring |
//! | [`wrapped`] | the text form `coffer.wrap.v1.<root number>.<payload>` |
//! | [`generator`] | values that Coffer makes itself: passwords, keys |
//! | [`fingerprint`] | keyed digests, to compare contents without storing them |
//! | [`container`] | files sealed to a passphrase or a public key |
//!
//! Beneath them lie `symmetric` and `hpke_base` (the primitives), `fields` (the length-prefixed
//! encoding of everything that is authenticated), `password`, `key_pair`, `ssh_key` and `pem` (what is
//! generated), `hex`, `key_bytes` and `rng`.

pub mod binding;
pub mod container;
pub mod envelope;
pub mod error;
mod fields;
pub mod fingerprint;
pub mod generator;
mod hex;
mod hpke_base;
mod key_bytes;
pub mod key_id;
mod key_pair;
pub mod keyring;
mod password;
pub(crate) mod pem;
pub mod plaintext;
#[cfg(test)]
mod properties;
mod redaction;
pub(crate) mod rng;
pub mod sealing_key;
mod ssh_key;
pub mod store_key;
pub mod suite;
mod symmetric;
#[cfg(test)]
mod vectors;
pub mod wrap;
pub mod wrapped;

pub use binding::{BindingKind, Place, additional_data};
pub use envelope::Envelope;
pub use error::Error;
pub use fingerprint::Fingerprinter;
pub use generator::{Curve, Generator};
pub(crate) use hex::hex;
pub use key_id::KeyId;
pub use keyring::{Keyring, RootKey};
pub use plaintext::Plaintext;
pub use sealing_key::SealingKey;
pub use store_key::StoreKey;
pub use suite::Suite;
pub use wrap::WrapFor;
pub use wrapped::Wrapped;

/// The longest plaintext that is sealed, in bytes. A sane bound for memory, not a policy: what a
/// value may have is decided elsewhere, and is far less.
pub const MAX_PLAINTEXT_BYTES: usize = 16 * 1024 * 1024;
