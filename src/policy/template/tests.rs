//! What a template gives, and what none may take.

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
fn formats_of_files_are_written_by_filters() {
    for (template, text) in [
        ("p: {{ password|toyaml }}", "p: \"canary\""),
        (
            "{{ data|tojson }}",
            r#"{"ca.crt": "PEM", "password": "canary", "ключ": "u"}"#,
        ),
        (
            "{{ data|totoml }}",
            "\"ca.crt\" = \"PEM\"\n\"password\" = \"canary\"\n\"ключ\" = \"u\"\n",
        ),
        ("P={{ password|toenv }}", "P=canary"),
        (
            "p={{ 'a b'|toproperties }} {{ 'a b'|todotenv }}",
            "p=a b 'a b'",
        ),
    ] {
        assert_eq!(one(template).as_deref(), Ok(text), "{template}");
    }
}

#[test]
fn what_a_format_cannot_hold_is_told_with_its_line() {
    for (template, what) in [
        (
            "\n{{ data|toenv }}",
            "line 2 gives a variable a name that is none",
        ),
        (
            "\n\n{{ (password ~ ' ')|toenv }}",
            "line 3 writes a value that docker",
        ),
        (
            "{{ (password ~ \"'\")|todotenv }}",
            "line 1 writes a value that dotenv",
        ),
        (
            "{{ password|length|toyaml }}",
            "line 1 gives a filter what is neither",
        ),
        (
            "{{ missing|toyaml }}",
            "line 1 uses a name that is not a key",
        ),
        (
            "{{ password|certs }}",
            "line 1 takes certificates from what are none",
        ),
        (
            "{{ password|b64decode }}",
            "line 1 decodes what is not base64",
        ),
    ] {
        let problem = one(template).expect_err(template);
        assert!(problem.message.contains(what), "{problem}");
        assert!(!problem.message.contains("canary"), "{problem}");
    }
}

/// To leave it out where all are gone through would deliver what is half-written.
#[test]
fn a_value_that_is_no_text_is_told_wherever_it_is_used_as_one() {
    let mut values = values();
    values.insert("raw".to_owned(), Plaintext::from(vec![0, 255]));
    let one = |template: &str| {
        let templates = [("out".to_owned(), template.to_owned())].into();
        render(&templates, &values)
    };
    for template in [
        "{{ raw }}",
        "{{ data.raw }}",
        "{{ data['raw'] }}",
        "{{ raw|upper }}",
        "{{ data|tojson }}",
        "{{ data|toyaml }}",
        "{% for key, value in data|items %}{{ value }}{% endfor %}",
        "{{ raw|default('x') }}",
        "{{ raw|b64encode }}",
        "{{ raw ~ 'x' }}",
    ] {
        let problem = one(template).expect_err(template);
        assert!(
            problem
                .message
                .contains("that is not text: take it from `data_base64`"),
            "{template}: {problem}"
        );
    }
    assert_eq!(
        one("{{ data_base64.raw }}{{ password }}").unwrap()["out"].expose(),
        b"AP8=canary"
    );
    assert_eq!(
        one("{% for key in data %}{{ key }} {% endfor %}").unwrap()["out"].expose(),
        "ca.crt password raw ключ ".as_bytes()
    );
}

fn certificate(name: &str) -> String {
    rcgen::generate_simple_self_signed([name.to_owned()])
        .unwrap()
        .cert
        .pem()
}

#[test]
fn certificates_are_taken_apart_and_joined() {
    let (leaf, ca) = (certificate("leaf").replace('\n', "\r\n"), certificate("ca"));
    let values = [
        ("leaf", format!("# a leaf\r\n{leaf}")),
        ("ca", ca.trim_end().to_owned()),
    ]
    .map(|(key, text)| (key.to_owned(), Plaintext::from(text.into_bytes())));
    let one = |template: &str| {
        let templates = [("out".to_owned(), template.to_owned())].into();
        let rendered = render(&templates, &values.clone().into()).unwrap();
        String::from_utf8(rendered["out"].expose().to_vec()).unwrap()
    };
    let whole = format!("{}{ca}", leaf.replace("\r\n", "\n").trim_start());
    let (leaf, ca) = whole.split_at(whole.len() - ca.len());
    assert_eq!(one("{{ (leaf ~ '\n' ~ ca)|certs|join }}"), whole);
    assert_eq!(one("{{ (leaf ~ '\n' ~ ca)|certs|first }}"), leaf);
    assert_eq!(one("{{ (leaf ~ '\n' ~ ca)|certs|last }}"), ca);
    assert_eq!(
        one(
            "{{ (ca ~ '\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')|certs|length }}"
        ),
        "1"
    );
}

#[test]
fn a_bundle_of_which_a_certificate_would_be_lost_is_refused() {
    let pem = certificate("a");
    let glued = format!("{}{pem}", pem.trim_end());
    let (cut, _) = pem.split_at(pem.len() - 40);
    let no_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_base64 = pem.replace("MII", "M*I");
    for text in [
        "",
        "PEM",
        &glued,
        cut,
        no_der,
        &format!("{pem}{no_der}"),
        &no_base64,
        &format!("{pem}{cut}"),
    ] {
        let templates = [("out".to_owned(), "{{ x|certs|join }}".to_owned())].into();
        let values = [("x".to_owned(), Plaintext::from(text.as_bytes().to_vec()))].into();
        let problem = render(&templates, &values).expect_err(text);
        assert!(
            problem
                .message
                .contains("takes certificates from what are none"),
            "{problem}"
        );
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
