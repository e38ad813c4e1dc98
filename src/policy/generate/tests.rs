//! Generated values as a user would ask for them, through the real validation.

use super::*;
use crate::api::{Moment, SecretKeySource};
use crate::crypto::{BindingKind, KeyId, Plaintext, StoreKey, Suite};
use crate::policy::values::Elsewhere;
use crate::policy::values::{Sources, Values, open};

struct Ring(StoreKey);

impl Keys for Ring {
    fn find(&self, id: KeyId) -> Option<&StoreKey> {
        (self.0.id() == id).then_some(&self.0)
    }

    fn symmetric(&self) -> Option<&StoreKey> {
        Some(&self.0)
    }

    fn public(&self) -> Option<&StoreKey> {
        None
    }

    fn elsewhere(&self, _: KeyId) -> Elsewhere {
        Elsewhere::Unknown
    }
}

struct Keyless;

impl Keys for Keyless {
    fn find(&self, _: KeyId) -> Option<&StoreKey> {
        None
    }

    fn symmetric(&self) -> Option<&StoreKey> {
        None
    }

    fn public(&self) -> Option<&StoreKey> {
        None
    }

    fn elsewhere(&self, _: KeyId) -> Elsewhere {
        Elsewhere::Unknown
    }
}

struct NoSources;

impl Sources for NoSources {
    fn read(&self, _: &SecretKeySource) -> Result<Plaintext, Problem> {
        unreachable!("nothing is followed")
    }
}

