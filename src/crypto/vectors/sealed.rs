//! Our own positive vectors: every suite and binding, with known randomness.

use serde_json::{Value, json};

use super::{bytes, hex, names, place, read, settle, text};
use crate::crypto::{
    BindingKind, Envelope, Place, SealingKey, StoreKey, Suite, additional_data, binding,
    rng::fixed::FixedRng,
};

/// What all our vectors are sealed for.
pub(super) const PLACE: Place<'_> = Place {
    kind: "Secret",
    namespace: "shop",
    store: "payments",
    name: "card-processor",
    key: "api-token",
};

/// What all our vectors hold.
pub(super) const PLAINTEXT: &[u8] = b"correct horse battery staple";

/// The key of a suite. Published here, so good for nothing else.
pub(super) fn key(suite: Suite) -> StoreKey {
    let first = u8::try_from(suite.id()).unwrap() * 0x40 + 0x0a;
    StoreKey::generate_with_rng(suite, &mut FixedRng((first..first + 40).collect()))
}

/// The randomness of a sealing: as much as any suite draws.
pub(super) fn randomness() -> FixedRng {
    FixedRng((0x10..0x50).collect())
}

/// The vector's envelope.
pub(super) fn envelope(suite: Suite, binding: BindingKind) -> Envelope {
    key(suite)
        .seal_with_rng(binding, &PLACE, PLAINTEXT, &mut randomness())
        .unwrap()
}

pub(super) fn place_of(place: &Place<'_>) -> Value {
    let Place {
        kind,
        namespace,
        store,
        name,
        key,
    } = place;
    json!({"kind": kind, "namespace": namespace, "store": store, "name": name, "key": key})
}

fn path(suite: Suite, binding: BindingKind) -> String {
    format!("sealed/{suite}-{}.json", binding.as_str()).to_lowercase()
}

#[test]
fn every_suite_and_binding_seals_to_the_same_bytes_as_ever() {
    for (suite, binding) in combinations() {
        let key = key(suite);
        let vector = json!({
            "suite": suite,
            "binding": binding.as_str(),
            "keyId": key.id(),
            "secretKey": hex(key.to_secret_bytes()),
            "publicKey": key.sealing_key().map(|key| key.public_base64()),
            "randomness": hex(randomness().0),
            "place": place_of(&PLACE),
            "plaintext": hex(PLAINTEXT),
            "info": key.sealing_key().map(|_| hex(binding::info(suite))),
            "additionalData": hex(additional_data(suite, binding, &PLACE)),
            "envelope": envelope(suite, binding).to_string(),
        });
        settle(&path(suite, binding), &vector);
    }
}

#[test]
fn every_sealed_vector_opens_from_its_file_alone() {
    let files = names("sealed");
    assert_eq!(files.len(), combinations().count());
    for file in files {
        let vector = read(&format!("sealed/{file}"));
        let (suite, id) = (text(&vector, "suite"), text(&vector, "keyId"));
        let secret = bytes(&vector, "secretKey");
        let suite: Suite = suite.parse().unwrap();
        let key = StoreKey::from_secret_bytes(suite, id.parse().unwrap(), &secret).unwrap();
        let envelope = Envelope::parse(text(&vector, "envelope")).unwrap();
        let (value, binding) = key
            .open(&envelope, &BindingKind::ALL, &place(&vector))
            .unwrap();
        assert_eq!(value.expose(), bytes(&vector, "plaintext"), "{file}");
        assert_eq!(binding.as_str(), text(&vector, "binding"), "{file}");
    }
}

#[test]
fn every_public_key_reads_from_its_file_alone() {
    for suite in [Suite::XWing, Suite::X25519] {
        let vector = read(&path(suite, BindingKind::Strict));
        let fields = ["keyId", "suite", "publicKey"].map(|field| text(&vector, field));
        let parsed = SealingKey::parse(fields[0], fields[1], fields[2]).unwrap();
        assert_eq!(Some(parsed), key(suite).sealing_key());
    }
}

fn combinations() -> impl Iterator<Item = (Suite, BindingKind)> {
    Suite::ALL
        .into_iter()
        .flat_map(|suite| BindingKind::ALL.map(|binding| (suite, binding)))
}
