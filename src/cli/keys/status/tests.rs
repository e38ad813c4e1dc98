//! What is told of fixed records.

use insta::assert_snapshot;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use serde_json::{Value as Json, json};

use super::report::{Found, Report};
use super::view;
use crate::api::SecretStore;
use crate::cli::keys::fixtures::{self, PUBLIC_RETIRED, RETIRED};
use crate::cli::keys::record::Stored;
use crate::cli::keys::references::References;
use crate::cli::keys::roots::{Damage, Roots};
use crate::cli::output::Data;
use crate::cli::paint::Paint;

const NOW: Timestamp = Timestamp::constant(1_793_750_400, 0);

fn stored(json: &Json) -> Stored {
    Stored::of(fixtures::native(json))
}

fn roots(numbers: &[u32]) -> Result<Roots, Damage> {
    let root = |number: &u32| (format!("root-{number}"), ByteString(vec![7; 32]));
    let wrapped = format!("coffer.wrap.v1.1.{}", "A".repeat(54));
    let purpose = (
        "purpose-fingerprint".to_owned(),
        ByteString(wrapped.into_bytes()),
    );
    Roots::of(&core::Secret {
        data: Some(numbers.iter().map(root).chain([purpose]).collect()),
        ..core::Secret::default()
    })
}

fn needed(pairs: &[(&str, &str)]) -> References {
    let mut references = References::default();
    for (namespace, id) in pairs {
        let object = json!({
            "metadata": { "namespace": namespace, "name": "stripe" },
            "spec": { "data": { "k": { "value": format!("coffer.v1.{id}.hunter2") } } },
        });
        references.add(&serde_json::from_value(object).unwrap());
    }
    references
}

fn store(reason: &str) -> SecretStore {
    let condition = json!({
        "type": "Ready", "status": "False", "reason": reason, "message": "what to do",
        "lastTransitionTime": "2026-11-01T00:00:00Z",
    });
    serde_json::from_value(json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "SecretStore",
        "metadata": { "name": "vault", "namespace": "team-a" }, "spec": {},
        "status": { "conditions": [condition] },
    }))
    .unwrap()
}

fn report(
    roots: Option<Result<Roots, Damage>>,
    records: &[Stored],
    stores: &[SecretStore],
    needed: &References,
) -> Report {
    Report::of(&Found {
        keyring_name: "coffer-system/coffer-keyring",
        roots,
        unusable: None,
        records,
        stores,
        needed,
        namespace: None,
    })
}

#[test]
fn a_rotation_under_way_is_no_problem() {
    let record = stored(&json!(fixtures::record()));
    let needed = needed(&[("team-a", RETIRED), ("team-a", PUBLIC_RETIRED)]);
    let report = report(Some(roots(&[1, 2, 3])), &[record], &[], &needed);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!(report.to_seal_anew, 1);
    assert_snapshot!(view::text(&report, NOW, Paint::none()));
}

#[test]
fn keys_whose_store_is_gone_have_an_end_unless_a_secret_needs_them() {
    let mut json = json!(fixtures::record());
    json["orphaned"] = json!("2026-11-02T00:00:00Z");
    let mut soon = json.clone();
    soon["retention"] = json!("7d");
    let mut over = json.clone();
    over["retention"] = json!("0");
    let text = [&json, &soon, &over].map(|json| {
        let report = report(Some(roots(&[1, 2])), &[stored(json)], &[], &needed(&[]));
        view::text(&report, NOW, Paint::none())
    });
    assert!(
        text[0].contains("after the operator's --key-retention"),
        "{}",
        text[0]
    );
    assert!(text[1].contains("are destroyed in 5d"), "{}", text[1]);
    assert!(text[2].contains("are destroyed now"), "{}", text[2]);
    let needed = needed(&[("team-a", RETIRED)]);
    let report = report(Some(roots(&[1, 2])), &[stored(&over)], &[], &needed);
    let text = view::text(&report, NOW, Paint::none());
    assert!(text.contains("stay: needed by 1 Secret"), "{text}");
}

#[test]
fn keys_that_nothing_refers_to_yet_are_not_to_be_removed_before_a_restore() {
    let record = stored(&json!(fixtures::record()));
    let report = report(Some(roots(&[1, 2])), &[record], &[], &needed(&[]));
    let text = view::text(&report, NOW, Paint::none());
    let advice: Vec<_> = text.lines().filter(|it| it.contains("prune")).collect();
    assert_eq!(advice.len(), 2, "{text}");
    let waits = |line: &&str| line.contains("once nothing is to be restored any more");
    assert!(advice.iter().all(waits), "{text}");
}

