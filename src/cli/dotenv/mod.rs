//! `.env` files, as far as the tools that read them agree.
//!
//! There is no standard: dotenv for Node, Ruby, Python and Rust, Docker and shells read some lines
//! differently. A line that they do not read alike is refused, with what to write instead; so a value
//! never becomes another one silently. The rules are in docs/command-line.md.

mod problem;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::crypto::Plaintext;
use crate::policy::names::is_data_key;
pub(super) use problem::{Problem, Reason};

/// One `KEY=value`.
#[derive(Debug)]
pub(super) struct Assignment {
    /// Where it stands, from 1.
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: Plaintext,
}

/// The assignments, in the order in which they stand; no key twice.
///
/// # Errors
/// The first line that cannot be read, or not only in one way.
pub(super) fn parse(text: &str) -> Result<Vec<Assignment>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = BTreeMap::new();
    let mut assignments = Vec::new();
    for (text, line) in text.lines().zip(1..) {
        let fail = |reason| Problem { line, reason };
        let Some((key, value)) = assignment(text).map_err(fail)? else {
            continue;
        };
        if let Some(first) = lines.insert(key.to_owned(), line) {
            return Err(fail(Reason::Twice(first)));
        }
        let key = key.to_owned();
        assignments.push(Assignment { line, key, value });
    }
    Ok(assignments)
}

/// Key and value of a line; none where it holds none.
fn assignment(line: &str) -> Result<Option<(&str, Plaintext)>, Reason> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (written, value) = line.split_once('=').ok_or(Reason::NoAssignment)?;
    let key = match written.strip_prefix("export") {
        Some(key) if key.starts_with(is_blank) => key.trim_start_matches(is_blank),
        _ => written,
    };
    if key.ends_with(is_blank) || value.starts_with(is_blank) {
        return Err(Reason::Blanks);
    }
    if !is_data_key(key) {
        return Err(Reason::Key);
    }
    let value = match value.as_bytes().first() {
        Some(b'\'') => single_quoted(&value[1..])?,
        Some(b'"') => double_quoted(&value[1..])?,
        _ => unquoted(value)?,
    };
    Ok(Some((key, value)))
}

fn unquoted(value: &str) -> Result<Plaintext, Reason> {
    if value.contains('#') {
        return Err(Reason::Hash);
    }
    if value.contains(['\'', '"', '`', '\\']) {
        return Err(Reason::Unquoted);
    }
    if holds_variable(value) {
        return Err(Reason::Variable);
    }
    Ok(Plaintext::from(value.as_bytes().to_vec()))
}

fn single_quoted(rest: &str) -> Result<Plaintext, Reason> {
    let (value, after) = rest.split_once('\'').ok_or(Reason::Unclosed)?;
    nothing_after(after)?;
    Ok(Plaintext::from(value.as_bytes().to_vec()))
}

fn double_quoted(rest: &str) -> Result<Plaintext, Reason> {
    // With room for all of it: a buffer that grows leaves copies behind.
    let mut value = Zeroizing::new(Vec::with_capacity(rest.len()));
    let mut chars = rest.char_indices();
    while let Some((at, char)) = chars.next() {
        let meant = match char {
            '"' => {
                nothing_after(&rest[at + 1..])?;
                return Ok(Plaintext::from(value));
            }
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(same @ ('\\' | '"' | '$')) => same,
                Some(_) => return Err(Reason::Escape),
                None => return Err(Reason::Unclosed),
            },
            '$' if is_variable(&rest[at + 1..]) => return Err(Reason::Variable),
            char => char,
        };
        let mut buffer = Zeroizing::new([0; 4]);
        value.extend_from_slice(meant.encode_utf8(&mut *buffer).as_bytes());
    }
    Err(Reason::Unclosed)
}

/// Behind a closing quote only a comment may stand, which some tools want a blank before.
fn nothing_after(after: &str) -> Result<(), Reason> {
    let rest = after.trim_start_matches(is_blank);
    let is_comment = rest.starts_with('#') && rest.len() < after.len();
    (rest.is_empty() || is_comment)
        .then_some(())
        .ok_or(Reason::AfterQuote)
}

fn is_blank(char: char) -> bool {
    char == ' ' || char == '\t'
}

fn holds_variable(text: &str) -> bool {
    text.match_indices('$')
        .any(|(at, _)| is_variable(&text[at + 1..]))
}

/// Whether what follows a `$` makes it the name of a variable, or a command. `$` alone, or before a
/// digit, is taken for itself by all.
fn is_variable(after: &str) -> bool {
    after.starts_with(|char: char| char.is_ascii_alphabetic() || "_{(".contains(char))
}
