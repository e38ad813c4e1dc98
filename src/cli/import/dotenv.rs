//! The `.env` format, as far as the tools that read it agree.
//!
//! There is no standard: dotenv for Node, Ruby, Python and Rust, Docker and shells read some lines
//! differently. A line that they do not read alike is refused, with what to write instead; so a value
//! never becomes another one silently. The rules are in docs/import.md.

mod problem;

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::names;
use crate::crypto::Plaintext;
pub(super) use problem::{Problem, Reason};

/// The values by key.
///
/// # Errors
/// The first line that cannot be read, or not only in one way.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Plaintext>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A quoted value that goes over several lines has the same line breaks wherever it was written.
    let text = Zeroizing::new(text.replace("\r\n", "\n"));
    let mut scanner = Scanner {
        rest: &text,
        line: 1,
    };
    let mut lines = BTreeMap::new();
    let mut values = BTreeMap::new();
    while let Some(line) = scanner.next_assignment() {
        let fail = |reason| Problem { line, reason };
        let key = scanner.key().map_err(fail)?;
        let value = scanner.value().map_err(fail)?;
        if let Some(first) = lines.insert(key.clone(), line) {
            return Err(fail(Reason::Twice(first)));
        }
        values.insert(key, value);
    }
    Ok(values)
}

struct Scanner<'t> {
    rest: &'t str,
    line: usize,
}

impl Scanner<'_> {
    /// Goes over blank lines and comments to the next assignment; its line, or none at the end.
    fn next_assignment(&mut self) -> Option<usize> {
        loop {
            self.skip(self.rest.len() - self.rest.trim_start().len());
            if !self.rest.starts_with('#') {
                return (!self.rest.is_empty()).then_some(self.line);
            }
            self.skip(self.line_end());
        }
    }

    fn key(&mut self) -> Result<String, Reason> {
        let line = &self.rest[..self.line_end()];
        let equals = line.find('=').ok_or(Reason::NoAssignment)?;
        let written = line[..equals].trim();
        let key = match written.strip_prefix("export") {
            Some(key) if key.starts_with(is_blank) => key.trim_start(),
            _ => written,
        };
        if !names::is_key(key) {
            return Err(Reason::Key);
        }
        let key = key.to_owned();
        self.skip(equals + 1);
        self.skip(self.rest.len() - self.rest.trim_start_matches(is_blank).len());
        Ok(key)
    }

    fn value(&mut self) -> Result<Plaintext, Reason> {
        let value = match self.rest.as_bytes().first() {
            Some(b'\'') => self.single_quoted()?,
            Some(b'"') => self.double_quoted()?,
            _ => return self.unquoted(),
        };
        let line = &self.rest[..self.line_end()];
        let after = line.trim_start_matches(is_blank);
        // A comment, which some tools want a blank before.
        let is_comment = after.starts_with('#') && after.len() < line.len();
        if !after.is_empty() && !is_comment {
            return Err(Reason::AfterQuote);
        }
        self.skip(line.len());
        Ok(value)
    }

    fn unquoted(&mut self) -> Result<Plaintext, Reason> {
        let line = &self.rest[..self.line_end()];
        let comment = line.find(" #").or_else(|| line.find("\t#"));
        let value = line[..comment.unwrap_or(line.len())].trim_end();
        if value.contains('#') {
            return Err(Reason::Hash);
        }
        if value.contains(['\'', '"', '`', '\\']) {
            return Err(Reason::Unquoted);
        }
        if value
            .match_indices('$')
            .any(|(at, _)| is_variable(&value[at + 1..]))
        {
            return Err(Reason::Variable);
        }
        let value = Plaintext::from(value.as_bytes().to_vec());
        self.skip(line.len());
        Ok(value)
    }

    fn single_quoted(&mut self) -> Result<Plaintext, Reason> {
        let written = &self.rest[1..];
        let end = written.find('\'').ok_or(Reason::Unclosed)?;
        let value = Plaintext::from(written.as_bytes()[..end].to_vec());
        self.skip(end + 2);
        Ok(value)
    }

    fn double_quoted(&mut self) -> Result<Plaintext, Reason> {
        let end = closing(&self.rest[1..]).ok_or(Reason::Unclosed)?;
        let written = &self.rest[1..=end];
        let mut value = Zeroizing::new(Vec::with_capacity(written.len()));
        let mut chars = written.char_indices();
        while let Some((at, char)) = chars.next() {
            let meant = match char {
                '\\' => match chars.next().map(|(_, escaped)| escaped) {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some(same @ ('\\' | '"' | '$')) => same,
                    _ => return Err(Reason::Escape),
                },
                '$' if is_variable(&written[at + 1..]) => return Err(Reason::Variable),
                char => char,
            };
            let mut buffer = Zeroizing::new([0; 4]);
            value.extend_from_slice(meant.encode_utf8(&mut *buffer).as_bytes());
        }
        self.skip(end + 2);
        Ok(Plaintext::from(value))
    }

    fn line_end(&self) -> usize {
        self.rest.find('\n').unwrap_or(self.rest.len())
    }

    fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
    }
}

/// Where the double quote is that closes what is written, none of those that are escaped.
fn closing(written: &str) -> Option<usize> {
    let mut is_escaped = false;
    written.bytes().position(|byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })
}

fn is_blank(char: char) -> bool {
    char == ' ' || char == '\t'
}

/// Whether what follows a `$` makes it the name of a variable, or a command.
fn is_variable(after: &str) -> bool {
    after.starts_with(|char: char| char.is_ascii_alphabetic() || "_{(".contains(char))
}

#[cfg(test)]
mod tests;
