//! Containers: files of any length, sealed to a passphrase or to a public key.
//!
//! ```text
//! coffer.file.v1 <line feed>
//! {"content":"…","lock":{…}} <line feed>
//! <43 characters of base64url: the header's tag> <line feed>
//! chunk, chunk, … last chunk
//! ```
//!
//! The lock yields 256 bits: Argon2id (RFC 9106) of the passphrase, or what HPKE (RFC 9180, base mode)
//! opens with the secret key. From them and all of the header's bytes follow two keys (HKDF-Expand, RFC
//! 5869): one makes the header's tag, so that a wrong passphrase is told from a damaged file; the other
//! seals the chunks. Each has 65,536 bytes of plaintext, the last one fewer or as many, under
//! ChaCha20-Poly1305 in the STREAM construction (<https://eprint.iacr.org/2015/189>) with a 32-bit
//! counter and a flag for the last. So chunks that are changed, swapped, left out or added are noticed,
//! and so is a file that was cut short.
//!
//! | file | what it is for |
//! |---|---|
//! | [`header`] | the first three lines |
//! | [`lock`] | what a file is sealed to, and what opens it |
//! | [`passphrase`] | Argon2id, with bounds |
//! | [`pair`] | a key pair for files, as text |
//! | `schedule` | from the lock's secret to the keys of one file |
//! | [`writer`], [`reader`] | the chunks |

pub mod error;
pub mod header;
pub mod lock;
pub mod pair;
pub mod passphrase;
pub mod reader;
mod schedule;
#[cfg(test)]
mod tests;
pub mod writer;

pub use error::Error;
pub use header::Header;
pub use lock::{Lock, Unlock};
pub use pair::{FilePublicKey, FileSecretKey};
pub use reader::Reader;
pub use schedule::FileKey;
pub use writer::Writer;

/// Bytes of plaintext in every chunk but the last.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// Opens everything that is authenticated here.
const DOMAIN: &str = "coffer.file.v1";
