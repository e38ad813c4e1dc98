//! A passphrase: from a file, from stdin, or from a terminal that does not show it.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::{Zeroize as _, Zeroizing};

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
    let line = {
        let silent = Silent::new(&terminal).context("cannot keep the terminal from showing it")?;
        typed(&terminal, &Keys::of(&silent.before))
    };
    writeln!(terminal)?;
    limited(line?.as_slice())
}

/// What keys of a terminal mean beside the characters; 0 for none.
struct Keys {
    interrupt: [u8; 2],
    end: u8,
    erase: [u8; 2],
    erase_all: [u8; 2],
}

impl Keys {
    fn of(terminal: &Termios) -> Self {
        let key = |index| terminal.special_codes[index];
        Self {
            interrupt: [key(SpecialCodeIndex::VINTR), key(SpecialCodeIndex::VQUIT)],
            end: key(SpecialCodeIndex::VEOF),
            // Some terminals send the other one.
            erase: [key(SpecialCodeIndex::VERASE), 0x7f],
            // Part of a text that nobody sees is not worth keeping.
            erase_all: [key(SpecialCodeIndex::VKILL), key(SpecialCodeIndex::VWERASE)],
        }
    }
}

/// A line, key by key. The terminal does not end the process at Ctrl-C: it would stay silent then.
fn typed(mut from: impl Read, keys: &Keys) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    let mut byte = Zeroizing::new([0]);
    while from.read(byte.as_mut_slice())? > 0 {
        match byte[0] {
            0 => {}
            b'\n' | b'\r' => break,
            key if key == keys.end => break,
            key if keys.interrupt.contains(&key) => bail!("interrupted; nothing was written"),
            key if keys.erase.contains(&key) => {
                // The whole of a character of several bytes.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            key if keys.erase_all.contains(&key) => line.zeroize(),
            b'\t' => line.push(b'\t'),
            key if key.is_ascii_control() => {}
            _ if line.len() > MAX_BYTES => {}
            key => line.push(key),
        }
    }
    Ok(line)
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
        let off = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        silent.local_modes.remove(off);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
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
    use super::{Keys, MAX_BYTES, limited, typed};

    const KEYS: Keys = Keys {
        interrupt: [3, 0x1c],
        end: 4,
        erase: [8, 0x7f],
        erase_all: [0x15, 0x17],
    };

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

    #[test]
    fn what_is_typed_ends_with_the_line_and_can_be_corrected() {
        for (keys, line) in [
            (&b"correct\rhorse"[..], "correct"),
            (b"correct\n", "correct"),
            (b"correct\x04horse\n", "correct"),
            (b"correct", "correct"),
            (b"xy\x08\x7fcorrect\n", "correct"),
            (b"\x7fcorrect\n", "correct"),
            ("correctö\u{20ac}\u{7f}\u{7f}\n".as_bytes(), "correct"),
            (b"horse\x15correct\n", "correct"),
            (b"horse\x17correct\n", "correct"),
            (b"co\x1arr\0e\x01ct\n", "correct"),
            (b"a\tb c\n", "a\tb c"),
        ] {
            let typed = typed(keys, &KEYS).unwrap();
            assert_eq!(std::str::from_utf8(&typed).unwrap(), line, "{keys:?}");
        }
        let long = vec![b'x'; 2 * MAX_BYTES];
        let typed = typed(&long[..], &KEYS).unwrap();
        assert!(limited(typed.as_slice()).is_err());
    }

    #[test]
    fn an_interruption_is_no_passphrase() {
        for keys in [&b"correct\x03"[..], b"\x1c"] {
            let said = typed(keys, &KEYS).unwrap_err().to_string();
            assert!(said.starts_with("interrupted"), "{said}");
        }
    }
}
