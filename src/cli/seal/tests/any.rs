//! Any value in any style: found as it was written, replaced without a trace.

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::{sealed, secret};

/// One value written in each style that can hold it, as `k: …` below `data`.
fn written(value: &str, style: usize) -> Option<String> {
    let printable =
        |c: char| matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{10000}'..='\u{10ffff}');
    match style {
        0 => serde_json::to_string(value)
            .ok()
            .filter(|json| json.chars().all(printable)),
        1 => value
            .chars()
            .all(printable)
            .then(|| format!("'{}'", value.replace('\'', "''"))),
        2 | 3 => {
            let fits = value.chars().all(|c| printable(c) || c == '\n')
                && !value.trim_matches('\n').is_empty()
                && value.split('\n').all(|line| !line.starts_with(' '))
                && (style == 3 || !value.ends_with('\n'));
            let lines = value.replace('\n', "\n        ");
            let (header, lines) = match lines.strip_suffix("\n        ") {
                Some(kept) => ("|2+", format!("{kept}\n")),
                None => ("|2-", format!("{lines}\n")),
            };
            fits.then(|| format!("{header} # note\n        {lines}"))
        }
        _ => {
            let plain = value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._=+/-".contains(c))
                && value.starts_with(|c: char| c.is_ascii_alphabetic())
                && crate::cli::seal::yaml::plain::meaning(value).is_none();
            plain.then(|| value.to_owned())
        }
    }
}

fn values() -> impl Strategy<Value = String> {
    let shapes = [
        "[ -~]{0,40}",
        "[a-zé🔑:#'\"\\\\{}\\[\\],&*!|>%@`\n-]{0,30}",
        "[a-zA-Z0-9+/=]{1,40}",
    ];
    proptest::prop_oneof![any::<String>(), shapes[0], shapes[1], shapes[2]]
}

proptest! {
    #[test]
    fn a_value_is_read_as_written_and_leaves_no_trace(value in values(), style in 0..5usize) {
        let Some(scalar) = written(&value, style) else { return Ok(()) };
        let break_after = if scalar.ends_with('\n') { "" } else { "\n" };
        let data = format!("    k: # größe\n      value: {scalar}{break_after}      encoding: Text # é\n");
        let (out, values) = match sealed(&secret(&data)) {
            Ok(done) => done,
            Err(said) => return Err(proptest::test_runner::TestCaseError::fail(said.join("\n"))),
        };
        prop_assert_eq!(&values, &[value.as_bytes().to_vec()]);
        let out = out.strip_prefix(&secret("")).unwrap();
        let expected = match style {
            0 => "\"coffer.v1.0\"",
            1 => "'coffer.v1.0'",
            2 | 3 => "coffer.v1.0 # note",
            _ => "coffer.v1.0",
        };
        let around = "      encoding: Text # é\n";
        prop_assert_eq!(out, format!("    k: # größe\n      value: {expected}\n{around}"));
    }

    #[test]
    fn a_broken_text_never_shows_itself_in_the_error(
        head in "[ -~\n\t]{0,20}",
        tail in "[ -~\n\t]{0,20}",
    ) {
        let data = format!("    k: {{value: {head}hunter2-canary{tail}}}\n");
        if let Err(said) = sealed(&secret(&data)) {
            prop_assert!(!said.join("\n").contains("hunter2"));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-c:\\-\\[\\]{}&*!|>'\"%@#,? \n\t\r]{0,60}") {
        if let Ok((out, values)) = sealed(&text) {
            prop_assert!(values.is_empty());
            prop_assert_eq!(out, text);
        }
    }
}
