//! Our own negative vectors: one fault each, and the one error that it must lead to.

use serde_json::{Value, json};

use super::{
    binding, bytes, hex, names, place, read,
    sealed::{PLACE, PLAINTEXT, envelope, key, place_of, randomness},
    settle, text,
};
use crate::crypto::{
    BindingKind, Envelope, Error, KeyId, Place, StoreKey, Suite, rng::fixed::FixedRng,
};

const STRICT: &[BindingKind] = &[BindingKind::Strict];
const BOTH: &[BindingKind] = &BindingKind::ALL;

/// One fault: what is opened, where, under what, and why it must not open.
struct Case {
    name: String,
    suite: Suite,
    envelope: String,
    place: Place<'static>,
    allowed: &'static [BindingKind],
    error: &'static str,
}

impl Case {
    /// A faultless case, to be given its fault.
    fn of(suite: Suite, name: &str, error: &'static str) -> Self {
        let envelope = envelope(suite, BindingKind::Strict).to_string();
        let name = format!("{name}-{suite}").to_lowercase();
        Self {
            name,
            suite,
            envelope,
            place: PLACE,
            allowed: BOTH,
            error,
        }
    }

    fn at(self, place: Place<'static>) -> Self {
        Self { place, ..self }
    }

    fn allowing(self, allowed: &'static [BindingKind]) -> Self {
        Self { allowed, ..self }
    }

    fn text(self, change: impl FnOnce(String) -> String) -> Self {
        Self {
            envelope: change(self.envelope),
            ..self
        }
    }

    fn payload(self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let parsed = Envelope::parse(&self.envelope).unwrap();
        let mut payload = parsed.payload().to_vec();
        change(&mut payload);
        Self {
            envelope: Envelope::new(parsed.key_id(), payload).to_string(),
            ..self
        }
    }

    fn vector(&self) -> Value {
        let key = key(self.suite);
        json!({
            "suite": self.suite,
            "keyId": key.id(),
            "secretKey": hex(key.to_secret_bytes()),
            "place": place_of(&self.place),
            "allowed": self.allowed.iter().map(|binding| binding.as_str()).collect::<Vec<_>>(),
            "envelope": self.envelope,
            "error": self.error,
        })
    }
}

/// The faults that every suite must notice.
fn cases_of(suite: Suite) -> Vec<Case> {
    let case = |name, error| Case::of(suite, name, error);
    let store_bound = move |_| envelope(suite, BindingKind::Store).to_string();
    let last = |payload: &mut Vec<u8>| payload.len() - 1;
    let start = suite.overhead() - 16;
    vec![
        case("wrong-kind", "DoesNotOpen").at(Place {
            kind: "ApiSecret",
            ..PLACE
        }),
        case("wrong-namespace", "DoesNotOpen").at(Place {
            namespace: "shop2",
            ..PLACE
        }),
        case("wrong-store", "DoesNotOpen").at(Place {
            store: "payment",
            ..PLACE
        }),
        case("wrong-name", "DoesNotOpen").at(Place {
            name: "card-processor2",
            ..PLACE
        }),
        case("wrong-key", "DoesNotOpen").at(Place {
            key: "api-toke",
            ..PLACE
        }),
        case("name-and-key-shifted", "DoesNotOpen").at(Place {
            name: "card-processora",
            key: "pi-token",
            ..PLACE
        }),
        case("nothing-allowed", "DoesNotOpen").allowing(&[]),
        case("strict-where-store-is-allowed", "DoesNotOpen").allowing(&[BindingKind::Store]),
        case("store-binding-not-allowed", "DoesNotOpen")
            .text(store_bound)
            .allowing(STRICT),
        case("store-binding-in-wrong-store", "DoesNotOpen")
            .text(store_bound)
            .at(Place {
                store: "payment",
                ..PLACE
            }),
        case("store-binding-in-wrong-namespace", "DoesNotOpen")
            .text(store_bound)
            .at(Place {
                namespace: "shop2",
                ..PLACE
            }),
        case("truncated-to-less-than-the-overhead", "TooShort")
            .payload(|payload| payload.truncate(start + 15)),
        case("truncated-by-one-byte", "DoesNotOpen").payload(|payload| {
            payload.pop();
        }),
        case("one-byte-more", "DoesNotOpen").payload(|payload| payload.push(0)),
        case("flipped-bit-in-key-id", "WrongKey").text(|text| {
            let id = key(suite).id().to_string();
            let number = u64::from_str_radix(&id, 16).unwrap();
            text.replacen(&id, &format!("{:016x}", number ^ 1), 1)
        }),
        case("flipped-bit-at-the-start", "DoesNotOpen").payload(|payload| payload[0] ^= 1),
        case("flipped-bit-before-the-ciphertext", "DoesNotOpen")
            .payload(|payload| payload[start - 1] ^= 0x80),
        case("flipped-bit-in-ciphertext", "DoesNotOpen").payload(|payload| payload[start] ^= 1),
        case("flipped-bit-in-tag", "DoesNotOpen").payload(|payload| {
            let last = last(payload);
            payload[last] ^= 0x80;
        }),
        case("other-suites-key", "WrongKey").text(move |_| {
            let other = Suite::ALL
                .into_iter()
                .find(|other| *other != suite)
                .unwrap();
            envelope(other, BindingKind::Strict).to_string()
        }),
        case("another-key-of-the-same-id", "DoesNotOpen").text(move |_| {
            let mut other = FixedRng((0x01..0x29).collect());
            let other = StoreKey::generate_with_rng(suite, &mut other);
            let sealed = other.seal_with_rng(STRICT[0], &PLACE, PLAINTEXT, &mut randomness());
            let payload = sealed.unwrap().payload().to_vec();
            Envelope::new(key(suite).id(), payload).to_string()
        }),
    ]
}

