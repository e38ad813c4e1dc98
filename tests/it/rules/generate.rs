//! What may not be asked to be generated.

use serde_json::{Value as Json, json};

use super::{Case, are_accepted, are_refused, before_the_rules, item, secret};
use crate::support::Canary;

const LENGTH: &str = "length is 8 to 1,024 characters of a Password or 1 to 4,096 Bytes; the other kinds \
                      have one of their own";
const CHARACTERS: &str = "characters are those of a Password: remove them, or set `kind: Password`";
const ALGORITHM: &str = "algorithm is Ed25519 or X25519 for a KeyPair, and Ed25519 for an SshKey";
const ROTATE: &str = "rotate is a number and a unit (d, h, m or s), at least 1h, as in 90d";
const OVERLAP: &str = "overlap is a number and a unit (d, h, m or s), as in 12h, or 0 for none";
const NEEDS_ROTATE: &str =
    "overlap is how long the value before a rotation stays: give rotate as well";
const SYMBOLS: &str = "symbols say which ones the class Symbols has: add Symbols to classes";
const ALONE: &str = "generate stands alone: remove fromSecret and encoding, or generate";
const FILLED_IN: &str = "a generated value is filled in by Coffer, together with generated: remove value \
                         and generated, or generate";
const DERIVED: &str = "spec.data: Invalid value: a generated value may be delivered under its key with \
                       .pub, .previous and .previous.pub as well: give it at most 240 characters, and \
                       the others other keys";
const ENVELOPE: &str =
    "coffer.v1.0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A Secret with one generated value, under the key `k`.
fn generate(generate: &Json) -> Json {
    item(&json!({ "generate": generate }))
}

fn told(field: &str, message: &str) -> String {
    format!("{field}: Invalid value: {message}")
}

fn refused(what: &'static str, asked: &Json, message: &str) -> Case {
    (
        what,
        generate(asked),
        told("spec.data[k].generate", message),
    )
}

#[tokio::test]
async fn a_recipe_that_cannot_be_followed_is_refused() {
    let no = before_the_rules;
    let cases = vec![
        refused(
            "a short password",
            &json!({ "kind": "Password", "length": 7 }),
            LENGTH,
        ),
        refused(
            "a long password",
            &json!({ "kind": "Password", "length": 1025 }),
            LENGTH,
        ),
        refused("no bytes", &json!({ "kind": "Bytes", "length": 0 }), LENGTH),
        refused(
            "many bytes",
            &json!({ "kind": "Bytes", "length": 4097 }),
            LENGTH,
        ),
        refused(
            "a long UUID",
            &json!({ "kind": "Uuid", "length": 32 }),
            LENGTH,
        ),
        refused(
            "characters of a key",
            &json!({ "kind": "SshKey", "characters": {} }),
            CHARACTERS,
        ),
        refused(
            "a password's curve",
            &json!({ "kind": "Password", "algorithm": "Ed25519" }),
            ALGORITHM,
        ),
        refused(
            "SSH by X25519",
            &json!({ "kind": "SshKey", "algorithm": "X25519" }),
            ALGORITHM,
        ),
        (
            "no kind",
            generate(&json!({ "length": 32 })),
            no("spec.data.k.generate.kind: Required value"),
        ),
        (
            "an unknown kind",
            generate(&json!({ "kind": "Rsa" })),
            no(
                r#"spec.data.k.generate.kind: Unsupported value: "Rsa": supported values: "Password", "Bytes", "Uuid", "SshKey", "KeyPair""#,
            ),
        ),
        (
            "symbols that are not asked for",
            generate(&json!({ "kind": "Password", "characters": { "symbols": "-" } })),
            told("spec.data[k].generate.characters", SYMBOLS),
        ),
    ];
    are_refused(&Canary::new(), cases).await;
}

#[tokio::test]
async fn a_period_that_is_none_is_refused() {
    let rotate = |text: &str| json!({ "kind": "Uuid", "rotate": text });
    let overlap = |text: &str| json!({ "kind": "Uuid", "rotate": "1d", "overlap": text });
    let cases = vec![
        refused("too often", &rotate("59m"), ROTATE),
        refused("too often in seconds", &rotate("3599s"), ROTATE),
        refused("always", &rotate("0"), ROTATE),
        refused("no unit", &rotate("90"), ROTATE),
        refused("weeks", &rotate("2w"), ROTATE),
        refused("two units", &rotate("1d12h"), ROTATE),
        refused("nothing", &rotate(""), ROTATE),
        refused("a fraction", &rotate("1.5h"), ROTATE),
        refused("an overlap without a unit", &overlap("90"), OVERLAP),
        refused("an overlap that is no period", &overlap("none"), OVERLAP),
        refused(
            "an overlap without rotation",
            &json!({ "kind": "Uuid", "overlap": "1h" }),
            NEEDS_ROTATE,
        ),
    ];
    are_refused(&Canary::new(), cases).await;
}

