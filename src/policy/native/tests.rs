//! What the fingerprint covers: everything that Coffer decides about, and nothing that others do.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::*;

const UID: &str = "11111111-1111-1111-1111-111111111111";

fn desired(target: &str) -> Desired {
    let text = format!(
        "metadata: {{name: stripe, namespace: team-a, uid: {UID}}}\nspec:\n  storeRef: {{name: payments}}\n  target: {target}\n"
    );
    let secret: Secret = serde_yaml::from_str(&text).unwrap();
    let by_key = [("k".to_owned(), Plaintext::from(b"value".to_vec()))].into();
    let values = Values {
        by_key,
        derived: BTreeMap::new(),
        sealed_by_coffer: false,
    };
    Desired::of(&secret, values).unwrap().unwrap()
}

/// The object that the API server would have after the desired one was created.
fn made(desired: &Desired, keys: &Fingerprinter) -> core::Secret {
    let mut annotations = desired.annotations.clone();
    annotations.insert(
        FINGERPRINT_ANNOTATION.to_owned(),
        desired.fingerprint(keys, UID),
    );
    let owner = OwnerReference {
        uid: UID.to_owned(),
        ..OwnerReference::default()
    };
    core::Secret {
        metadata: ObjectMeta {
            namespace: Some(desired.namespace.clone()),
            name: Some(desired.name.clone()),
            labels: Some(desired.labels.clone()),
            annotations: Some(annotations),
            owner_references: desired.owned.then(|| vec![owner]),
            ..ObjectMeta::default()
        },
        type_: Some(desired.type_.clone()),
        data: Some(
            desired
                .data
                .iter()
                .map(|(key, value)| (key.clone(), ByteString(value.expose().to_vec())))
                .collect(),
        ),
        ..core::Secret::default()
    }
}

fn genuine_after(change: impl FnOnce(&mut core::Secret)) -> bool {
    let keys = Fingerprinter::generate();
    let mut object = made(&desired("{}"), &keys);
    change(&mut object);
    is_genuine(&object, &keys, UID)
}

fn labels(object: &mut core::Secret) -> &mut BTreeMap<String, String> {
    object.metadata.labels.as_mut().unwrap()
}

fn annotations(object: &mut core::Secret) -> &mut BTreeMap<String, String> {
    object.metadata.annotations.as_mut().unwrap()
}

#[test]
fn an_object_as_coffer_made_it_is_genuine_and_needs_no_write() {
    let keys = Fingerprinter::generate();
    for target in [
        "{}",
        "{name: other, type: a/b, labels: {a: b}, deletionPolicy: Retain}",
    ] {
        let desired = desired(target);
        let object = made(&desired, &keys);
        assert!(is_genuine(&object, &keys, UID));
        assert_eq!(
            fingerprint_of(&object, &keys, UID),
            desired.fingerprint(&keys, UID)
        );
    }
}

#[test]
fn what_others_added_does_not_matter() {
    assert!(genuine_after(|object| {
        labels(object).insert("argocd.argoproj.io/instance".to_owned(), "x".to_owned());
        annotations(object).insert("example.com/note".to_owned(), "x".to_owned());
    }));
}

#[test]
fn any_change_of_what_coffer_decides_about_shows() {
    let changes: [fn(&mut core::Secret); 10] = [
        |o| o.data = None,
        |o| {
            drop(
                o.data
                    .as_mut()
                    .unwrap()
                    .insert("k".to_owned(), ByteString(b"other".to_vec())),
            );
        },
        |o| {
            drop(
                o.data
                    .as_mut()
                    .unwrap()
                    .insert("more".to_owned(), ByteString(Vec::new())),
            );
        },
        |o| o.type_ = Some("kubernetes.io/tls".to_owned()),
        |o| o.metadata.name = Some("other".to_owned()),
        |o| o.metadata.namespace = Some("other".to_owned()),
        |o| o.metadata.owner_references = None,
        |o| drop(labels(o).insert("team".to_owned(), "x".to_owned())),
        |o| drop(labels(o).remove(ORIGIN_LABEL)),
        |o| drop(annotations(o).remove(ORIGIN_NAME_ANNOTATION)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(!genuine_after(change), "change {number}");
    }
}

#[test]
fn a_fingerprint_of_another_origin_or_key_does_not_fit() {
    let keys = Fingerprinter::generate();
    let object = made(&desired("{}"), &keys);
    assert!(!is_genuine(
        &object,
        &keys,
        "22222222-2222-2222-2222-222222222222"
    ));
    assert!(!is_genuine(&object, &Fingerprinter::generate(), UID));
}

#[test]
fn a_label_does_not_pass_for_an_annotation_or_data() {
    let keys = Fingerprinter::generate();
    let with = |target: &str| desired(target).fingerprint(&keys, UID);
    assert_ne!(with("{labels: {a: b}}"), with("{annotations: {a: b}}"));
    assert_ne!(
        with("{labels: {a: b, c: d}}"),
        with("{labels: {a: bc, d: ''}}")
    );
}
