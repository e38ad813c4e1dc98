//! Filters that write values as the formats of files have them. What a format cannot hold is an error, so that nothing
//! half-written is delivered.
//!
//! Each takes a text, and gives it quoted; or a map of texts such as `data`, and gives a line for each.

use std::fmt::Write as _;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::flaws;

/// Adds them to what a template may use.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("toyaml", |value: Value| written(&value, YAML));
    environment.add_filter("totoml", |value: Value| written(&value, TOML));
    environment.add_filter("toproperties", |value: Value| written(&value, PROPERTIES));
    environment.add_filter("toenv", |value: Value| written(&value, ENV));
    environment.add_filter("todotenv", |value: Value| written(&value, DOTENV));
}

type Write = fn(&str) -> Result<String, Error>;

/// How a format writes a name, what stands after it, and how it writes a value.
#[derive(Clone, Copy)]
struct Format {
    name: Write,
    between: &'static str,
    value: Write,
}

const YAML: Format = Format {
    name: |text| Ok(quoted(text)),
    between: ": ",
    value: |text| Ok(quoted(text)),
};

const TOML: Format = Format {
    name: |text| Ok(quoted(text)),
    between: " = ",
    value: |text| Ok(quoted(text)),
};

const PROPERTIES: Format = Format {
    name: |text| Ok(property(text, true)),
    between: "=",
    value: |text| Ok(property(text, false)),
};

const ENV: Format = Format {
    name: variable,
    between: "=",
    value: unquoted,
};

const DOTENV: Format = Format {
    name: variable,
    between: "=",
    value: single_quoted,
};

fn written(value: &Value, format: Format) -> Result<String, Error> {
    if let Some(text) = value.as_str() {
        return (format.value)(text);
    }
    match value.kind() {
        ValueKind::Map => {}
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        _ => return Err(flaws::error(flaws::NO_TEXT)),
    }
    let mut lines = String::new();
    for name in value.try_iter()? {
        let entry = value.get_item(&name)?;
        if entry.kind() == ValueKind::Invalid {
            return Err(flaws::error(flaws::BINARY));
        }
        let (Some(name), Some(entry)) = (name.as_str(), entry.as_str()) else {
            return Err(flaws::error(flaws::NO_TEXT));
        };
        lines += &(format.name)(name)?;
        lines += format.between;
        lines += &(format.value)(entry)?;
        lines.push('\n');
    }
    Ok(lines)
}

/// In double quotes, with the escapes that JSON, YAML 1.2 and TOML share.
fn quoted(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for char in text.chars() {
        match char {
            '"' => written += "\\\"",
            '\\' => written += "\\\\",
            '\n' => written += "\\n",
            '\r' => written += "\\r",
            '\t' => written += "\\t",
            // The last three YAML takes for a line break, or for no text.
            _ if char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                escape(&mut written, u32::from(char));
            }
            // YAML and TOML have no such thing outside the planes of Unicode's text.
            '\u{fffe}' | '\u{ffff}' => escape(&mut written, u32::from(char)),
            _ => written.push(char),
        }
    }
    written.push('"');
    written
}

/// A name or a value of a Java properties file, in ASCII: the class reads ISO 8859-1 as well as UTF-8, by the way it is
/// called.
fn property(text: &str, is_name: bool) -> String {
    let mut written = String::with_capacity(text.len());
    for (at, char) in text.chars().enumerate() {
        match char {
            '\\' => written += "\\\\",
            '\n' => written += "\\n",
            '\r' => written += "\\r",
            '\t' => written += "\\t",
            ' ' if at == 0 || is_name => written += "\\ ",
            '=' | ':' if is_name => written.extend(['\\', char]),
            '#' | '!' if at == 0 => written.extend(['\\', char]),
            ' '..='~' => written.push(char),
            _ => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    escape(&mut written, u32::from(*unit));
                }
            }
        }
    }
    written
}

fn escape(written: &mut String, code: u32) {
    let _ = write!(written, "\\u{code:04x}");
}

/// The name of a variable of the environment.
fn variable(name: &str) -> Result<String, Error> {
    let is_name = !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_');
    is_name
        .then(|| name.to_owned())
        .ok_or_else(|| flaws::error(flaws::VARIABLE))
}

/// What `docker run --env-file` reads as it stands, and a shell and dotenv do not change.
fn unquoted(text: &str) -> Result<String, Error> {
    is_plain(text)
        .then(|| text.to_owned())
        .ok_or_else(|| flaws::error(flaws::ENV))
}

/// In single quotes where it has to be: a shell and the many kinds of dotenv read these alike, but for what is refused
/// here. Some of them take `${NAME}` for a variable, or a backslash for an escape, in single quotes as well.
fn single_quoted(text: &str) -> Result<String, Error> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    let is_odd = |char: char| {
        matches!(char, '\'' | '\\') || char.is_control() && !matches!(char, '\n' | '\t')
    };
    if text.contains(is_odd) || text.contains("${") {
        return Err(flaws::error(flaws::DOTENV));
    }
    Ok(format!("'{text}'"))
}

/// Characters that mean nothing but themselves anywhere.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+,=-".contains(&byte);
    text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests;
