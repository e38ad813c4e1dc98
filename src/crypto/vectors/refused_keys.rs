//! Our own negative vectors of sealing keys: what an author must not be able to seal with.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{names, read, sealed::key, settle, text};
use crate::crypto::{KeyId, SealingKey, Suite};

/// The name, and what the file says.
type Case = (&'static str, Value);

fn case(name: &'static str, id: &str, suite: &str, public_key: &str, error: &str) -> Case {
    (
        name,
        json!({"id": id, "suite": suite, "publicKey": public_key, "error": error}),
    )
}

/// A key whose id is right, whatever the key is.
fn consistent(name: &'static str, suite: Suite, public_key: &[u8], error: &str) -> Case {
    let id = KeyId::of_public_key(suite, public_key).to_string();
    case(
        name,
        &id,
        suite.as_str(),
        &BASE64_STANDARD.encode(public_key),
        error,
    )
}

fn public_key(suite: Suite) -> (String, String, Vec<u8>) {
    let key = key(suite).sealing_key().unwrap();
    let base64 = key.public_base64();
    let bytes = BASE64_STANDARD.decode(&base64).unwrap();
    (key.id().to_string(), base64, bytes)
}

fn cases() -> Vec<Case> {
    let (x25519_id, x25519, x25519_bytes) = public_key(Suite::X25519);
    let (xwing_id, xwing, mut xwing_bytes) = public_key(Suite::XWing);
    let mut flipped = x25519_bytes.clone();
    flipped[7] ^= 1;
    let flipped = BASE64_STANDARD.encode(flipped);
    let mut out_of_range = xwing_bytes.clone();
    out_of_range[..3].fill(0xff);
    xwing_bytes[1184..].fill(0);
    let (malformed, mismatch) = ("MalformedPublicKey", "KeyIdMismatch");
    vec![
        case("flipped-bit", &x25519_id, "X25519", &flipped, mismatch),
        case("id-of-another-key", &xwing_id, "X25519", &x25519, mismatch),
        case(
            "id-in-capitals",
            &x25519_id.to_uppercase(),
            "X25519",
            &x25519,
            "MalformedKeyId",
        ),
        case(
            "id-too-long",
            &format!("{x25519_id}0"),
            "X25519",
            &x25519,
            "MalformedKeyId",
        ),
        case(
            "unknown-suite",
            &x25519_id,
            "x25519",
            &x25519,
            "UnknownSuite",
        ),
        case(
            "suite-without-public-half",
            &x25519_id,
            "XChaCha20Poly1305",
            &x25519,
            "NoPublicHalf",
        ),
        case(
            "key-of-the-other-suite",
            &x25519_id,
            "X25519",
            &xwing,
            malformed,
        ),
        case(
            "suite-of-the-other-key",
            &x25519_id,
            "XWing",
            &x25519,
            malformed,
        ),
        case("empty", &x25519_id, "X25519", "", malformed),
        case(
            "without-padding",
            &x25519_id,
            "X25519",
            x25519.trim_end_matches('='),
            malformed,
        ),
        case(
            "trailing-newline",
            &x25519_id,
            "X25519",
            &format!("{x25519}\n"),
            malformed,
        ),
        consistent(
            "one-byte-short",
            Suite::X25519,
            &x25519_bytes[..31],
            malformed,
        ),
        consistent(
            "lattice-number-out-of-range",
            Suite::XWing,
            &out_of_range,
            malformed,
        ),
        consistent(
            "low-order-point-x25519",
            Suite::X25519,
            &[0; 32],
            "LowOrderPoint",
        ),
        consistent(
            "low-order-point-xwing",
            Suite::XWing,
            &xwing_bytes,
            "LowOrderPoint",
        ),
    ]
}

#[test]
fn every_faulty_sealing_key_is_on_file() {
    let mut expected = vec![];
    for (name, vector) in cases() {
        settle(&format!("refused-keys/{name}.json"), &vector);
        expected.push(format!("{name}.json"));
    }
    expected.sort();
    assert_eq!(names("refused-keys"), expected);
}

#[test]
fn every_faulty_sealing_key_leads_to_its_one_error() {
    for file in names("refused-keys") {
        let vector = read(&format!("refused-keys/{file}"));
        let [id, suite, key] = ["id", "suite", "publicKey"].map(|field| text(&vector, field));
        let error = SealingKey::parse(id, suite, key).expect_err(&file);
        assert_eq!(error.reason(), text(&vector, "error"), "{file}");
    }
}
