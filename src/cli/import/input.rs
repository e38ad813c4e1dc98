//! Files and stdin, as text that erases itself.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use zeroize::Zeroizing;

/// A text and the name to call it by. Has no Debug: the text holds secrets.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) text: Zeroizing<String>,
}

/// Reads a file, or stdin where it is called `-`.
///
/// # Errors
/// Where it cannot be read or is not UTF-8.
pub(super) fn read(path: &Path) -> anyhow::Result<Input> {
    let (name, bytes) = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = io::stdin().read_to_end(&mut bytes);
        ("<stdin>".to_owned(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), fs::read(path))
    };
    let bytes = Zeroizing::new(bytes.with_context(|| format!("cannot read {name}"))?);
    // The error of the conversion keeps the bytes.
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| anyhow!("{name} is not UTF-8; save it as UTF-8"))?;
    let text = Zeroizing::new(text.to_owned());
    Ok(Input { name, text })
}
