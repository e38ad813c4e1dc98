//! Reads a file, as often as needed: once to see that it is whole and fits, once to act.

use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::args::UnlockArgs;
use super::entry::{Begin, End, FORMAT, MAX_LINE};
use super::{BACKUP, Entry, Error, KEYS};
use crate::crypto::KeyId;
use crate::crypto::container::{self, FileKey, Header, Reader, Unlock};

/// A file that is not open yet.
pub(in crate::cli) struct Sealed {
    file: File,
    header: Header,
}

/// A file whose key is known.
pub(in crate::cli) struct Unlocked {
    file: File,
    header: Header,
    key: FileKey,
}

/// The entries of a file, the first and the last left out.
///
/// Without an error down to the end the file is whole; until then nothing may be done that cannot be
/// undone.
pub(in crate::cli) struct Entries {
    reader: Reader<BufReader<File>>,
    /// Of the chunk that is read, and how much of it.
    chunk: Zeroizing<Vec<u8>>,
    at: usize,
    counted: End,
    state: State,
    now: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    Within,
    Over,
}

impl Sealed {
    /// Reads the header.
    pub(in crate::cli) fn open(path: &Path) -> Result<Self, Error> {
        let mut file = File::open(path).map_err(container::Error::from)?;
        let header = Header::read(&mut file)?;
        Ok(Self { file, header })
    }

    /// What the file says that it holds.
    pub(in crate::cli) fn content(&self) -> &str {
        self.header.content()
    }

    /// The key that it is sealed to; none for a passphrase.
    pub(in crate::cli) fn key(&self) -> Option<KeyId> {
        self.header.key()
    }

    pub(in crate::cli) fn unlock(self, unlock: &Unlock) -> Result<Unlocked, Error> {
        let key = self.header.unlock(unlock)?;
        Ok(Unlocked {
            file: self.file,
            header: self.header,
            key,
        })
    }
}

impl Unlocked {
    /// Opens a file that holds keys, and perhaps resources.
    pub(in crate::cli) fn open(path: &Path, args: &UnlockArgs) -> anyhow::Result<Self> {
        let name = || format!("cannot read {}", path.display());
        let sealed = Sealed::open(path).with_context(name)?;
        if ![BACKUP, KEYS].contains(&sealed.content()) {
            return Err(Error::UnknownEntry).with_context(name);
        }
        let unlock = args.unlock(sealed.key())?;
        sealed.unlock(&unlock).with_context(name)
    }

    pub(in crate::cli) fn content(&self) -> &str {
        self.header.content()
    }

    /// When it was written, where, and by which release; says so on stderr, since an older file brings older
    /// values and keys, and a file that is sealed to a public key may be anyone's.
    pub(in crate::cli) fn begin(&self, path: &Path) -> anyhow::Result<Begin> {
        let begin = self.entries()?.begin();
        let begin = begin.with_context(|| path.display().to_string())?;
        eprintln!(
            "coffer: {} was written {:.0} by coffer {}",
            path.display(),
            begin.written,
            begin.release
        );
        Ok(begin)
    }

    /// All of it, for what is small.
    pub(in crate::cli) fn whole(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut reader = self.reader()?;
        let mut whole = Zeroizing::new(Vec::with_capacity(container::CHUNK_BYTES));
        while let Some(chunk) = reader.next_chunk()? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }

    /// The entries, from the first.
    pub(in crate::cli) fn entries(&self) -> Result<Entries, Error> {
        Ok(Entries {
            reader: self.reader()?,
            chunk: Zeroizing::default(),
            at: 0,
            counted: End::default(),
            state: State::Begin,
            now: Timestamp::now(),
        })
    }

    fn reader(&self) -> Result<Reader<BufReader<File>>, Error> {
        let mut file = self.file.try_clone().map_err(container::Error::from)?;
        file.seek(SeekFrom::Start(self.header.length()))
            .map_err(container::Error::from)?;
        Ok(Reader::new(BufReader::new(file), &self.key)?)
    }
}

impl Entries {
    fn begin(&mut self) -> Result<Begin, Error> {
        let line = self.line()?.ok_or(Error::Incomplete)?;
        match Entry::read(&line, self.now)? {
            Entry::Begin(begin) if begin.format == FORMAT => {
                self.state = State::Within;
                Ok(begin)
            }
            Entry::Begin(begin) => Err(Error::Format(begin.format)),
            _ => Err(Error::Incomplete),
        }
    }

    fn advance(&mut self) -> Result<Option<Entry>, Error> {
        if self.state == State::Begin {
            self.begin()?;
        }
        loop {
            let Some(line) = self.line()? else {
                return match self.state {
                    State::Over => Ok(None),
                    State::Begin | State::Within => Err(Error::Incomplete),
                };
            };
            match (Entry::read(&line, self.now)?, self.state) {
                (Entry::Begin(_), _) | (_, State::Begin | State::Over) => {
                    return Err(Error::Incomplete);
                }
                (Entry::End(end), State::Within) if end == self.counted => self.state = State::Over,
                (Entry::End(_), State::Within) => return Err(Error::Incomplete),
                (entry, State::Within) => {
                    self.counted.count(&entry);
                    return Ok(Some(entry));
                }
            }
        }
    }

    /// A line without its line feed; none after the last.
    fn line(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let mut line = Zeroizing::new(Vec::new());
        loop {
            let rest = &self.chunk[self.at..];
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                line.extend_from_slice(&rest[..end]);
                self.at += end + 1;
                return Ok(Some(line));
            }
            line.extend_from_slice(rest);
            if line.len() > MAX_LINE {
                return Err(Error::EntryTooLong);
            }
            match self.reader.next_chunk()? {
                Some(chunk) => (self.chunk, self.at) = (chunk, 0),
                None if line.is_empty() => {
                    self.at = self.chunk.len();
                    return Ok(None);
                }
                None => return Err(Error::Incomplete),
            }
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}