fn ring() -> Ring {
    Ring(StoreKey::generate(Suite::XChaCha20Poly1305))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const START: &str = "2026-01-01T00:00:00Z";
const HOUR: &str = "2026-01-01T01:00:00Z";

/// The Secret `team-a/app` of store `vault` with one generated value, under the key `k`.
fn secret(generate: &str) -> Secret {
    let text = format!(
        "metadata: {{name: app, namespace: team-a}}\nspec:\n  storeRef: {{name: vault}}\n  data: {{k: {{generate: {generate}}}}}\n"
    );
    serde_yaml::from_str(&text).unwrap()
}

fn item(secret: &mut Secret) -> &mut SecretValue {
    secret.spec.data.get_mut("k").unwrap()
}

/// What the controller does at this time; how many items it changed.
fn bring_up_to_date(secret: &mut Secret, ring: &Ring, now: &str) -> usize {
    let (changes, problems) = changes(secret, ring, at(now));
    assert_eq!(problems, []);
    let count = changes.len();
    for change in changes {
        let item = secret.spec.data.get_mut(&change.key).unwrap();
        item.generated = Some(change.generated);
        if let Some(envelope) = change.value {
            item.value = Some(envelope.to_string().into());
        }
    }
    count
}

fn opened(secret: &Secret, ring: &Ring) -> Values {
    open(secret, ring, &[BindingKind::Strict], &NoSources).unwrap()
}

fn value(secret: &Secret, ring: &Ring) -> Vec<u8> {
    opened(secret, ring).by_key["k"].expose().to_vec()
}

fn derived_keys(secret: &Secret, ring: &Ring) -> Vec<String> {
    opened(secret, ring).derived.into_keys().collect()
}

/// The one problem of making a value.
fn problem(secret: &Secret, ring: &impl Keys, now: &str) -> Problem {
    let (changes, problems) = changes(secret, ring, at(now));
    assert!(changes.is_empty());
    let [problem] = <[Problem; 1]>::try_from(problems).unwrap();
    problem
}

#[test]
fn a_value_is_made_once_and_stays() {
    let ring = ring();
    let mut secret = secret("{kind: Password}");
    assert!(is_due(&secret, at(START)));
    assert_eq!(bring_up_to_date(&mut secret, &ring, START), 1);
    let made = value(&secret, &ring);
    assert_eq!(made.len(), 32);
    assert!(made.iter().all(u8::is_ascii_alphanumeric));
    assert_eq!(
        bring_up_to_date(&mut secret, &ring, "2099-01-01T00:00:00Z"),
        0
    );
    assert!(!is_due(&secret, at("2099-01-01T00:00:00Z")));
    assert_eq!(wait(&secret, at(START)), None);
    assert_eq!(value(&secret, &ring), made);
}

#[test]
fn a_changed_recipe_waits_for_the_rotation() {
    let ring = ring();
    let mut secret = secret("{kind: Password, rotate: 1h, overlap: '0'}");
    bring_up_to_date(&mut secret, &ring, START);
    item(&mut secret).generate.as_mut().unwrap().length = Some(64);
    assert_eq!(
        bring_up_to_date(&mut secret, &ring, "2026-01-01T00:59:59Z"),
        0
    );
    assert_eq!(value(&secret, &ring).len(), 32);
    assert_eq!(bring_up_to_date(&mut secret, &ring, HOUR), 1);
    assert_eq!(value(&secret, &ring).len(), 64);
}

#[test]
fn after_a_rotation_the_former_value_stays_for_its_time() {
    let ring = ring();
    let mut secret = secret("{kind: Bytes, rotate: 1h, overlap: 30m}");
    bring_up_to_date(&mut secret, &ring, START);
    let first = value(&secret, &ring);
    assert_eq!(wait(&secret, at(START)), Some(Duration::from_hours(1)));
    bring_up_to_date(&mut secret, &ring, HOUR);
    let values = opened(&secret, &ring);
    assert_ne!(values.by_key["k"].expose(), first);
    assert_eq!(values.derived["k.previous"].expose(), first);
    assert_eq!(wait(&secret, at(HOUR)), Some(Duration::from_mins(30)));
    assert_eq!(
        bring_up_to_date(&mut secret, &ring, "2026-01-01T01:29:59Z"),
        0
    );
    let second = value(&secret, &ring);
    assert_eq!(
        bring_up_to_date(&mut secret, &ring, "2026-01-01T01:30:00Z"),
        1
    );
    assert_eq!(value(&secret, &ring), second);
    assert!(derived_keys(&secret, &ring).is_empty());
}

#[test]
fn without_an_overlap_the_former_value_goes_at_once() {
    let ring = ring();
    let mut secret = secret("{kind: Uuid, rotate: 1h, overlap: '0'}");
    bring_up_to_date(&mut secret, &ring, START);
    bring_up_to_date(&mut secret, &ring, HOUR);
    assert!(derived_keys(&secret, &ring).is_empty());
}

#[test]
fn an_overlap_ends_with_the_next_rotation() {
    let ring = ring();
    let mut secret = secret("{kind: Uuid, rotate: 1h}");
    bring_up_to_date(&mut secret, &ring, START);
    bring_up_to_date(&mut secret, &ring, HOUR);
    let second = value(&secret, &ring);
    bring_up_to_date(&mut secret, &ring, "2026-01-01T02:00:00Z");
    assert_eq!(
        opened(&secret, &ring).derived["k.previous"].expose(),
        second
    );
    assert_eq!(derived_keys(&secret, &ring), ["k.previous"]);
}

#[test]
fn a_long_missed_rotation_is_made_up_for_once() {
    let ring = ring();
    let mut secret = secret("{kind: Uuid, rotate: 1h}");
    bring_up_to_date(&mut secret, &ring, START);
    assert_eq!(
        bring_up_to_date(&mut secret, &ring, "2026-02-01T00:00:00Z"),
        1
    );
    assert_eq!(
        bring_up_to_date(&mut secret, &ring, "2026-02-01T00:00:01Z"),
        0
    );
}

#[test]
fn public_halves_are_delivered_beside_both_values() {
    for generate in [
        "{kind: SshKey, rotate: 1h}",
        "{kind: KeyPair, algorithm: X25519, rotate: 1h}",
    ] {
        let ring = ring();
        let mut secret = secret(generate);
        bring_up_to_date(&mut secret, &ring, START);
        assert_eq!(derived_keys(&secret, &ring), ["k.pub"]);
        let public = opened(&secret, &ring).derived.remove("k.pub").unwrap();
        bring_up_to_date(&mut secret, &ring, HOUR);
        let values = opened(&secret, &ring);
        let keys: Vec<_> = values.derived.keys().map(String::as_str).collect();
        assert_eq!(keys, ["k.previous", "k.previous.pub", "k.pub"]);
        assert_eq!(values.derived["k.previous.pub"], public);
        assert_ne!(values.derived["k.pub"], public);
    }
}

#[test]
fn the_wait_is_for_a_day_at_most_and_never_for_what_is_overdue() {
    let ring = ring();
    let mut secret = secret("{kind: Uuid, rotate: 99999d}");
    bring_up_to_date(&mut secret, &ring, START);
    assert_eq!(wait(&secret, at(START)), Some(Duration::from_hours(24)));
    item(&mut secret).generate.as_mut().unwrap().rotate = Some("1h".into());
    assert_eq!(wait(&secret, at("2026-01-01T01:00:01Z")), None);
}

#[test]
fn a_value_that_was_lost_is_not_made_anew() {
    let ring = ring();
    let mut secret = secret("{kind: Password, rotate: 1h}");
    bring_up_to_date(&mut secret, &ring, START);
    item(&mut secret).value = None;
    assert_eq!(bring_up_to_date(&mut secret, &ring, HOUR), 0);
    let problems = open(&secret, &ring, &[], &NoSources).unwrap_err();
    assert_eq!(problems[0].reason, Reason::ValueMissing);
    assert!(
        problems[0].message.contains("restore the Secret"),
        "{}",
        problems[0]
    );
}

#[test]
fn a_value_that_does_not_open_is_not_rotated_away() {
    let mut secret = secret("{kind: Password, rotate: 1h}");
    bring_up_to_date(&mut secret, &ring(), START);
    let problem = problem(&secret, &ring(), HOUR);
    assert_eq!(problem.reason, Reason::KeyUnknown);
    assert!(
        problem.message.ends_with("add it again for a new value"),
        "{problem}"
    );
}

#[test]
fn a_value_generated_for_another_secret_does_not_open() {
    let ring = ring();
    let mut secret = secret("{kind: Password}");
    bring_up_to_date(&mut secret, &ring, START);
    secret.metadata.name = Some("copy".to_owned());
    let problems = open(&secret, &ring, &[], &NoSources).unwrap_err();
    assert_eq!(problems[0].reason, Reason::EnvelopeMismatch);
}

#[test]
fn the_former_value_does_not_open_as_the_present_one() {
    let ring = ring();
    let mut secret = secret("{kind: Password, rotate: 1h}");
    bring_up_to_date(&mut secret, &ring, START);
    bring_up_to_date(&mut secret, &ring, HOUR);
    let item = item(&mut secret);
    item.value = Some(item.generated.clone().unwrap().previous.unwrap().value);
    let problems = open(&secret, &ring, &[], &NoSources).unwrap_err();
    assert_eq!(problems[0].reason, Reason::EnvelopeMismatch);
}

#[test]
fn without_keys_nothing_is_made_and_the_problem_is_told() {
    let problem = problem(&secret("{kind: Password}"), &Keyless, START);
    assert_eq!(problem.reason, Reason::KeysUnusable);
}

#[test]
fn a_recipe_that_cannot_be_followed_is_told() {
    for generate in [
        "{kind: Password, length: 7}",
        "{kind: Password, length: 1025}",
        "{kind: Bytes, length: 0}",
        "{kind: Bytes, length: 4097}",
        "{kind: Password, characters: {classes: [Symbols], symbols: '|', excludeAmbiguous: true}}",
        "{kind: Password, characters: {classes: [Symbols], symbols: ''}}",
        "{kind: Password, characters: {classes: [Symbols], symbols: 'é'}}",
    ] {
        let problem = problem(&secret(generate), &ring(), START);
        assert_eq!(problem.reason, Reason::GeneratorInvalid, "{generate}");
        assert!(
            problem.message.starts_with("`spec.data.k.generate."),
            "{problem}"
        );
    }
}

#[test]
fn times_that_mean_nothing_are_told_and_nothing_is_replaced() {
    let ring = ring();
    let mut secret = secret("{kind: Password, rotate: 1h}");
    bring_up_to_date(&mut secret, &ring, START);
    let mut odd = secret.clone();
    item(&mut odd).generate.as_mut().unwrap().rotate = Some("soon".into());
    assert_eq!(problem(&odd, &ring, HOUR).reason, Reason::GeneratorInvalid);
    let at: Moment = serde_json::from_str("\"2026-99-01T00:00:00Z\"").unwrap();
    item(&mut secret).generated.as_mut().unwrap().at = at;
    assert_eq!(
        problem(&secret, &ring, HOUR).reason,
        Reason::GeneratorInvalid
    );
}

#[test]
fn a_value_that_its_kind_does_not_make_has_no_public_half() {
    let ring = ring();
    let mut secret = secret("{kind: Password}");
    bring_up_to_date(&mut secret, &ring, START);
    item(&mut secret).generate.as_mut().unwrap().kind = crate::api::GeneratorKind::SshKey;
    let problems = open(&secret, &ring, &[], &NoSources).unwrap_err();
    assert_eq!(problems[0].reason, Reason::GeneratorInvalid);
}

#[test]
fn a_key_in_the_way_of_a_derived_one_is_told() {
    let ring = ring();
    let mut secret = secret("{kind: SshKey}");
    bring_up_to_date(&mut secret, &ring, START);
    let other = secret.spec.data["k"].clone();
    secret.spec.data.insert("k.pub".to_owned(), other);
    let problems = open(&secret, &ring, &[], &NoSources).unwrap_err();
    assert_eq!(problems[0].reason, Reason::GeneratorInvalid);
    assert!(
        problems[0].message.contains("`spec.data.k.pub`"),
        "{}",
        problems[0]
    );
}

#[test]
fn characters_are_as_asked_for() {
    let ring = ring();
    let mut secret = secret(
        "{kind: Password, length: 200, characters: {classes: [Digits, Symbols], symbols: '--_', excludeAmbiguous: true}}",
    );
    bring_up_to_date(&mut secret, &ring, START);
    let made = value(&secret, &ring);
    assert_eq!(made.len(), 200);
    assert!(made.iter().all(|byte| b"23456789-_".contains(byte)));
    assert!(made.contains(&b'-') && made.contains(&b'_'));
}

#[test]
fn what_is_generated_was_not_stored_in_plaintext() {
    let ring = ring();
    let mut secret = secret("{kind: Password}");
    bring_up_to_date(&mut secret, &ring, START);
    assert!(!opened(&secret, &ring).sealed_by_coffer);
    item(&mut secret).generate = None;
    assert!(!opened(&secret, &ring).sealed_by_coffer);
}
