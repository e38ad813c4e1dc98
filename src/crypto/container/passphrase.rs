//! From a passphrase to 256 bits: Argon2id (RFC 9106), its parameters in the file's header.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Error;
use crate::crypto::{
    Plaintext,
    key_bytes::{KEY_BYTES, KeyBytes},
    rng::CryptoRng,
};

/// The length of the salt (RFC 9106, section 3.1: 16 bytes are recommended).
const SALT_BYTES: usize = 16;
/// The most that is read: one gibibyte.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// The most that is read.
const MAX_PASSES: u32 = 16;
/// The most that is read.
const MAX_LANES: u32 = 16;

/// How the key is derived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Argon2id {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

impl Argon2id {
    /// The second recommended option of RFC 9106, section 4 (three passes, four lanes), with four times
    /// its memory, 256 MiB, and a fresh salt.
    pub(crate) fn recommended(rng: &mut impl CryptoRng) -> Self {
        Self::new(256 * 1024, 3, 4, rng)
    }

    pub(super) fn new(memory_kib: u32, passes: u32, lanes: u32, rng: &mut impl CryptoRng) -> Self {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        Self {
            memory_kib,
            passes,
            lanes,
            salt: BASE64_URL_SAFE_NO_PAD.encode(salt),
        }
    }

    /// Errs when the parameters are out of bounds: whoever can change a file must not make its owner's
    /// machine work for days, or take all of its memory.
    pub(super) fn check(&self) -> Result<(), Error> {
        if !(1..=MAX_LANES).contains(&self.lanes) {
            return Err(Error::AbsurdKdf("an absurd number of lanes"));
        }
        // Argon2 needs eight blocks a lane (RFC 9106, section 3.1).
        if !(8 * self.lanes..=MAX_MEMORY_KIB).contains(&self.memory_kib) {
            return Err(Error::AbsurdKdf("an absurd amount of memory"));
        }
        if !(1..=MAX_PASSES).contains(&self.passes) {
            return Err(Error::AbsurdKdf("an absurd number of passes"));
        }
        self.salt().map(drop)
    }

    /// Derives the key. Takes about half a second, and the memory.
    pub(super) fn derive(&self, passphrase: &Plaintext) -> Result<KeyBytes, Error> {
        self.check()?;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES))
            .map_err(|_| Error::MalformedHeader)?;
        let out_of_memory = |_| Error::OutOfMemory {
            mebibytes: self.memory_kib / 1024,
        };
        let mut memory: Vec<Block> = Vec::new();
        memory
            .try_reserve_exact(params.block_count())
            .map_err(out_of_memory)?;
        memory.resize(params.block_count(), Block::default());
        let mut memory = Zeroizing::new(memory);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                passphrase.expose(),
                &self.salt()?,
                key.as_mut_slice(),
                memory.as_mut_slice(),
            )
            .map_err(|_| Error::MalformedHeader)?;
        KeyBytes::try_from(key.as_slice()).map_err(|_| Error::MalformedHeader)
    }

    fn salt(&self) -> Result<Vec<u8>, Error> {
        let salt = BASE64_URL_SAFE_NO_PAD.decode(&self.salt).ok();
        salt.filter(|salt| salt.len() == SALT_BYTES)
            .ok_or(Error::MalformedHeader)
    }
}
