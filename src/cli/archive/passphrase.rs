//! A passphrase: from a file, from stdin, or from a terminal that does not show it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::crypto::Plaintext;

/// The shortest that is taken for a new file, in characters: it stands between a thief of the file and
/// all keys, and can be tried without end.
const MIN_CHARACTERS: usize = 12;
/// The longest, in bytes.
const MAX_BYTES: usize = 4096;

/// One for a new file: from the file, or asked for twice.
pub(in crate::cli) fn new(file: Option<&Path>) -> anyhow::Result<Plaintext> {
    let passphrase = match file {
        Some(path) => read(path)?,
        None => ask_twice()?,
    };
    let characters = std::str::from_utf8(passphrase.expose()).map(|text| text.chars().count());
    if characters.unwrap_or(passphrase.len()) < MIN_CHARACTERS {
        bail!(
            "the passphrase has fewer than {MIN_CHARACTERS} characters; take several words, since whoever has the file can try without end"
        );
    }
    Ok(passphrase)
}

fn ask_twice() -> anyhow::Result<Plaintext> {
    let first = ask("New passphrase")?;
    if ask("The same again")? != first {
        bail!("the two are not the same; nothing was written");
    }
    Ok(first)
}

/// The one of a file that is there.
pub(in crate::cli) fn known(file: Option<&Path>, question: &str) -> anyhow::Result<Plaintext> {
    let passphrase = match file {
        Some(path) => read(path)?,
        None => ask(question)?,
    };
    if passphrase.is_empty() {
        bail!("the passphrase is empty");
    }
    Ok(passphrase)
}

fn read(path: &Path) -> anyhow::Result<Plaintext> {
    if path.as_os_str() == "-" {
        return limited(io::stdin().lock()).context("cannot read the passphrase from stdin");
    }
    let name = path.display();
    let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
    limited(file).with_context(|| format!("cannot read the passphrase from {name}"))
}

/// All of it, less one line break at its end, in a buffer that never grows.
fn limited(from: impl Read) -> anyhow::Result<Plaintext> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES {
        bail!("it has more than {MAX_BYTES} bytes; is it the right file?");
    }
    let kept = bytes
        .strip_suffix(b"\r\n")
        .or_else(|| bytes.strip_suffix(b"\n"));
    let kept = kept.map_or(bytes.len(), <[u8]>::len);
    bytes.truncate(kept);
    Ok(Plaintext::from(bytes))
}

/// Asks on the terminal, even where stdin and stdout are something else.
fn ask(question: &str) -> anyhow::Result<Plaintext> {
    let open = File::options().read(true).write(true).open("/dev/tty");
    let mut terminal =
        open.context("there is no terminal to ask for the passphrase on; give --passphrase-file")?;
    write!(terminal, "{question}: ")?;
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    {
        let _silent = Silent::new(&terminal).context("cannot keep the terminal from showing it")?;
        let typed = BufReader::new(terminal.try_clone()?);
        typed
            .take(MAX_BYTES as u64 + 1)
            .read_until(b'\n', &mut line)?;
    }
    writeln!(terminal)?;
    limited(line.as_slice())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Silent<'t> {
    fn new(terminal: &'t File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // There is nothing to do about a terminal that is gone.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, limited};

    fn read(bytes: &[u8]) -> Vec<u8> {
        limited(bytes).unwrap().expose().to_vec()
    }

    #[test]
    fn one_line_break_at_the_end_is_no_part_of_it() {
        for text in ["correct horse", "correct horse\n", "correct horse\r\n"] {
            assert_eq!(read(text.as_bytes()), b"correct horse");
        }
        assert_eq!(read(b" two\nlines \n\n"), b" two\nlines \n");
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(read(&[b'x'; MAX_BYTES]).len(), MAX_BYTES);
        assert!(limited(&[b'x'; MAX_BYTES + 1][..]).is_err());
    }
}