#[tokio::test]
async fn a_generated_value_has_no_other_source() {
    let canary = Canary::new();
    let kind = json!({ "kind": "Password" });
    let generated = json!({ "at": "2026-01-01T00:00:00Z" });
    let with = |field: &str, content: Json| {
        let mut fields = json!({ "generate": kind });
        fields[field] = content;
        item(&fields)
    };
    let previous = |value: &str| {
        let previous = json!({ "value": value, "until": "2026-01-01T00:00:00Z" });
        let generated = json!({ "at": "2026-01-01T00:00:00Z", "previous": previous });
        item(&json!({ "generate": kind, "value": ENVELOPE, "generated": generated }))
    };
    let cases = vec![
        (
            "a source",
            with("fromSecret", json!({ "name": "a", "key": "k" })),
            told("spec.data[k]", ALONE),
        ),
        (
            "an envelope of the author",
            with("value", json!(ENVELOPE)),
            told("spec.data[k]", FILLED_IN),
        ),
        (
            "a plaintext",
            with("value", json!(canary.value())),
            told("spec.data[k]", FILLED_IN),
        ),
        (
            "a date without a value",
            with("generated", generated.clone()),
            told("spec.data[k]", FILLED_IN),
        ),
        (
            "a plaintext with a date",
            item(&json!({ "generate": kind, "generated": generated, "value": canary.value() })),
            told("spec.data[k]", FILLED_IN),
        ),
        (
            "a previous value in plaintext",
            previous(canary.value()),
            told(
                "spec.data[k].generated.previous",
                "the previous value is filled in by Coffer: remove it",
            ),
        ),
    ];
    are_refused(&canary, cases).await;
}

#[tokio::test]
async fn a_key_that_a_generated_value_may_be_delivered_under_is_taken() {
    let beside = |kind: &str, other: &str| {
        let mut data = json!({ "k": { "generate": { "kind": kind } } });
        data[other] = json!({ "value": ENVELOPE });
        secret(&json!({ "data": data }))
    };
    let long = "k".repeat(241);
    let cases = vec![
        (
            "a public half",
            beside("SshKey", "k.pub"),
            DERIVED.to_owned(),
        ),
        (
            "that of a pair",
            beside("KeyPair", "k.pub"),
            DERIVED.to_owned(),
        ),
        (
            "the value before",
            beside("Password", "k.previous"),
            DERIVED.to_owned(),
        ),
        (
            "its public half",
            beside("SshKey", "k.previous.pub"),
            DERIVED.to_owned(),
        ),
        (
            "a key that leaves no room",
            secret(&json!({ "data": { long: { "generate": { "kind": "Uuid" } } } })),
            DERIVED.to_owned(),
        ),
    ];
    are_refused(&Canary::new(), cases).await;
}

#[tokio::test]
async fn every_recipe_within_the_limits_is_accepted() {
    let symbols = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let classes = ["Lower", "Upper", "Digits", "Symbols"];
    let characters = json!({ "classes": classes, "symbols": symbols, "excludeAmbiguous": true });
    let generated = json!({
        "at": "2026-01-01T00:00:00Z",
        "previous": { "value": ENVELOPE, "until": "2026-01-02T00:00:00Z" },
    });
    let kind = json!({ "kind": "Password" });
    let cases = vec![
        ("a password", generate(&kind)),
        (
            "the shortest",
            generate(&json!({ "kind": "Password", "length": 8 })),
        ),
        (
            "every character",
            generate(&json!({ "kind": "Password", "length": 1024, "characters": characters })),
        ),
        (
            "one byte",
            generate(&json!({ "kind": "Bytes", "length": 1 })),
        ),
        (
            "many bytes",
            generate(&json!({ "kind": "Bytes", "length": 4096 })),
        ),
        (
            "a UUID",
            generate(&json!({ "kind": "Uuid", "rotate": "1h", "overlap": "0" })),
        ),
        (
            "an SSH key",
            generate(&json!({ "kind": "SshKey", "algorithm": "Ed25519", "rotate": "99999d" })),
        ),
        (
            "a key pair",
            generate(
                &json!({ "kind": "KeyPair", "algorithm": "X25519", "rotate": "3600s", "overlap": "99999d" }),
            ),
        ),
        (
            "one that is restored",
            item(&json!({ "generate": kind, "value": ENVELOPE, "generated": generated })),
        ),
        (
            "one that is no longer generated",
            item(&json!({ "value": ENVELOPE, "generated": generated })),
        ),
        (
            "a key .pub of its own",
            secret(
                &json!({ "data": { "k": { "generate": kind }, "k.pub": { "value": ENVELOPE } } }),
            ),
        ),
        (
            "the longest key",
            secret(&json!({ "data": { "k".repeat(240): { "generate": kind } } })),
        ),
    ];
    are_accepted(cases).await;
}
