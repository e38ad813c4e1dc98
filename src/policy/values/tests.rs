//! Values as a user would write them, through the real validation.

use super::*;
use crate::crypto::StoreKey;

struct Ring(Vec<StoreKey>);

impl Ring {
    fn new() -> Self {
        Self(Suite::ALL.map(StoreKey::generate).into())
    }

    fn seal(&self, suite: Suite, binding: BindingKind, place: &Place<'_>, value: &[u8]) -> String {
        let key = self.0.iter().find(|key| key.suite() == suite).unwrap();
        key.seal(binding, place, value).unwrap().to_string()
    }
}

impl Keys for Ring {
    fn find(&self, id: KeyId) -> Option<&StoreKey> {
        self.0.iter().find(|key| key.id() == id)
    }

    fn symmetric(&self) -> Option<&StoreKey> {
        self.0
            .iter()
            .find(|key| key.suite() == Suite::XChaCha20Poly1305)
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
    fn read(&self, source: &SecretKeySource) -> Result<Plaintext, Problem> {
        let name = &source.name;
        Err(Problem::new(
            Reason::SourceNotFound,
            format!("native secret `{name}` does not exist"),
        ))
    }
}

const PLACE: Place<'_> = Place {
    kind: "Secret",
    namespace: "team-a",
    store: "payments",
    name: "stripe",
    key: "k",
};

/// The Secret `team-a/stripe` of store `payments` with this `spec.data`.
fn secret(data: &str) -> Secret {
    let text = format!(
        "metadata: {{name: stripe, namespace: team-a}}\nspec:\n  storeRef: {{name: payments}}\n  data: {data}\n"
    );
    serde_yaml::from_str(&text).unwrap()
}

fn opened(secret: &Secret, ring: &Ring) -> Result<Values, Vec<Problem>> {
    open(secret, ring, &[BindingKind::Strict], &NoSources)
}

