//! That a value is found in each form, and that what is not there is not found.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::digest;
use serde_json::json;

use super::forms::PIECE;
use super::{Canary, Hunt};

/// Writes a value as someone might.
type Write = fn(&str) -> String;

/// What it is called, and how it is written: not by the code that looks for it.
const WRITERS: [(&str, Write); 39] = [
    ("as it is", |value| value.to_owned()),
    ("in a text", |value| format!("the value is {value}.")),
    ("its beginning", |value| value[..PIECE].to_owned()),
    ("its beginning and a dot", |value| {
        format!("{}...", &value[..16])
    }),
    ("its end", |value| value[value.len() - PIECE..].to_owned()),
    ("broken in the middle", |value| {
        let (first, second) = value.split_at(value.len() / 2);
        format!("{first}\n  {second}")
    }),
    ("broken near its beginning", |value| {
        format!("{}\n{}", &value[..5], &value[5..])
    }),
    ("JSON", |value| json!({ "a": value }).to_string()),
    ("JSON in JSON", |value| {
        json!(json!({ "a": value }).to_string()).to_string()
    }),
    ("hex", |value| hex(value.as_bytes())),
    ("upper case hex", |value| {
        hex(value.as_bytes()).to_uppercase()
    }),
    ("hex of its beginning", |value| {
        hex(&value.as_bytes()[..PIECE])
    }),
    ("hex, a space between", |value| {
        each(value, |it| format!("{it:02x} "))
    }),
    ("hex, a colon between", |value| {
        each(value, |it| format!("{it:02x}:"))
    }),
    ("{:02x?}", |value| format!("{:02x?}", value.as_bytes())),
    ("{:02X?}", |value| format!("{:02X?}", value.as_bytes())),
    ("{:#x?}", |value| format!("{:#x?}", value.as_bytes())),
    ("{:?}", |value| format!("{:?}", value.as_bytes())),
    ("{:#?}", |value| format!("{:#?}", value.as_bytes())),
    ("{:#?} in JSON", |value| {
        json!(format!("{:#?}", value.as_bytes())).to_string()
    }),
    ("{:#?} of its end", |value| {
        format!("{:#?}", &value.as_bytes()[value.len() - PIECE..])
    }),
    ("%v of Go", |value| {
        format!("[{}]", each(value, |it| format!("{it} ")))
    }),
    ("bytes in JSON", |value| json!(value.as_bytes()).to_string()),
    ("URL-escaped", |value| {
        each(value, |it| format!("%{it:02X}"))
    }),
    ("url-escaped", |value| {
        each(value, |it| format!("%{it:02x}"))
    }),
    ("escaped", |value| each(value, |it| format!("\\x{it:02x}"))),
    ("escaped twice", |value| {
        each(value, |it| format!("\\\\x{it:02x}"))
    }),
    ("JSON-escaped", |value| {
        each(value, |it| format!("\\u00{it:02x}"))
    }),
    ("base64", |value| BASE64_STANDARD.encode(value)),
    ("base64url", |value| BASE64_URL_SAFE_NO_PAD.encode(value)),
    ("base64 of its beginning", |value| {
        BASE64_STANDARD.encode(&value[..PIECE])
    }),
    ("base64 of base64", |value| {
        BASE64_STANDARD.encode(format!("k: {}", BASE64_STANDARD.encode(value)))
    }),
    ("base64 of JSON", |value| {
        BASE64_STANDARD.encode(json!({ "ab": value, "c": [value] }).to_string())
    }),
    ("sha1", |value| {
        hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, value.as_bytes()).as_ref())
    }),
    ("sha256", |value| hex(&sha256(value))),
    ("upper case sha256", |value| {
        hex(&sha256(value)).to_uppercase()
    }),
    ("sha256, as echo has it", |value| {
        hex(&sha256(&format!("{value}\n")))
    }),
    ("sha256, cut short", |value| hex(&sha256(value)[..16])),
    ("sha256 in base64", |value| {
        BASE64_STANDARD.encode(sha256(value))
    }),
];

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn each(value: &str, write: fn(u8) -> String) -> String {
    value.bytes().map(write).collect()
}

fn sha256(value: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, value.as_bytes())
        .as_ref()
        .to_vec()
}

#[test]
fn a_value_is_found_in_every_form_wherever_it_stands() {
    let (canary, other) = (Canary::new(), Canary::new());
    let hunt = Hunt::new([&Canary::new(), &canary]);
    for (form, write) in WRITERS {
        for around in ["", "-", "--", "---", "\0", "=\"%5c", " ", "\n"] {
            let text = |canary: &Canary| format!("{around}{}{around}", write(canary.value()));
            let found = hunt.find(text(&canary));
            assert!(found.iter().any(|(number, _)| *number == 1), "{form}");
            assert!(found.iter().all(|(number, _)| *number == 1), "{form}");
            // The same of another is nothing.
            assert!(hunt.find(text(&other)).is_empty(), "{form}");
        }
    }
}

#[test]
fn a_value_is_found_in_base64_at_any_offset_and_width() {
    let (canary, other) = (Canary::new(), Canary::new());
    let hunt = Hunt::new([&canary]);
    for before in 0..80 {
        let text = |canary: &Canary| format!("{}{}!", "x".repeat(before), canary.value());
        for width in [64, 76, 10_000] {
            let wrapped = |canary: &Canary, between: &str| {
                let encoded = BASE64_STANDARD.encode(text(canary));
                let lines = encoded.as_bytes().chunks(width);
                let lines: Vec<_> = lines
                    .map(|line| std::str::from_utf8(line).unwrap())
                    .collect();
                lines.join(between)
            };
            for between in ["\n", "\r\n", "\n    ", "\\n"] {
                assert!(!hunt.find(wrapped(&canary, between)).is_empty());
                assert!(hunt.find(wrapped(&other, between)).is_empty());
            }
        }
    }
}

#[test]
fn a_value_with_what_has_to_be_quoted_is_found() {
    let canary = Canary::of(b"p\xc3\xa4ss \"word\"\\ <&> 0123456789");
    let hunt = Hunt::new([&canary]);
    let value = canary.value();
    for around in ["", "a", "ab", "abc", "abcd"] {
        let text = format!("{around}{value}{around}");
        for (what, text) in [
            ("base64", BASE64_STANDARD.encode(&text)),
            ("base64url", BASE64_URL_SAFE_NO_PAD.encode(&text)),
            ("JSON", json!({ around: text }).to_string()),
            ("numbers", format!("{:?}", text.as_bytes())),
            (
                "URL",
                "p%C3%A4ss%20%22word%22%5C%20%3C%26%3E%20x".to_owned(),
            ),
        ] {
            assert!(!hunt.find(&text).is_empty(), "{what} {around}: {text}");
        }
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let canary = Canary::new();
    let hunt = Hunt::new([&canary]);
    let value = canary.value();
    // Too little to tell.
    for almost in [
        "canary",
        &value[..PIECE - 1],
        &value[value.len() - PIECE + 1..],
    ] {
        assert!(hunt.find(almost).is_empty());
    }
    assert!(hunt.find(Canary::new().value()).is_empty());
}

#[test]
fn of_several_lines_one_is_enough() {
    let canary = Canary::of(b"-----BEGIN-----\n0123456789abcdefghij\n-----END-----\n");
    assert_eq!(canary.value(), "0123456789abcdefghij");
}
