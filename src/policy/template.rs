//! Templates over a Secret's values: pure functions, bounded work, and no error that shows a value.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use super::Problem;
use crate::api::Reason;
use crate::crypto::Plaintext;

/// Steps that one template may take: enough for any file, little enough for a loop that never ends.
const FUEL: u64 = 200_000;

/// Renders every template over the values.
///
/// Values are at hand by their key and in the map `data`; those that are not UTF-8 only in base64,
/// as `data_base64`. Names that are not defined are errors.
///
/// # Errors
/// The problem of the first template that fails: its key, line and kind, never a value.
pub fn render(
    templates: &BTreeMap<String, String>,
    values: &BTreeMap<String, Plaintext>,
) -> Result<BTreeMap<String, Plaintext>, Problem> {
    let environment = environment();
    let scope = scope(values);
    templates
        .iter()
        .map(|(key, source)| {
            let rendered = environment
                .render_str(source, scope.clone())
                .map_err(|error| problem(key, &error))?;
            if rendered.len() > super::MAX_TOTAL_BYTES {
                return Err(Problem::new(
                    Reason::TemplateFailed,
                    format!(
                        "`spec.target.template` of `{key}` gives more than 512 KiB: make it smaller"
                    ),
                ));
            }
            Ok((key.clone(), Plaintext::from(rendered.into_bytes())))
        })
        .collect()
}

fn scope(values: &BTreeMap<String, Plaintext>) -> Value {
    let text: Vec<_> = values
        .iter()
        .filter_map(|(key, value)| Some((key.as_str(), std::str::from_utf8(value.expose()).ok()?)))
        .map(|(key, text)| (key, Value::from(text)))
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
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    // Output is a file's text, not HTML.
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("b64encode", |text: &str| STANDARD.encode(text));
    environment.add_filter("b64decode", |text: &str| {
        STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| minijinja::Error::from(ErrorKind::BadSerialization))
    });
    environment
}

/// The engine's own messages can quote what a template works on, so only their kind is told.
fn problem(key: &str, error: &minijinja::Error) -> Problem {
    let what = match error.kind() {
        ErrorKind::SyntaxError => "does not parse",
        ErrorKind::UndefinedError => "uses a name that is not a key of `spec.data`",
        ErrorKind::UnknownFilter => "uses a filter that does not exist",
        ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::UnknownMethod => {
            "calls a function that does not exist"
        }
        ErrorKind::OutOfFuel => "takes too many steps",
        ErrorKind::BadSerialization => "decodes what is not base64 of a text",
        _ => "fails on these values",
    };
    let line = error
        .line()
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
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, Plaintext> {
        [("password", "canary"), ("ca.crt", "PEM"), ("ключ", "u")]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), Plaintext::from(v.as_bytes().to_vec())))
            .collect()
    }

    fn one(template: &str) -> Result<String, Problem> {
        let templates = [("out".to_owned(), template.to_owned())].into();
        render(&templates, &values())
            .map(|out| String::from_utf8(out["out"].expose().to_vec()).unwrap())
    }

    #[test]
    fn a_value_stands_under_its_key() {
        assert_eq!(one("p={{ password }}\n").unwrap(), "p=canary\n");
    }

    #[test]
    fn a_key_that_is_no_identifier_is_reached_through_data() {
        assert_eq!(one("{{ data['ca.crt'] }}").unwrap(), "PEM");
    }

    #[test]
    fn text_is_not_escaped_as_html() {
        assert_eq!(one("{{ '<&>' }}").unwrap(), "<&>");
    }

    #[test]
    fn base64_goes_both_ways() {
        assert_eq!(one("{{ password|b64encode|b64decode }}").unwrap(), "canary");
    }

    #[test]
    fn no_error_shows_a_value() {
        for template in [
            "{{ passwort }}",
            "{{ password",
            "{{ password|int }}",
            "{{ password|b64decode }}",
            "{{ password|nope }}",
            "{{ password.x.y }}",
            "{{ password() }}",
            "{% include 'password' %}",
            "{{ lookup('env', 'HOME') }}",
            "{% for i in range(100000000) %}{{ i }}{% endfor %}",
            "{{ password + 1 }}",
        ] {
            let problem = one(template).expect_err(template);
            assert_eq!(problem.reason, Reason::TemplateFailed);
            assert!(!problem.message.contains("canary"), "{template}: {problem}");
        }
    }
}