#[test]
fn all_that_someone_has_to_do_something_about_is_told() {
    let record = stored(&json!(fixtures::record()));
    let records = [record, stored(&json!("hunter2"))];
    let stores = [
        store("KeysOfFormerNamespace"),
        store("KeysUnusable"),
        store("TooManyKeys"),
        store("KeysReady"),
    ];
    let needed = needed(&[("team-b", RETIRED)]);
    let report = report(Some(roots(&[1])), &records, &stores, &needed);
    assert_snapshot!(view::text(&report, NOW, Paint::none()));
}

#[test]
fn a_key_that_a_store_had_and_that_is_gone_is_a_problem() {
    let mut store = store("KeysReady");
    let key = json!({
        "id": RETIRED, "suite": "XChaCha20Poly1305", "state": "Active",
        "created": "2026-10-01T00:00:00Z",
    });
    let status = store.status.as_mut().unwrap();
    status.sealing_keys = vec![serde_json::from_value(key).unwrap()];
    let needed = needed(&[("team-a", RETIRED), ("team-b", RETIRED)]);
    let report = report(Some(roots(&[1])), &[], &[store], &needed);
    let [lost] = &report.problems[..] else {
        panic!("{:?}", report.problems);
    };
    let told = format!("key {RETIRED}, which SecretStore team-a/vault had, is gone");
    assert!(lost.starts_with(&told), "{lost}");
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
    assert!(report.notes[0].contains("namespace team-b"));
}

#[test]
fn a_key_that_no_store_ever_had_is_shown_and_is_no_problem() {
    let record = stored(&json!(fixtures::record()));
    let needed = needed(&[("team-a", "0123456789abcdef")]);
    let stores = [store("KeysReady")];
    let report = report(Some(roots(&[1, 2])), &[record], &stores, &needed);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let text = view::text(&report, NOW, Paint::none());
    let told = "\nnote: key 0123456789abcdef, which no store of namespace team-a has, is named by";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_missing_or_damaged_keyring_is_the_first_problem() {
    let record = || stored(&json!(fixtures::record()));
    for (roots, records, problem) in [
        (None, vec![record()], "is missing, and only it can unwrap"),
        (None, vec![], "did the operator run?"),
        (
            Some(roots(&[])),
            vec![record()],
            "is damaged (the keyring is empty): keep a copy",
        ),
    ] {
        let report = report(roots, &records, &[], &needed(&[]));
        assert!(
            report.problems[0].contains(problem),
            "{:?}",
            report.problems
        );
    }
}

#[test]
fn what_does_not_open_is_not_left_to_the_operator() {
    let record = stored(&json!(fixtures::record()));
    let mut references = needed(&[]);
    let object = json!({
        "metadata": { "namespace": "team-a", "name": "stripe", "generation": 1 },
        "spec": { "data": { "k": { "value": format!("coffer.v1.{RETIRED}.hunter2") } } },
        "status": { "conditions": [{
            "type": "Ready", "status": "False", "reason": "EnvelopeMismatch", "observedGeneration": 1,
        }] },
    });
    references.add(&serde_json::from_value(object).unwrap());
    let report = report(Some(roots(&[1, 2, 3])), &[record], &[], &references);
    assert_eq!(report.to_seal_anew, 0);
    let text = view::text(&report, NOW, Paint::none());
    assert!(text.contains("a value does not open"), "{text}");
    assert!(!text.contains("seals them anew"), "{text}");
}

#[test]
fn a_keyring_that_was_changed_under_the_operator_is_a_problem() {
    let report = Report::of(&Found {
        keyring_name: "coffer-system/coffer-keyring",
        roots: Some(roots(&[1, 2])),
        unusable: Some("why".to_owned()),
        records: &[],
        stores: &[],
        needed: &needed(&[]),
        namespace: None,
    });
    let told = "cannot be used (why): an operator that runs goes on with the former one";
    assert!(report.problems[0].contains(told), "{:?}", report.problems);
}

#[test]
fn no_form_shows_what_is_secret() {
    let records = [
        stored(&json!(fixtures::record())),
        stored(&json!("hunter2")),
    ];
    let needed = needed(&[("team-a", RETIRED)]);
    let report = report(Some(roots(&[1])), &records, &[], &needed);
    let data = Data::Json.text(&report).unwrap();
    for text in [data, view::text(&report, NOW, Paint::none())] {
        assert!(
            !text.contains("hunter2") && !text.contains("coffer.wrap"),
            "{text}"
        );
        assert!(
            !text.contains("coffer.v1") && !text.contains("AAAA"),
            "{text}"
        );
    }
}
