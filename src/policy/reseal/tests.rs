//! Envelopes of retired keys, through the real sealing.

use super::*;
use crate::api::Reason;
use crate::crypto::{KeyId, Place};
use crate::policy::values::Elsewhere;

/// Keys before and after a rotation.
struct Ring {
    old: [StoreKey; 2],
    new: [StoreKey; 2],
}

const SYMMETRIC: usize = 0;
const PUBLIC: usize = 1;

fn ring() -> Ring {
    let keys = || [Suite::XChaCha20Poly1305, Suite::X25519].map(StoreKey::generate);
    Ring {
        old: keys(),
        new: keys(),
    }
}

impl Keys for Ring {
    fn find(&self, id: KeyId) -> Option<&StoreKey> {
        let mut all = self.old.iter().chain(&self.new);
        all.find(|key| key.id() == id)
    }

    fn symmetric(&self) -> Option<&StoreKey> {
        Some(&self.new[SYMMETRIC])
    }

    fn public(&self) -> Option<&StoreKey> {
        Some(&self.new[PUBLIC])
    }

    fn elsewhere(&self, _: KeyId) -> Elsewhere {
        Elsewhere::Unknown
    }
}

fn at(key: &str) -> Place<'_> {
    Place {
        kind: "Secret",
        namespace: "team-a",
        store: "vault",
        name: "app",
        key,
    }
}

fn seal(key: &StoreKey, place: &str) -> String {
    key.seal(BindingKind::Strict, &at(place), b"value")
        .unwrap()
        .to_string()
}

fn secret(data: &str) -> Secret {
    let text = format!(
        "metadata: {{ name: app, namespace: team-a }}\nspec: {{ storeRef: {{ name: vault }}, data: {data} }}\n"
    );
    serde_yaml::from_str(&text).unwrap()
}

fn run(data: &str, ring: &Ring, extent: Extent) -> Result<Vec<Swap>, Problem> {
    swaps(&secret(data), ring, None, extent)
}

#[test]
fn what_coffer_sealed_with_a_retired_key_is_sealed_with_the_active_one() {
    let ring = ring();
    let old = seal(&ring.old[SYMMETRIC], "k");
    let swaps = run(&format!("{{ k: {{ value: {old} }} }}"), &ring, Extent::Own).unwrap();
    assert_eq!(swaps.len(), 1);
    assert_eq!(swaps[0].path(), ["spec", "data", "k", "value"]);
    let (value, _) = ring.new[SYMMETRIC]
        .open(&swaps[0].envelope, &[BindingKind::Strict], &at("k"))
        .unwrap();
    assert_eq!(value.expose(), b"value");
}

#[test]
fn of_a_generated_value_the_former_one_too_at_its_own_place() {
    let ring = ring();
    let (now, before) = (
        seal(&ring.old[SYMMETRIC], "k"),
        seal(&ring.old[SYMMETRIC], "k.previous"),
    );
    let data = format!(
        "{{ k: {{ generate: {{ kind: Uuid, rotate: 1h }}, value: {now}, generated: {{ at: '2026-01-01T00:00:00Z', previous: {{ value: {before}, until: '2026-01-02T00:00:00Z' }} }} }} }}"
    );
    let swaps = run(&data, &ring, Extent::Own).unwrap();
    assert_eq!(swaps.len(), 2);
    assert_eq!(
        swaps[1].path(),
        ["spec", "data", "k", "generated", "previous", "value"]
    );
    let opened = ring.new[SYMMETRIC].open(
        &swaps[1].envelope,
        &[BindingKind::Strict],
        &at("k.previous"),
    );
    assert!(opened.is_ok());
    assert!(run(&data, &ring, Extent::All).unwrap().is_empty());
}

#[test]
fn what_authors_sealed_is_left_alone_unless_all_is_asked_for() {
    let ring = ring();
    let data = format!("{{ k: {{ value: {} }} }}", seal(&ring.old[PUBLIC], "k"));
    assert!(run(&data, &ring, Extent::Own).unwrap().is_empty());
    let swaps = run(&data, &ring, Extent::All).unwrap();
    assert_eq!(swaps[0].envelope.key_id(), ring.new[PUBLIC].id());
}

#[test]
fn what_an_active_key_sealed_stays() {
    let ring = ring();
    let [own, authors] = ring.new.each_ref().map(|key| seal(key, "k"));
    let data = format!("{{ a: {{ value: {own} }}, b: {{ value: {authors} }}, c: {{}} }}");
    for extent in [Extent::Own, Extent::All] {
        assert!(run(&data, &ring, extent).unwrap().is_empty());
    }
}

#[test]
fn an_envelope_keeps_its_binding() {
    let ring = ring();
    let old = ring.old[PUBLIC]
        .seal(BindingKind::Store, &at("elsewhere"), b"value")
        .unwrap();
    let secret = secret(&format!("{{ k: {{ value: {old} }} }}"));
    let store = serde_yaml::from_str(
        "metadata: { name: vault }\nspec: { sealing: { bindings: [Store] } }\n",
    )
    .unwrap();
    let swaps = swaps(&secret, &ring, Some(&store), Extent::All).unwrap();
    let opened = ring.new[PUBLIC].open(&swaps[0].envelope, &[BindingKind::Store], &at("other"));
    assert!(opened.is_ok());
}

