//! The first three lines of a container: what it is, what it is sealed to, and a tag over both.

use std::io::Read;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Error, FileKey, Unlock, lock::Described, schedule::Schedule};
use crate::crypto::{KeyId, key_bytes::KeyBytes};

const FAMILY: &str = "coffer.file.v";
const MAGIC: &str = "coffer.file.v1";
/// The longest line; that of an X-Wing lock has about 1,700 bytes.
const LINE_BYTES: usize = 4096;

/// A header as it was read. Not secret.
#[derive(Clone, Debug)]
pub struct Header {
    /// The first two lines.
    lines: Vec<u8>,
    described: Line,
    tag: Vec<u8>,
    length: u64,
}

/// The second line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    content: String,
    lock: Described,
}

impl Header {
    /// Reads the header, and not one byte more.
    ///
    /// # Errors
    /// [`Error::NotAContainer`], [`Error::UnknownVersion`], [`Error::MalformedHeader`],
    /// [`Error::AbsurdKdf`], [`Error::Io`].
    pub fn read(from: &mut impl Read) -> Result<Self, Error> {
        let magic = line(from, FAMILY)?.ok_or(Error::NotAContainer)?;
        match magic.strip_prefix(FAMILY.as_bytes()) {
            None => return Err(Error::NotAContainer),
            Some(b"1") => {}
            Some(_) => return Err(Error::UnknownVersion),
        }
        let json = line(from, "")?.ok_or(Error::MalformedHeader)?;
        let described: Line = serde_json::from_slice(&json).map_err(|_| Error::MalformedHeader)?;
        described.lock.check()?;
        let tag_line = line(from, "")?.ok_or(Error::MalformedHeader)?;
        let tag = BASE64_URL_SAFE_NO_PAD
            .decode(&tag_line)
            .map_err(|_| Error::MalformedHeader)?;
        let lines = [magic.as_slice(), b"\n", &json, b"\n"].concat();
        let length = lines.len() + tag_line.len() + 1;
        Ok(Self {
            lines,
            described,
            tag,
            length: length as u64,
        })
    }

    /// What the file says that it holds; to be trusted once it is unlocked.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.described.content
    }

    /// The key that the file is sealed to; `None` for a passphrase.
    #[must_use]
    pub fn key(&self) -> Option<KeyId> {
        self.described.lock.key()
    }

    /// Where the chunks begin, in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The key of the chunks.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::HeaderChanged`], [`Error::NeedsPassphrase`],
    /// [`Error::NeedsKey`], [`Error::OtherKey`], [`Error::OutOfMemory`].
    pub fn unlock(&self, unlock: &Unlock) -> Result<FileKey, Error> {
        let schedule = Schedule::new(&self.described.lock.open(unlock)?, &self.lines);
        if schedule.tag(&self.lines).ct_eq(&self.tag).into() {
            return Ok(schedule.chunks);
        }
        Err(match unlock {
            Unlock::Passphrase(_) => Error::WrongPassphrase,
            Unlock::SecretKey(_) => Error::HeaderChanged,
        })
    }
}

/// The header of a new file, and the key of its chunks.
pub(super) fn write(
    content: &str,
    lock: Described,
    secret: &KeyBytes,
) -> Result<(Vec<u8>, FileKey), Error> {
    let described = Line {
        content: content.to_owned(),
        lock,
    };
    let json = serde_json::to_string(&described).map_err(|_| Error::MalformedHeader)?;
    let lines = format!("{MAGIC}\n{json}\n").into_bytes();
    let schedule = Schedule::new(secret, &lines);
    let tag = BASE64_URL_SAFE_NO_PAD.encode(schedule.tag(&lines));
    let header = [&lines, tag.as_bytes(), b"\n"].concat();
    Ok((header, schedule.chunks))
}

/// A line without its line feed; none where the file ends first, the line is too long, or does not begin
/// like this. Byte by byte, so that nothing beyond it is taken.
fn line(from: &mut impl Read, start: &str) -> Result<Option<Vec<u8>>, Error> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LINE_BYTES {
        if from.read(&mut byte)? == 0 {
            return Ok(None);
        }
        if byte == *b"\n" {
            return Ok(Some(line));
        }
        line.extend(byte);
        if line.len() == start.len() && line != start.as_bytes() {
            return Ok(None);
        }
    }
    Ok(None)
}
