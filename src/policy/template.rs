//! Templates over a Secret's values: pure functions, bounded work, and no error that shows a value.

mod certificates;
mod flaws;
mod formats;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use super::{Problem, dialect};
use crate::api::Reason;
use crate::crypto::Plaintext;

/// What the templates of one Secret may do together, in the engine's unit: a step, or 64 bytes that are
/// made or gone through. Enough for any file; it bounds time (a loop that never ends) and memory
/// (about 13 MB) alike.
const FUEL: u64 = 200_000;

/// The widest indentation of the filter `indent`.
const MAX_INDENT: usize = 64;

/// Renders every template over the values.
///
/// Values are at hand by their key and in the map `data`, where those that are not UTF-8 are errors; and all in base64,
/// as `data_base64`. Names that are not defined are errors.
///
/// # Errors
/// The problem of the first template that fails: its key, line and kind, never a value.
pub fn render(
    templates: &BTreeMap<String, String>,
    values: &BTreeMap<String, Plaintext>,
) -> Result<BTreeMap<String, Plaintext>, Problem> {
    let mut environment = environment();
    let scope = scope(values);
    let mut rendered = BTreeMap::new();
    let mut bytes = 0;
    for (key, source) in templates {
        if let Some((line, what)) = dialect::forbidden(source, syntax()) {
            return Err(failed(key, Some(line), &format!("uses {what}")));
        }
        let captured = environment
            .template_from_str(source)
            .and_then(|template| template.render_captured(scope.clone()))
            .map_err(|error| problem(key, &error))?;
        let fuel = captured.state().fuel_levels();
        let output = Plaintext::from(captured.into_output().into_bytes());
        environment.set_fuel(fuel.map(|(_consumed, remaining)| remaining));
        bytes += output.len();
        if bytes > super::MAX_TOTAL_BYTES {
            return Err(too_large(key));
        }
        rendered.insert(key.clone(), output);
    }
    Ok(rendered)
}

/// Where and why a template does not parse: what can be told of it before there are values.
#[must_use]
pub fn flaw(source: &str) -> Option<(Option<usize>, String)> {
    if let Some((line, what)) = dialect::forbidden(source, syntax()) {
        return Some((Some(line), format!("uses {what}")));
    }
    let environment = environment();
    let error = environment.template_from_str(source).err()?;
    Some((error.line(), describe(&error).to_owned()))
}

/// What can be told of templates before there are values.
///
/// # Errors
/// The problem of the first that does not parse.
pub fn parse(templates: &BTreeMap<String, String>) -> Result<(), Problem> {
    let flaws = templates
        .iter()
        .find_map(|(key, source)| Some((key, flaw(source)?)));
    match flaws {
        Some((key, (line, what))) => Err(failed(key, line, &what)),
        None => Ok(()),
    }
}

fn too_large(key: &str) -> Problem {
    Problem::new(
        Reason::TemplateFailed,
        format!(
            "`spec.target.template` gives more than 512 KiB, all keys up to `{key}` together: make \
             them smaller, or split the Secret"
        ),
    )
}

fn scope(values: &BTreeMap<String, Plaintext>) -> Value {
    // What is no text is an error where it is used, and not left out where all are.
    let text: Vec<_> = values
        .iter()
        .map(|(key, value)| (key.as_str(), std::str::from_utf8(value.expose())))
        .map(|(key, text)| {
            let no_text = || Value::from(flaws::error(flaws::BINARY));
            (key, text.map_or_else(|_| no_text(), Value::from))
        })
        .collect();
    let base64 = values
        .iter()
        .map(|(key, value)| (key.as_str(), Value::from(STANDARD.encode(value.expose()))));
    // Keys that are no identifiers cannot be reached by name; they are in `data`.
    let maps = [
        ("data", Value::from_pairs(text.clone())),
        ("data_base64", Value::from_pairs(base64)),
    ];
    Value::from_pairs(text.into_iter().chain(maps))
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(syntax());
    // Output is a file's text, not HTML.
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    // The engine's own takes any width, and makes so many blanks before it counts them.
    environment.add_filter(
        "indent",
        |text: String, width: usize, first: Option<bool>| {
            if width > MAX_INDENT {
                return Err(minijinja::Error::from(ErrorKind::InvalidOperation));
            }
            let blanks = " ".repeat(width);
            let lines = text.split('\n').enumerate().map(|(number, line)| {
                let is_indented = !line.is_empty() && (number > 0 || first == Some(true));
                format!("{}{line}", if is_indented { blanks.as_str() } else { "" })
            });
            Ok(lines.collect::<Vec<_>>().join("\n"))
        },
    );
    environment.add_filter("b64encode", |text: &str| STANDARD.encode(text));
    environment.add_filter("b64decode", |text: &str| {
        STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| flaws::error(flaws::BASE64))
    });
    formats::add_to(&mut environment);
    certificates::add_to(&mut environment);
    environment
}

fn syntax() -> SyntaxConfig {
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    syntax.expect("the delimiters are the usual ones")
}

fn problem(key: &str, error: &minijinja::Error) -> Problem {
    failed(key, error.line(), describe(error))
}

/// The engine's own messages can quote what a template works on, so only their kind is told.
fn describe(error: &minijinja::Error) -> &'static str {
    if let Some(flaw) = flaws::of(error) {
        return flaw;
    }
    match error.kind() {
        ErrorKind::SyntaxError => "does not parse",
        ErrorKind::UndefinedError => "uses a name that is not a key of `spec.data`",
        ErrorKind::UnknownFilter => "uses a filter that does not exist",
        ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::UnknownMethod => {
            "calls a function that does not exist"
        }
        ErrorKind::OutOfFuel => "takes too many steps",
        ErrorKind::BadSerialization => flaws::BINARY,
        _ => "fails on these values",
    }
}

fn failed(key: &str, line: Option<usize>, what: &str) -> Problem {
    let line = line
        .map(|line| format!(", line {line}"))
        .unwrap_or_default();
    Problem::new(
        Reason::TemplateFailed,
        format!(
            "`spec.target.template` of `{key}`{line} {what}: correct the template; nothing was delivered"
        ),
    )
}

#[cfg(test)]
mod tests;
