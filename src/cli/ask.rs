//! Questions before what cannot be undone.

use std::io::{self, IsTerminal as _, Write as _};

/// Asks on stderr, and reads one line from stdin: true when it is what was to be typed. At the end of
/// stdin, where nobody answers, it is not.
pub(super) fn typed(question: &str, wanted: &str) -> io::Result<bool> {
    let mut err = io::stderr().lock();
    write!(err, "{question} ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    // On a terminal the line break that was typed shows.
    if !io::stdin().is_terminal() || !answer.ends_with('\n') {
        writeln!(err)?;
    }
    Ok(answer.trim_end_matches(['\n', '\r']) == wanted)
}