fn only_problem(secret: &Secret, ring: &Ring) -> Problem {
    let problems = opened(secret, ring).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn what_an_author_sealed_opens() {
    let ring = Ring::new();
    for suite in [Suite::XWing, Suite::X25519] {
        let sealed = ring.seal(suite, BindingKind::Strict, &PLACE, b"value");
        let values = opened(&secret(&format!("{{k: {{value: {sealed}}}}}")), &ring).unwrap();
        assert_eq!(values.by_key["k"].expose(), b"value");
        assert!(!values.sealed_by_coffer);
    }
}

#[test]
fn what_coffer_sealed_is_known_as_such() {
    let ring = Ring::new();
    let Sealing {
        sealed, problems, ..
    } = seal_plaintext(&secret("{k: {value: hunter2}}"), None, &ring);
    assert!(problems.is_empty());
    let values = opened(
        &secret(&format!("{{k: {{value: {}}}}}", sealed[0].1)),
        &ring,
    )
    .unwrap();
    assert_eq!(values.by_key["k"].expose(), b"hunter2");
    assert!(values.sealed_by_coffer);
}

#[test]
fn base64_is_decoded_before_it_is_sealed_white_space_or_not() {
    let ring = Ring::new();
    let text = secret("{k: {value: \"AAEC\\n/w==\\n\", encoding: Base64}}");
    let sealed = seal_plaintext(&text, None, &ring).sealed;
    let values = opened(
        &secret(&format!("{{k: {{value: {}}}}}", sealed[0].1)),
        &ring,
    )
    .unwrap();
    assert_eq!(values.by_key["k"].expose(), [0, 1, 2, 255]);
}

#[test]
fn one_value_that_cannot_be_sealed_does_not_leave_the_others_in_clear() {
    let Sealing {
        sealed, problems, ..
    } = seal_plaintext(
        &secret("{a: {value: hunter2}, b: {value: '?', encoding: Base64}}"),
        None,
        &Ring::new(),
    );
    assert_eq!(
        sealed
            .iter()
            .map(|(key, _)| key.as_str())
            .collect::<Vec<_>>(),
        ["a"]
    );
    assert_eq!(problems[0].reason, Reason::EncodingInvalid);
}

#[test]
fn an_envelope_for_another_place_does_not_open_and_the_place_is_named() {
    let ring = Ring::new();
    for place in [
        Place {
            namespace: "team-b",
            ..PLACE
        },
        Place {
            store: "other",
            ..PLACE
        },
        Place {
            name: "other",
            ..PLACE
        },
        Place {
            key: "other",
            ..PLACE
        },
        Place {
            kind: "ApiSecret",
            ..PLACE
        },
    ] {
        for suite in Suite::ALL {
            let sealed = ring.seal(suite, BindingKind::Strict, &place, b"canary");
            let problem = only_problem(&secret(&format!("{{k: {{value: {sealed}}}}}")), &ring);
            assert_eq!(problem.reason, Reason::EnvelopeMismatch, "{place:?}");
            assert!(
                problem.message.ends_with(
                    "Seal it for namespace `team-a`, store `payments`, name `stripe`, key `k`"
                ),
                "{problem}"
            );
        }
    }
}

#[test]
fn the_wider_binding_opens_only_where_it_is_allowed() {
    let ring = Ring::new();
    let elsewhere = Place {
        name: "preview-stripe",
        ..PLACE
    };
    let sealed = ring.seal(Suite::XWing, BindingKind::Store, &elsewhere, b"value");
    let secret = secret(&format!("{{k: {{value: {sealed}}}}}"));
    assert_eq!(
        only_problem(&secret, &ring).reason,
        Reason::EnvelopeMismatch
    );
    let values = open(&secret, &ring, &BindingKind::ALL, &NoSources).unwrap();
    assert_eq!(values.by_key["k"].expose(), b"value");
}

#[test]
fn a_key_that_the_store_does_not_have_is_named() {
    let (ring, other) = (Ring::new(), Ring::new());
    let sealed = other.seal(Suite::X25519, BindingKind::Strict, &PLACE, b"canary");
    let problem = only_problem(&secret(&format!("{{k: {{value: {sealed}}}}}")), &ring);
    assert_eq!(problem.reason, Reason::KeyUnknown);
    assert!(
        problem.message.contains(&other.0[2].id().to_string()),
        "{problem}"
    );
}

#[test]
fn every_other_fault_has_its_reason() {
    let ring = Ring::new();
    let large = "x".repeat(MAX_VALUE_BYTES + 1);
    let sealed = ring.seal(Suite::X25519, BindingKind::Strict, &PLACE, large.as_bytes());
    for (data, reason) in [
        ("{}".to_owned(), Reason::ValueMissing),
        ("{k: {}}".to_owned(), Reason::ValueMissing),
        (
            "{k: {value: coffer.v1.short}}".to_owned(),
            Reason::EnvelopeMalformed,
        ),
        (
            "{k: {value: coffer.v9.0123456789abcdef.AAAA}}".to_owned(),
            Reason::EnvelopeMalformed,
        ),
        (
            "{k: {fromSecret: {name: a, key: b}}}".to_owned(),
            Reason::SourceNotFound,
        ),
        (format!("{{k: {{value: {sealed}}}}}"), Reason::ValueTooLarge),
    ] {
        assert_eq!(only_problem(&secret(&data), &ring).reason, reason);
    }
}

#[test]
fn values_that_are_too_large_together_are_refused() {
    let ring = Ring::new();
    let value = vec![b'x'; MAX_VALUE_BYTES];
    let data: Vec<_> = (0..9)
        .map(|i| {
            let key = format!("k{i}");
            let place = Place { key: &key, ..PLACE };
            let sealed = ring.seal(Suite::X25519, BindingKind::Strict, &place, &value);
            format!("{key}: {{value: {sealed}}}")
        })
        .collect();
    let problem = only_problem(&secret(&format!("{{{}}}", data.join(", "))), &ring);
    assert_eq!(problem.reason, Reason::ValueTooLarge);
}

#[test]
fn no_problem_shows_a_value() {
    let ring = Ring::new();
    for data in [
        "{k: {value: canary, encoding: Base64}}",
        "{k: {value: coffer.v1.canary}}",
        "{k: {value: coffer.v1.0123456789abcdef.canary}}",
    ] {
        let secret = secret(data);
        let mut problems = seal_plaintext(&secret, None, &ring).problems;
        problems.extend(opened(&secret, &ring).unwrap_err());
        assert!(!format!("{problems:?}").contains("canary"), "{problems:?}");
        assert!(!format!("{secret:?}").contains("canary"), "{secret:?}");
    }
}

/// As the API server hands it over at the second apply of a manifest.
#[test]
fn a_value_equal_to_what_is_stored_keeps_the_stored_envelope() {
    let ring = Ring::new();
    for suite in Suite::ALL {
        let stored = ring.seal(suite, BindingKind::Strict, &PLACE, b"hunter2");
        let stored_secret = secret(&format!("{{k: {{value: {stored}}}}}"));
        for manifest in [
            "{k: {value: hunter2}}",
            "{k: {value: aHVudGVyMg==, encoding: Base64}}",
        ] {
            let sealing = seal_plaintext(&secret(manifest), Some(&stored_secret), &ring);
            assert_eq!(sealing.sealed, [("k".to_owned(), stored.clone())]);
            assert_eq!(sealing.differing, 0);
        }
    }
}

#[test]
fn plaintext_beside_generate_is_not_sealed() {
    let ring = Ring::new();
    let stored = ring.seal(
        Suite::XChaCha20Poly1305,
        BindingKind::Strict,
        &PLACE,
        b"hunter2",
    );
    let item = |value: &str| {
        secret(&format!(
            "{{k: {{value: {value}, generate: {{kind: Uuid}}}}}}"
        ))
    };
    // Nor is it told whether it is what was generated.
    for value in ["hunter2", "hunter3"] {
        let sealing = seal_plaintext(&item(value), Some(&item(&stored)), &ring);
        assert_eq!((sealing.sealed.len(), sealing.differing), (0, 0));
        let message = &sealing.problems[0].message;
        assert!(message.contains("`spec.data.k`") && message.contains("remove `value`"));
    }
    assert!(
        seal_plaintext(&item(&stored), None, &ring)
            .problems
            .is_empty()
    );
}

#[test]
fn only_a_value_in_clear_in_the_place_of_an_envelope_would_be_compared() {
    let ring = Ring::new();
    let stored = ring.seal(Suite::XWing, BindingKind::Strict, &PLACE, b"hunter2");
    let [plain, other] = ["{k: {value: v}}", "{o: {value: v}}"].map(secret);
    let sealed = secret(&format!("{{k: {{value: {stored}}}}}"));
    assert!(would_compare(&plain, &sealed));
    for (secret, stored) in [(&other, &sealed), (&sealed, &sealed), (&plain, &plain)] {
        assert!(!would_compare(secret, stored));
    }
}

#[test]
fn a_value_that_differs_is_sealed_anew_and_counted() {
    let ring = Ring::new();
    let stored = ring.seal(Suite::XWing, BindingKind::Strict, &PLACE, b"hunter2");
    let stored_secret = secret(&format!("{{k: {{value: {stored}}}}}"));
    for value in ["hunter3", "hunter22", "'hunter2 '"] {
        let manifest = secret(&format!("{{k: {{value: {value}}}}}"));
        let sealing = seal_plaintext(&manifest, Some(&stored_secret), &ring);
        assert_ne!(sealing.sealed[0].1, stored);
        assert_eq!(sealing.differing, 1);
    }
}

/// Otherwise equal values would be an oracle, and an envelope could stand where it does not open.
#[test]
fn an_envelope_that_does_not_belong_there_is_neither_kept_nor_compared() {
    let ring = Ring::new();
    let other_key = Place {
        key: "other",
        ..PLACE
    };
    let envelopes = [
        ring.seal(Suite::XWing, BindingKind::Strict, &other_key, b"hunter2"),
        ring.seal(Suite::XWing, BindingKind::Store, &PLACE, b"hunter2"),
        Ring::new().seal(Suite::XWing, BindingKind::Strict, &PLACE, b"hunter2"),
        "coffer.v1.broken".to_owned(),
    ];
    for stored in envelopes {
        let stored_secret = secret(&format!("{{k: {{value: {stored}}}}}"));
        let manifest = secret("{k: {value: hunter2}}");
        let sealing = seal_plaintext(&manifest, Some(&stored_secret), &ring);
        assert_ne!(sealing.sealed[0].1, stored);
        assert_eq!(sealing.differing, 0);
    }
    let mut of_another_store = secret("{k: {value: hunter2}}");
    "other".clone_into(&mut of_another_store.spec.store_ref.name);
    let stored = ring.seal(Suite::XWing, BindingKind::Strict, &PLACE, b"hunter2");
    let stored_secret = secret(&format!("{{k: {{value: {stored}}}}}"));
    let sealing = seal_plaintext(&of_another_store, Some(&stored_secret), &ring);
    assert_ne!(sealing.sealed[0].1, stored);
}

/// A ring whose other keys are known.
struct Known(Ring, Elsewhere);

impl Keys for Known {
    fn find(&self, id: KeyId) -> Option<&StoreKey> {
        self.0.find(id)
    }

    fn symmetric(&self) -> Option<&StoreKey> {
        self.0.symmetric()
    }

    fn public(&self) -> Option<&StoreKey> {
        None
    }

    fn elsewhere(&self, _: KeyId) -> Elsewhere {
        self.1.clone()
    }
}

#[test]
fn whose_a_key_is_is_told_only_of_the_own_namespace() {
    let stranger = Ring::new();
    let envelope = stranger.seal(Suite::XWing, BindingKind::Strict, &PLACE, b"v");
    let id = Envelope::parse(&envelope).unwrap().key_id();
    let secret = secret(&format!("{{k: {{value: {envelope}}}}}"));
    let cases = [
        (
            Elsewhere::Unknown,
            Reason::KeyUnknown,
            format!("was sealed with key {id}, which store `payments` does not have"),
        ),
        (
            Elsewhere::Store("refunds".to_owned()),
            Reason::EnvelopeMismatch,
            "was sealed for store `refunds`, not for store `payments`".to_owned(),
        ),
        (
            Elsewhere::Namespace,
            Reason::EnvelopeMismatch,
            "was not sealed for namespace `team-a`".to_owned(),
        ),
    ];
    for (elsewhere, reason, why) in cases {
        let ring = Known(Ring::new(), elsewhere);
        let problems = open(&secret, &ring, &BindingKind::ALL, &NoSources).unwrap_err();
        assert_eq!(problems[0].reason, reason);
        let message = format!("`spec.data.k.value` {why}: seal it again with `coffer seal`");
        assert_eq!(problems[0].message, message);
    }
}
