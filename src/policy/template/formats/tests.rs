//! What each format's readers make of it.

use std::collections::BTreeMap;
use std::process::Command;

use super::*;

fn of_text(format: Format, text: &str) -> Result<String, String> {
    written(&Value::from(text), format).map_err(|error| flaws::of(&error).unwrap().to_owned())
}

fn of_map(format: Format, entries: &[(&str, &str)]) -> Result<String, String> {
    let map = Value::from_pairs(entries.iter().copied());
    written(&map, format).map_err(|error| flaws::of(&error).unwrap().to_owned())
}

/// Texts that formats take for something else, where nobody quotes them.
const HARD: [&str; 16] = [
    "",
    " ",
    "no",
    "0x1F",
    "~",
    "a: b",
    "a # b",
    "*x",
    "\"'\\",
    "one\ntwo\r\n\tthree\n",
    "\u{0}\u{7f}\u{85}\u{9f}",
    "\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}",
    "héllo 😀",
    "{{ x }}",
    "\\u0041",
    "${HOME} $(id) `id`",
];

#[test]
fn any_text_comes_back_from_yaml_and_json() {
    for text in HARD {
        let written = of_text(YAML, text).unwrap();
        assert_eq!(serde_yaml::from_str::<String>(&written).unwrap(), text);
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}

#[test]
fn a_map_comes_back_from_yaml() {
    let entries: BTreeMap<_, _> = HARD.into_iter().map(|text| (text, text)).collect();
    let pairs: Vec<_> = entries.clone().into_iter().collect();
    let read: BTreeMap<String, String> =
        serde_yaml::from_str(&of_map(YAML, &pairs).unwrap()).unwrap();
    let read: BTreeMap<_, _> = read.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(read, entries);
}

#[test]
fn toml_has_basic_strings() {
    assert_eq!(
        of_map(TOML, &[("a.b", "c\"\n"), ("n", "\u{1}")]).unwrap(),
        "\"a.b\" = \"c\\\"\\n\"\n\"n\" = \"\\u0001\"\n"
    );
}

#[test]
fn properties_escape_what_their_reader_would_take_for_something_else() {
    assert_eq!(
        of_map(
            PROPERTIES,
            &[("a b:c", " #=x\\"), ("k", "!a!\n"), ("ü", "😀")]
        )
        .unwrap(),
        "a\\ b\\:c=\\ #=x\\\\\nk=\\!a!\\n\n\\u00fc=\\ud83d\\ude00\n"
    );
}

/// What `sh` has in `V` after it has read the file.
fn sourced(file: &str) -> String {
    let script = format!("{file}\nprintf %s \"$V\"");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{file}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_shell_reads_what_is_written_for_it() {
    for text in ["", "a=b", "x_./:@%+,=-9", "-n"] {
        let file = of_map(ENV, &[("V", text)]).unwrap();
        assert_eq!(file, format!("V={text}\n"), "docker reads it as it stands");
        assert_eq!(sourced(&file), text);
    }
    for text in [
        "a b", "$HOME", "`id`", "#", "~", "a\nb\n.", "\"x\"", "é*?[a]", " a ",
    ] {
        let file = of_map(DOTENV, &[("V", text)]).unwrap();
        assert_eq!(file, format!("V='{text}'\n"));
        assert_eq!(sourced(&file), text);
    }
}

#[test]
fn what_readers_would_not_read_alike_is_refused() {
    for text in [
        "a b", "$x", "a#b", "'a'", "\"a\"", "a\\", "a\n", "é", "~", "a!", "(", "&", "\u{a0}",
    ] {
        assert_eq!(
            of_map(ENV, &[("V", text)]),
            Err(flaws::ENV.to_owned()),
            "{text}"
        );
    }
    for text in ["it's", "a\\nb", "${x}", "\r", "\u{0}", "\u{1b}"] {
        assert_eq!(
            of_map(DOTENV, &[("V", text)]),
            Err(flaws::DOTENV.to_owned()),
            "{text}"
        );
    }
    for name in ["", "1A", "a-b", "a.b", "a b", "é", "A\nB"] {
        for format in [ENV, DOTENV] {
            assert_eq!(
                of_map(format, &[(name, "v")]),
                Err(flaws::VARIABLE.to_owned()),
                "{name}"
            );
        }
    }
}

#[test]
fn numbers_and_lists_are_no_values_of_a_secret() {
    for value in [
        Value::from(5),
        Value::from(vec!["a"]),
        Value::from(()),
        Value::from(true),
    ] {
        let error = written(&value, YAML).unwrap_err();
        assert_eq!(flaws::of(&error), Some(flaws::NO_TEXT));
    }
    let map = Value::from_pairs([("a", Value::from(5))]);
    assert_eq!(
        flaws::of(&written(&map, ENV).unwrap_err()),
        Some(flaws::NO_TEXT)
    );
}