/// Coffer leaves them as they are; whoever asks for all is told.
#[test]
fn what_does_not_open_here_is_not_sealed_again() {
    let ring = ring();
    let stranger = StoreKey::generate(Suite::X25519);
    for (value, reason) in [
        (
            seal(&ring.old[SYMMETRIC], "other"),
            Reason::EnvelopeMismatch,
        ),
        (seal(&ring.old[PUBLIC], "other"), Reason::EnvelopeMismatch),
        (seal(&stranger, "k"), Reason::KeyUnknown),
        ("coffer.v1.broken".to_owned(), Reason::EnvelopeMalformed),
    ] {
        let good = seal(&ring.old[SYMMETRIC], "good");
        let data = format!("{{ k: {{ value: {value} }}, good: {{ value: {good} }} }}");
        let problem = run(&data, &ring, Extent::All).unwrap_err();
        assert_eq!(problem.reason, reason);
        let swaps = run(&data, &ring, Extent::Own).unwrap();
        assert_eq!(swaps.len(), 1);
        assert_eq!(swaps[0].key, "good");
    }
}

fn seal_value(key: &StoreKey, place: &Place<'_>, value: &[u8]) -> String {
    key.seal(BindingKind::Strict, place, value)
        .unwrap()
        .to_string()
}

fn one(value: &str) -> Secret {
    secret(&format!("{{ k: {{ value: {value} }} }}"))
}

#[test]
fn an_older_envelope_of_coffers_own_with_the_same_value_gives_way_to_the_stored_one() {
    let ring = ring();
    let (old, new) = (
        seal(&ring.old[SYMMETRIC], "k"),
        seal(&ring.new[SYMMETRIC], "k"),
    );
    let older = older(&one(&old), &one(&new), &ring);
    assert_eq!((older.swaps.len(), older.differing), (1, 0));
    assert_eq!(older.swaps[0].path(), ["spec", "data", "k", "value"]);
    assert_eq!(older.swaps[0].envelope.to_string(), new);
}

#[test]
fn so_does_one_of_a_value_before_a_rotation() {
    let ring = ring();
    let generated = |key: &StoreKey| {
        let previous = seal(key, &format!("k{PREVIOUS}"));
        secret(&format!(
            "{{ k: {{ generate: {{ kind: Password }}, value: {}, generated: {{ at: 2026-11-01T00:00:00Z, \
             previous: {{ value: {previous}, until: 2026-11-02T00:00:00Z }} }} }} }}",
            seal(key, "k")
        ))
    };
    let (coming, stored) = (
        generated(&ring.old[SYMMETRIC]),
        generated(&ring.new[SYMMETRIC]),
    );
    let swaps = older(&coming, &stored, &ring).swaps;
    let paths: Vec<_> = swaps.iter().map(Swap::path).collect();
    assert_eq!(paths.len(), 2);
    assert!(paths.iter().any(|path| path.contains(&"previous")));
}

#[test]
fn an_older_envelope_with_another_value_is_what_its_author_wants() {
    let ring = ring();
    let old = seal_value(&ring.old[SYMMETRIC], &at("k"), b"former");
    let older = older(&one(&old), &one(&seal(&ring.new[SYMMETRIC], "k")), &ring);
    assert_eq!((older.swaps.len(), older.differing), (0, 1));
}

#[test]
fn nothing_else_is_compared() {
    let ring = ring();
    let stranger = StoreKey::generate(Suite::XChaCha20Poly1305);
    let own = seal(&ring.new[SYMMETRIC], "k");
    let elsewhere = Place {
        name: "other",
        ..at("k")
    };
    for (coming, stored) in [
        // Of the active key: nothing will seal it again.
        (seal(&ring.new[SYMMETRIC], "k"), own.clone()),
        (seal(&ring.old[PUBLIC], "k"), own.clone()),
        (
            seal(&ring.old[SYMMETRIC], "k"),
            seal(&ring.new[PUBLIC], "k"),
        ),
        (seal(&ring.old[SYMMETRIC], "k"), seal(&stranger, "k")),
        (seal(&stranger, "k"), own.clone()),
        // Of another key of the data, and of another Secret.
        (seal(&ring.old[SYMMETRIC], "other"), own.clone()),
        (
            seal_value(&ring.old[SYMMETRIC], &elsewhere, b"value"),
            own.clone(),
        ),
        (
            seal(&ring.old[SYMMETRIC], "k"),
            seal_value(&ring.new[SYMMETRIC], &elsewhere, b"value"),
        ),
        (
            seal(&ring.old[SYMMETRIC], "k"),
            "coffer.v1.damaged".to_owned(),
        ),
        ("value".to_owned(), own.clone()),
        (own.clone(), own.clone()),
    ] {
        let older = older(&one(&coming), &one(&stored), &ring);
        assert!(older.is_empty(), "{coming} {stored}");
    }
    let old = one(&seal(&ring.old[SYMMETRIC], "k"));
    assert!(older(&old, &secret("{ other: { value: v } }"), &ring).is_empty());
}