/// The faults of the text, which are found before the key is.
fn cases_of_text() -> Vec<Case> {
    let case = |name, error| Case::of(Suite::XChaCha20Poly1305, name, error);
    let id = key(Suite::XChaCha20Poly1305).id().to_string();
    let upper = id.to_uppercase();
    let short = id[1..].to_owned();
    vec![
        case("not-an-envelope", "NotAnEnvelope").text(|_| "hunter2".to_owned()),
        case("version-without-number", "NotAnEnvelope").text(|text| text.replacen("v1", "v", 1)),
        case("leading-space", "NotAnEnvelope").text(|text| format!(" {text}")),
        case("unknown-version", "UnknownVersion").text(|text| text.replacen("v1", "v2", 1)),
        case("version-with-leading-zero", "UnknownVersion")
            .text(|text| text.replacen("v1", "v01", 1)),
        case("version-of-many-digits", "UnknownVersion")
            .text(|text| text.replacen("v1", "v18446744073709551617", 1)),
        case("without-payload", "MalformedEnvelope").text(|text| {
            text.rsplit_once('.')
                .map(|(head, _)| head.to_owned())
                .unwrap()
        }),
        case("key-id-in-capitals", "MalformedKeyId").text(|text| text.replacen(&id, &upper, 1)),
        case("key-id-too-short", "MalformedKeyId").text(|text| text.replacen(&id, &short, 1)),
        case("empty-payload", "TooShort").payload(Vec::clear),
        case("truncated-to-less-than-any-overhead", "TooShort")
            .payload(|payload| payload.truncate(39)),
        case("padded", "NonCanonicalPayload")
            .payload(|payload| payload.truncate(67))
            .text(|text| format!("{text}==")),
        case("trailing-bits", "NonCanonicalPayload")
            .payload(|payload| {
                payload.truncate(67);
                payload[66] = 0;
            })
            .text(|text| format!("{}B", text.strip_suffix('A').unwrap())),
        case("standard-alphabet", "NonCanonicalPayload")
            .payload(|payload| payload[..3].fill(0xff))
            .text(|text| text.replace("____", "////")),
        case("trailing-newline", "NonCanonicalPayload").text(|text| format!("{text}\n")),
        case("line-break", "NonCanonicalPayload").text(|mut text| {
            text.insert(60, '\n');
            text
        }),
        case("fifth-part", "NonCanonicalPayload").text(|text| format!("{text}.")),
        case("of-an-impossible-length", "NonCanonicalPayload")
            .payload(|payload| payload.truncate(66))
            .text(|text| format!("{text}A")),
    ]
}

/// The one fault that only X25519 can have.
fn low_order_point() -> Case {
    Case::of(Suite::X25519, "low-order-point", "LowOrderPoint")
        .payload(|payload| payload[..32].fill(0))
}

/// A key that nobody has, by an id that nobody has.
fn unknown_key() -> Case {
    let unknown: KeyId = "0123456789abcdef".parse().unwrap();
    Case::of(Suite::XWing, "unknown-key", "WrongKey")
        .text(|text| text.replacen(&key(Suite::XWing).id().to_string(), &unknown.to_string(), 1))
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = Suite::ALL.into_iter().flat_map(cases_of).collect();
    cases.extend(cases_of_text());
    cases.extend([low_order_point(), unknown_key()]);
    cases
}

#[test]
fn every_fault_is_on_file() {
    let mut expected = vec![];
    for case in cases() {
        settle(&format!("refused/{}.json", case.name), &case.vector());
        expected.push(format!("{}.json", case.name));
    }
    expected.sort();
    assert_eq!(names("refused"), expected);
}

#[test]
fn every_fault_leads_to_its_one_error() {
    for file in names("refused") {
        let vector = read(&format!("refused/{file}"));
        let error = open(&vector).expect_err(&file);
        assert_eq!(error.reason(), text(&vector, "error"), "{file}");
    }
}

fn open(vector: &Value) -> Result<(), Error> {
    let suite = text(vector, "suite").parse()?;
    let id = text(vector, "keyId").parse()?;
    let key = StoreKey::from_secret_bytes(suite, id, &bytes(vector, "secretKey"))?;
    let allowed = vector["allowed"].as_array().unwrap();
    let allowed: Vec<_> = allowed
        .iter()
        .map(|name| binding(name.as_str().unwrap()))
        .collect();
    key.open(
        &Envelope::parse(text(vector, "envelope"))?,
        &allowed,
        &place(vector),
    )?;
    Ok(())
}
