//! What is read, and what is refused without a word of what was typed.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Assignment, Error, ValueArgs, Values};

const CANARY: &str = "hunter2-canary";

fn args(literals: &[&str], files: &[String], env_files: &[PathBuf]) -> ValueArgs {
    let typed = |text: &str| text.parse::<Assignment>().unwrap();
    ValueArgs {
        literals: literals.iter().map(|text| typed(text)).collect(),
        files: files.iter().map(|text| typed(text)).collect(),
        env_files: env_files.to_vec(),
    }
}

/// Reads what has to be refused, and gives what was said.
#[track_caller]
fn refused(args: &ValueArgs) -> String {
    let error = Values::read(args).unwrap_err();
    let said = format!("{error} {error:?} {args:?}");
    assert!(!said.contains("hunter2"), "{said}");
    error.to_string()
}

fn pairs(values: &Values) -> Vec<(&str, &[u8])> {
    let pairs = values.by_key.iter();
    pairs
        .map(|(key, value)| (key.as_str(), value.expose()))
        .collect()
}

#[test]
fn literals_and_files_are_taken_byte_by_byte() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tls.key");
    fs::write(&file, [0, 159, 146, 150, b'\n']).unwrap();
    let named = format!("other={}", file.display());
    let literals = ["a=b=c", "empty="];
    let values = Values::read(&args(&literals, &[file.display().to_string(), named], &[])).unwrap();
    let bytes: &[u8] = &[0, 159, 146, 150, b'\n'];
    let expected: [(&str, &[u8]); 4] = [
        ("a", b"b=c"),
        ("empty", b""),
        ("other", bytes),
        ("tls.key", bytes),
    ];
    assert_eq!(pairs(&values), expected);
}

#[test]
fn nothing_is_no_secret() {
    assert!(matches!(
        Values::read(&args(&[], &[], &[])),
        Err(Error::None)
    ));
}

#[test]
fn a_literal_without_a_key_is_not_repeated() {
    assert!(refused(&args(&["a=b", CANARY], &[], &[])).starts_with("literal 2 has no key"));
}

#[test]
fn a_key_that_is_none_is_not_repeated() {
    for literal in ["my hunter2=", "=hunter2", "..hunter2=", "hunter2/x=y"] {
        let said = refused(&args(&[literal], &[], &[]));
        assert!(
            said.starts_with("the key of literal 1 has something else"),
            "{said}"
        );
    }
}

#[test]
fn a_value_in_the_place_of_a_path_is_not_repeated() {
    let said = refused(&args(&[], &[format!("password={CANARY}")], &[]));
    assert!(said.starts_with("--from-file 1 cannot be read"), "{said}");
}

#[test]
fn a_key_is_given_once() {
    assert!(refused(&args(&["a=1", "a=2"], &[], &[])).starts_with("literal 2 gives a key"));
}

#[test]
fn an_envelope_is_not_sealed_again() {
    let literal = "a=coffer.v1.0123456789abcdef.hunter2";
    assert!(refused(&args(&[literal], &[], &[])).contains("is an envelope already"));
}

#[test]
fn what_is_too_large_is_refused_alone_and_together() {
    let value = "x".repeat(65_537);
    let said = refused(&args(&[&format!("a={value}")], &[], &[]));
    assert!(
        said.contains("literal 1 has more than 65536 bytes"),
        "{said}"
    );
    let literals: Vec<_> = (0..9).map(|n| format!("k{n}={}", &value[1..])).collect();
    let literals: Vec<_> = literals.iter().map(String::as_str).collect();
    assert!(refused(&args(&literals, &[], &[])).contains("more than 512 KiB"));
    let literals: Vec<_> = (0..65).map(|n| format!("k{n}=v")).collect();
    let literals: Vec<_> = literals.iter().map(String::as_str).collect();
    assert!(refused(&args(&literals, &[], &[])).contains("more than 64 keys"));
}

#[test]
fn a_folder_is_no_value() {
    let folder = TempDir::new().unwrap();
    let file = format!("k={}", folder.path().display());
    assert!(refused(&args(&[], &[file], &[])).contains("is a folder"));
}

#[test]
fn an_env_file_is_read_line_by_line() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(".env");
    let text = "\u{feff}# comment\r\n\r\nexport A=plain value \r\nB='as it $IS'\nC=\"a\\nb \\\"c\\\" \\$D\" # comment\nE=pa$$1\nF=\n";
    fs::write(&file, text).unwrap();
    let values = Values::read(&args(&[], &[], &[file])).unwrap();
    let expected: [(&str, &[u8]); 5] = [
        ("A", b"plain value"),
        ("B", b"as it $IS"),
        ("C", b"a\nb \"c\" $D"),
        ("E", b"pa$$1"),
        ("F", b""),
    ];
    assert_eq!(pairs(&values), expected);
}

#[test]
fn an_env_file_says_the_line_and_nothing_of_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(".env");
    fs::write(&file, "A=b\nhunter2\n").unwrap();
    let said = refused(&args(&[], &[], std::slice::from_ref(&file)));
    assert!(
        said.ends_with(".env:2: there is no `=`; write KEY=VALUE, or `#` in front of a comment"),
        "{said}"
    );
    fs::write(&file, [b'A', b'=', 0xff]).unwrap();
    assert!(refused(&args(&[], &[], &[file])).contains("is no text"));
}
