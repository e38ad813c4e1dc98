//! Writing the chunks.

use std::fmt;
use std::io::Write;

use aead_stream::EncryptorBE32;
use chacha20poly1305::ChaCha20Poly1305;
use zeroize::Zeroizing;

use super::{CHUNK_BYTES, Error, FileKey, Lock, header, lock::Described};
use crate::crypto::{
    key_bytes::KeyBytes,
    rng::{self, CryptoRng},
    symmetric::TAG_BYTES,
};

/// Seals what is written to it, in memory of one chunk.
///
/// Guarantees: no byte of plaintext reaches `to`; without [`Writer::finish`] the file does not open.
pub struct Writer<W> {
    to: W,
    cipher: EncryptorBE32<ChaCha20Poly1305>,
    /// Not sealed yet. Never grows beyond its capacity, so that no copy is left behind.
    chunk: Zeroizing<Vec<u8>>,
}

impl<W: Write> Writer<W> {
    /// Begins a file: writes its header.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], [`Error::MalformedKey`], [`Error::Io`].
    pub fn create(to: W, content: &str, lock: &Lock) -> Result<Self, Error> {
        Self::create_with_rng(to, content, lock, &mut rng::system())
    }

    pub(super) fn create_with_rng(
        to: W,
        content: &str,
        lock: &Lock,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let (secret, described) = lock.close(rng)?;
        Self::begin(to, content, described, &secret)
    }

    pub(super) fn begin(
        mut to: W,
        content: &str,
        lock: Described,
        secret: &KeyBytes,
    ) -> Result<Self, Error> {
        let (header, FileKey(key)) = header::write(content, lock, secret)?;
        to.write_all(&header)?;
        Ok(Self {
            to,
            // The key is of this file alone, so the nonce begins with nothing.
            cipher: EncryptorBE32::new(key.expose().into(), &[0; 7].into()),
            chunk: empty_chunk(),
        })
    }

    /// Appends.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Io`].
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            if self.chunk.len() == CHUNK_BYTES {
                // There is more, so this is not the last.
                self.cipher
                    .encrypt_next_in_place(&[], &mut *self.chunk)
                    .map_err(|_| Error::TooLong)?;
                self.to.write_all(&self.chunk)?;
                self.chunk.clear();
            }
            let fits = bytes.len().min(CHUNK_BYTES - self.chunk.len());
            let (now, later) = bytes.split_at(fits);
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Writes the last chunk, and gives back what was written to.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(mut self) -> Result<W, Error> {
        self.cipher
            .encrypt_last_in_place(&[], &mut *self.chunk)
            .map_err(|_| Error::TooLong)?;
        self.to.write_all(&self.chunk)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Room for a whole chunk and its tag.
pub(super) fn empty_chunk() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG_BYTES))
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer([redacted])")
    }
}
