//! Templates over a Secret's values: pure functions, bounded work, and no error that shows a value.

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
/// Values are at hand by their key and in the map `data`; those that are not UTF-8 only in base64,
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
            .ok_or_else(|| minijinja::Error::from(ErrorKind::BadSerialization))
    });
    environment
}

fn syntax() -> SyntaxConfig {
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    syntax.expect("the delimiters are the usual ones")
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
    failed(key, error.line(), what)
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

    /// Templates are the work of tenants, and the operator is one process for all of them.
    #[test]
    fn a_template_that_takes_much_memory_or_time_is_refused() {
        for template in [
            "{% for i in range(90000) %}{{ data_base64 }}{% endfor %}",
            "{{ range(100000)|list|tojson }}",
            "{{ range(100000)|join(range(100000)|join) }}",
            "{{ (range(100000)|join)|replace('1', range(100000)|join) }}",
            "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        ] {
            let problem = one(template).expect_err(template);
            assert!(problem.message.contains("too many steps"), "{problem}");
        }
    }

    /// The engine parses, compiles and drops what it nests by recursion.
    #[test]
    fn a_template_is_never_deep_enough_to_end_the_process() {
        let deep = |part: &str, times: usize| part.repeat(times);
        for template in [
            "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}".to_owned(),
            format!("{{{{ {}1 }}}}", deep("-", 50_000)),
            format!("{{{{ {}1 }}}}", deep("not ", 60_000)),
            format!(
                "{{{{ {}password }}}}",
                deep("password if password else ", 30_000)
            ),
            format!("{{{{ password{} }}}}", deep(".b", 50_000)),
            format!("{{{{ password{} }}}}", deep("[0]", 50_000)),
            format!("{{{{ password{} }}}}", deep(" ~ password", 60_000)),
            format!("{{{{ password{} }}}}", deep("|upper", 60_000)),
            format!("{{{{ password{} }}}}", deep(" and password", 60_000)),
            format!("{{{{ {}1{} }}}}", deep("(", 50_000), deep(")", 50_000)),
            format!("{{% if a %}}{}{{% endif %}}", deep("{% elif a %}", 20_000)),
            format!(
                "{}{}",
                deep("{% if data %}", 20_000),
                deep("{% endif %}", 20_000)
            ),
            format!(
                "{}{}",
                deep("{% for x in data %}", 20_000),
                deep("{% endfor %}", 20_000)
            ),
            deep("{% if data %}", 20_000),
        ] {
            let problem = one(&template).unwrap_err();
            assert!(problem.message.contains(" uses "), "{problem}");
        }
        let longest = format!("{{{{ {}password }}}}", deep("not not ", 95));
        assert_eq!(one(&longest).unwrap(), "True");
        let many = deep(
            "{% if password %}{{ password }}{% elif data %}{% endif %}",
            500,
        );
        assert_eq!(one(&many).unwrap().len(), 3000);
    }

    #[test]
    fn no_argument_makes_a_filter_allocate_without_bound() {
        for template in [
            "{{ data|tojson(indent=1000000000)|length }}",
            "{{ data | tojson (1000000000) }}",
            "{{ 'a\nb'|indent(100000000000)|length }}",
            "{{ 'a\nb'|indent(width=100000000000)|length }}",
            "{{ '%1000000000000d' % 1 }}",
            "{{ ('%1000000000000d'|format(1)) }}",
            "{{ range(100000000000) }}",
            "{{ 'a'|replace('', range(100000)|join)|replace('', range(100000)|join) }}",
            "{{ debug() }}",
        ] {
            let problem = one(template).expect_err(template);
            assert_eq!(problem.reason, Reason::TemplateFailed);
        }
    }

    #[test]
    fn text_is_indented_after_its_first_line() {
        assert_eq!(one("{{ 'a\nb\n\nc'|indent(2) }}").unwrap(), "a\n  b\n\n  c");
        assert_eq!(one("{{ 'a\nb'|indent(2, true) }}").unwrap(), "  a\n  b");
    }

    /// Of lists within lists, and of those that are joined, the engine does not count the items.
    #[test]
    fn a_template_makes_no_lists_of_its_own() {
        for template in [
            "{{ ((range(100000)|list) * 1000)|string|length }}",
            "{% set a = range(100000) %}{% set b = a + a %}{{ b }}",
            "{% set x = [1] %}",
            "{% set x = [[1, 2]] %}",
            "{% set x = 1, 2 %}",
            "{% set x = (1, 2) %}",
            "{{ password[1, 2] }}",
            "{% set x = {'a': 1} %}",
            "{% for x in 1, 2 %}{% endfor %}",
            "{% for x in (1, 2) %}{% endfor %}",
            "{% for x in not (1, 2) %}{% endfor %}",
            "{{ 1 if (1, 2) else 2 }}",
            "{{ 1 is in [1] }}",
            "{% set ns = namespace(x=1) %}",
            "{{ dict(a=1) }}",
            "{{ loop.cycle(1, 2) }}",
            "{{ range(2)|batch(3, data) }}",
            "{{ range(2)|map(attribute='x', default=data)|list }}",
            "{{ data|chain(data) }}",
            "{{ data | zip(data) }}",
            "{% filter upper %}{% endfilter %}",
            "{% with x = data %}{% endwith %}",
            "{% macro m() %}{% endmacro %}",
            "{{- 2 ** 3 -}}",
        ] {
            let problem = one(template).expect_err(template);
            assert!(problem.message.contains(" uses "), "{template}: {problem}");
        }
    }

    #[test]
    fn what_files_need_is_there() {
        for (template, text) in [
            ("a+b *{{ '+*[' ~ password }}{# + [ #}", "a+b *+*[canary"),
            (
                "{%- for key, value in data|items %}{{ key }},{% endfor %}",
                "ca.crt,password,ключ,",
            ),
            (
                "{% for i in range(1, 3) %}{{ i }}{{ ';' if not loop.last }}{% endfor %}",
                "1;2",
            ),
            (
                "{% if password is defined and (data['ca.crt'] == 'PEM') %}y{% endif %}",
                "y",
            ),
            (
                "{{ missing|default('d') }}{{ password[0:3]|upper }}",
                "dCAN",
            ),
            (
                "{{ 'a,b'|split(',')|join(' ') }}{{ password|replace('a', 'o')|tojson }}",
                "a b\"conory\"",
            ),
            (
                "{% set host = 'db' %}{{ host }}{% raw %}{{ [1, 2] }}{% endraw %}",
                "db{{ [1, 2] }}",
            ),
            (
                "{% if password is not in 'x' %}n{% endif %}{{ (password|length) - 1 }}",
                "n5",
            ),
        ] {
            assert_eq!(one(template).as_deref(), Ok(text), "{template}");
        }
    }

    #[test]
    fn the_templates_of_a_secret_share_one_budget() {
        let templates = |source: &str| -> BTreeMap<_, _> {
            (0..64)
                .map(|i| (i.to_string(), source.to_owned()))
                .collect()
        };
        let large = templates(&"x".repeat(10_000));
        let problem = render(&large, &values()).unwrap_err();
        assert!(problem.message.contains("512 KiB"), "{problem}");
        let slow = templates("{% for i in range(3000) %}{% set x = i %}{% endfor %}");
        let problem = render(&slow, &values()).unwrap_err();
        assert!(problem.message.contains("too many steps"), "{problem}");
        assert_eq!(
            render(&templates("{{ password }}"), &values())
                .unwrap()
                .len(),
            64
        );
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
