//! Reading the chunks.

use std::fmt;
use std::io::{ErrorKind, Read};

use aead_stream::DecryptorBE32;
use chacha20poly1305::ChaCha20Poly1305;
use zeroize::Zeroizing;

use super::{CHUNK_BYTES, Error, FileKey, writer::empty_chunk};
use crate::crypto::symmetric::TAG_BYTES;

/// Opens a file chunk by chunk.
///
/// Each chunk is authentic where it stands. That the file is whole is known when [`Reader::next_chunk`]
/// has said so with `None`: until then nothing that cannot be undone may follow from what was read.
pub struct Reader<R> {
    from: R,
    cipher: Option<DecryptorBE32<ChaCha20Poly1305>>,
    /// The first byte of the next chunk: whether there is one decides how the one before it is opened.
    ahead: Option<u8>,
}

impl<R: Read> Reader<R> {
    /// `from` stands behind the header.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new(mut from: R, FileKey(key): &FileKey) -> Result<Self, Error> {
        let cipher = DecryptorBE32::new(key.expose().into(), &[0; 7].into());
        let ahead = one(&mut from)?;
        Ok(Self {
            from,
            cipher: Some(cipher),
            ahead,
        })
    }

    /// The next chunk in clear; `None` after the last one.
    ///
    /// # Errors
    /// [`Error::Damaged`], after which there is nothing more to read; [`Error::Io`].
    pub fn next_chunk(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let Some(mut cipher) = self.cipher.take() else {
            return Ok(None);
        };
        let mut chunk = empty_chunk();
        chunk.extend(self.ahead.take());
        let rest = (CHUNK_BYTES + TAG_BYTES - chunk.len()) as u64;
        self.from.by_ref().take(rest).read_to_end(&mut chunk)?;
        self.ahead = one(&mut self.from)?;
        let opened = if self.ahead.is_some() {
            let opened = cipher.decrypt_next_in_place(&[], &mut *chunk);
            self.cipher = Some(cipher);
            opened
        } else {
            cipher.decrypt_last_in_place(&[], &mut *chunk)
        };
        if opened.is_err() {
            self.cipher = None;
            return Err(Error::Damaged);
        }
        Ok(Some(chunk))
    }
}

/// One byte, if there is one.
fn one(from: &mut impl Read) -> Result<Option<u8>, Error> {
    let mut byte = [0];
    match from.read_exact(&mut byte) {
        Ok(()) => Ok(Some(byte[0])),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader([redacted])")
    }
}
