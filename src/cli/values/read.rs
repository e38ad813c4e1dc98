//! From the options to values by key.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::ValueArgs;
use super::error::{Error, MAX_KEYS, Origin};
use crate::cli::dotenv;
use crate::crypto::Plaintext;
use crate::policy::encoding::is_envelope;
use crate::policy::names::is_data_key;
use crate::policy::scrub::is_marker;
use crate::policy::{MAX_TOTAL_BYTES, MAX_VALUE_BYTES};

/// The largest `.env` file, in bytes: room for all that one Secret may hold, and comments.
const MAX_ENV_FILE: usize = 1024 * 1024;

/// Values in clear, by key.
#[derive(Debug, Default)]
pub(in crate::cli) struct Values {
    pub(super) by_key: BTreeMap<String, Plaintext>,
    stdin_read: bool,
}

impl Values {
    /// Reads all that the options name; at least one value.
    pub(in crate::cli) fn read(args: &ValueArgs) -> Result<Self, Error> {
        let mut values = Self::default();
        for (number, literal) in args.literals.iter().enumerate() {
            let origin = Origin::Literal(number + 1);
            match literal.parts() {
                (Some(key), value) => values.add(key, text(value), origin)?,
                (None, _) => return Err(Error::NoKey(origin)),
            }
        }
        for (number, file) in args.files.iter().enumerate() {
            values.file(file.parts(), Origin::File(number + 1))?;
        }
        for path in &args.env_files {
            values.env_file(path)?;
        }
        if values.by_key.is_empty() {
            return Err(Error::None);
        }
        Ok(values)
    }

    /// The keys that are given a value.
    pub(in crate::cli) fn keys(&self) -> impl Iterator<Item = &str> {
        self.by_key.keys().map(String::as_str)
    }

    fn file(&mut self, (key, path): (Option<&str>, &str), origin: Origin) -> Result<(), Error> {
        let path = Path::new(path);
        let is_stdin = path.as_os_str() == "-";
        let name = path.file_name().and_then(|name| name.to_str());
        let key = match key {
            Some(key) => key,
            None if is_stdin => return Err(Error::StdinNeedsKey(origin)),
            None => name.ok_or_else(|| Error::BadKey(origin.clone()))?,
        };
        check_key(key, &origin)?;
        let bytes = if is_stdin {
            let bytes = self.stdin(MAX_VALUE_BYTES).map_err(|error| match error {
                Some(error) => Error::Unreadable(origin.clone(), error),
                None => Error::StdinTwice,
            })?;
            if bytes.ends_with(b"\n") {
                eprintln!(
                    "coffer: what came from stdin ends with a line break, which is sealed with it; `printf %s` makes none"
                );
            }
            bytes
        } else {
            let unreadable = |error| Error::Unreadable(origin.clone(), error);
            let file = File::open(path).map_err(unreadable)?;
            if file.metadata().map_err(unreadable)?.is_dir() {
                return Err(Error::Folder(origin));
            }
            at_most(MAX_VALUE_BYTES, file).map_err(unreadable)?
        };
        self.add(key, Plaintext::from(bytes), origin)
    }

    fn env_file(&mut self, path: &Path) -> Result<(), Error> {
        let (name, bytes) = if path.as_os_str() == "-" {
            let name = "<stdin>".to_owned();
            let bytes = self.stdin(MAX_ENV_FILE).map_err(|error| match error {
                Some(error) => Error::EnvFile(name.clone(), error),
                None => Error::StdinTwice,
            })?;
            (name, bytes)
        } else {
            let name = path.display().to_string();
            let bytes = File::open(path)
                .and_then(|file| at_most(MAX_ENV_FILE, file))
                .map_err(|error| Error::EnvFile(name.clone(), error))?;
            (name, bytes)
        };
        if bytes.len() > MAX_ENV_FILE {
            return Err(Error::EnvFileTooLarge(name));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::EnvFileNotText(name.clone()))?;
        let origin = |line| Origin::Line(name.clone(), line);
        let assignments =
            dotenv::parse(text).map_err(|it| Error::Line(origin(it.line), it.reason))?;
        for dotenv::Assignment { line, key, value } in assignments {
            self.add(&key, value, origin(line))?;
        }
        Ok(())
    }

    /// At most one byte more than `limit`; `Err(None)` when it was read before.
    fn stdin(&mut self, limit: usize) -> Result<Zeroizing<Vec<u8>>, Option<io::Error>> {
        if self.stdin_read {
            return Err(None);
        }
        self.stdin_read = true;
        if io::stdin().is_terminal() {
            eprintln!("coffer: type the value (it shows), then Enter and Ctrl-D");
        }
        at_most(limit, io::stdin().lock()).map_err(Some)
    }

    fn add(&mut self, key: &str, value: Plaintext, origin: Origin) -> Result<(), Error> {
        check_key(key, &origin)?;
        if value.len() > MAX_VALUE_BYTES {
            return Err(Error::TooLarge(origin));
        }
        if is_envelope(value.expose()) {
            return Err(Error::SealedAlready(origin));
        }
        if is_marker(value.expose()) {
            return Err(Error::Marker(origin));
        }
        if self.by_key.contains_key(key) {
            return Err(Error::Twice(origin));
        }
        self.by_key.insert(key.to_owned(), value);
        if self.by_key.len() > MAX_KEYS {
            return Err(Error::TooMany);
        }
        if self.by_key.values().map(Plaintext::len).sum::<usize>() > MAX_TOTAL_BYTES {
            return Err(Error::TooLargeTogether);
        }
        Ok(())
    }
}

/// As the rule on `spec.data` has it.
fn check_key(key: &str, origin: &Origin) -> Result<(), Error> {
    if is_data_key(key) {
        Ok(())
    } else {
        Err(Error::BadKey(origin.clone()))
    }
}

fn text(value: &str) -> Plaintext {
    Plaintext::from(value.as_bytes().to_vec())
}

/// One byte more than the limit at most, to notice what is too long, in a buffer that never grows.
fn at_most(limit: usize, from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    let most = u64::try_from(limit + 1).unwrap_or(u64::MAX);
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
