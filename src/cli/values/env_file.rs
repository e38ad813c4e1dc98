//! What an `.env` file means, and what it leaves open.
//!
//! Tools read these files differently: what all of them agree on is read, and what they do not agree
//! on is refused, so that no value is sealed that is not the one that was meant.
//!
//! - Blank lines and lines that begin with `#` are left out; `export ` before a key as well.
//! - A value without quotes is taken as it stands, without blanks around it.
//! - In single quotes everything stands for itself; in double quotes `\n`, `\r`, `\t`, `\\`, `\"` and
//!   `\$` are what they are in a shell.
//! - Variables are not filled in.

use zeroize::Zeroizing;

/// Why a line is not understood; each message ends with the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum Mistake {
    #[error("there is no `=`; write KEY=VALUE")]
    NoEquals,
    #[error("there are blanks around the key; write KEY=VALUE")]
    Blanks,
    #[error("the quote is not closed on this line; give a value of several lines with --from-file")]
    Unclosed,
    #[error("something follows the closing quote; put all of the value into the quotes")]
    AfterQuote,
    #[error("the value may end at ` #` or not; put it into quotes, or the comment on its own line")]
    Comment,
    #[error(
        "a variable (`$`) is filled in by some tools and not by others; put the value into single quotes to keep it as it stands"
    )]
    Variable,
    #[error("the escape is not known; write the value in single quotes to keep it as it stands")]
    Escape,
}

/// Key and value of a line; none where the line holds none.
pub(super) fn line(line: &str) -> Result<Option<(&str, Zeroizing<String>)>, Mistake> {
    let line = line.trim_start_matches('\u{feff}').trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (key, value) = line.split_once('=').ok_or(Mistake::NoEquals)?;
    if key.trim() != key || value.starts_with([' ', '\t']) {
        return Err(Mistake::Blanks);
    }
    let value = match value.chars().next() {
        Some('\'') => single_quoted(&value[1..])?,
        Some('"') => double_quoted(&value[1..])?,
        _ => unquoted(value)?,
    };
    Ok(Some((key, value)))
}

fn unquoted(value: &str) -> Result<Zeroizing<String>, Mistake> {
    if value.contains(" #") || value.contains("\t#") {
        return Err(Mistake::Comment);
    }
    if holds_variable(value) {
        return Err(Mistake::Variable);
    }
    Ok(Zeroizing::new(value.to_owned()))
}

fn single_quoted(rest: &str) -> Result<Zeroizing<String>, Mistake> {
    let (value, after) = rest.split_once('\'').ok_or(Mistake::Unclosed)?;
    nothing_after(after)?;
    Ok(Zeroizing::new(value.to_owned()))
}

fn double_quoted(rest: &str) -> Result<Zeroizing<String>, Mistake> {
    // With room for all of it: a buffer that grows leaves copies behind.
    let mut value = Zeroizing::new(String::with_capacity(rest.len()));
    let mut chars = rest.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => {
                nothing_after(&rest[at + 1..])?;
                return Ok(value);
            }
            '$' if holds_variable(&rest[at..]) => return Err(Mistake::Variable),
            '\\' => value.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, 'r')) => '\r',
                Some((_, 't')) => '\t',
                Some((_, same @ ('\\' | '"' | '$'))) => same,
                Some(_) => return Err(Mistake::Escape),
                None => return Err(Mistake::Unclosed),
            }),
            other => value.push(other),
        }
    }
    Err(Mistake::Unclosed)
}

/// After a quoted value all agree on what a comment is.
fn nothing_after(text: &str) -> Result<(), Mistake> {
    let text = text.trim_start();
    if text.is_empty() || text.starts_with('#') {
        Ok(())
    } else {
        Err(Mistake::AfterQuote)
    }
}

/// `${`, `$(` or `$` before a letter: `$` alone, or before a digit, is taken for itself by all.
fn holds_variable(text: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        text[at + 1..]
            .starts_with(|c: char| c == '{' || c == '(' || c == '_' || c.is_ascii_alphabetic())
    })
}
