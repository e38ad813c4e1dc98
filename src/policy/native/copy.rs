//! Copies in the namespaces of consumers. Nothing there goes with the origin by itself, so each copy carries a keyed mark of
//! its origin and place: by it Coffer knows it as its own, whatever was done to its content.

use std::collections::{BTreeMap, BTreeSet};

use kube::{Resource, ResourceExt as _};

use super::{Content, Desired, OPAQUE, conflict, helm, name_of, own_labels, types};
use crate::api::wellknown::{MARK_ANNOTATION, ORIGIN_NAME_ANNOTATION};
use crate::api::{Reason, Secret};
use crate::crypto::Fingerprinter;
use crate::policy::Problem;

/// The longest name of an object.
const MAX_NAME: usize = 253;

/// Name of the copies of a Secret: `team-a.stripe`, so that two namespaces never want the same.
#[must_use]
pub fn name(secret: &Secret) -> String {
    let namespace = secret.namespace().unwrap_or_default();
    let target = name_of(secret).unwrap_or_else(|| secret.name_any());
    format!("{namespace}.{target}")
}

/// The mark of a copy in this place.
#[must_use]
pub fn mark(keys: &Fingerprinter, origin_uid: &str, namespace: &str, name: &str) -> String {
    keys.fingerprint("copy", &[origin_uid, namespace, name].map(str::as_bytes))
}

/// Whether a native Secret in another namespace is the one that a Secret desires there: by its mark, or where someone took
/// that off, by what it says of its origin, and by the status. By the status alone it is not: who may write that need have no
/// right in other namespaces.
#[must_use]
pub fn is_own(secret: &Secret, desired: &Desired, native: &impl Resource) -> bool {
    let has = |key: &str| {
        let wanted = desired.annotations.get(key);
        wanted.is_some() && native.annotations().get(key) == wanted
    };
    has(MARK_ANNOTATION) || has(ORIGIN_NAME_ANNOTATION) && conflict::is_recorded(secret, native)
}

/// The Secret that a copy comes from, as its annotation says: `team-a/stripe`. `None` for a target in the own namespace.
#[must_use]
pub fn origin(annotation: &str) -> Option<(&str, &str)> {
    annotation.split_once('/')
}

/// The copy in a namespace, of the target's type where someone there takes it.
///
/// # Errors
/// Its name would be too long, or it would be what Helm takes for its own.
pub fn desired(
    secret: &Secret,
    content: &Content,
    namespace: &str,
    taken: &BTreeSet<Box<str>>,
    keys: &Fingerprinter,
) -> Result<Desired, Problem> {
    let name = name(secret);
    if name.len() > MAX_NAME {
        return Err(Problem::new(
            Reason::TargetInvalid,
            format!(
                "`spec.target.name`: its copies would be named `{name}`, which is longer than {MAX_NAME} characters: \
                 choose a shorter one"
            ),
        ));
    }
    let type_ = secret
        .spec
        .target
        .as_ref()
        .and_then(|target| target.type_.as_deref());
    let type_ = type_
        .filter(|type_| taken.contains(*type_))
        .unwrap_or(OPAQUE);
    helm::check(&name, type_, &BTreeMap::new())?;
    types::check(type_, content)?;
    let uid = secret.uid().unwrap_or_default();
    let origin = format!(
        "{}/{}",
        secret.namespace().unwrap_or_default(),
        secret.name_any()
    );
    let annotations = [
        (ORIGIN_NAME_ANNOTATION.to_owned(), origin),
        (
            MARK_ANNOTATION.to_owned(),
            mark(keys, &uid, namespace, &name),
        ),
    ];
    Ok(Desired {
        namespace: namespace.to_owned(),
        type_: type_.to_owned(),
        labels: own_labels(secret).into(),
        annotations: annotations.into(),
        data: content.clone(),
        owned: false,
        immutable: false,
        name,
    })
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1 as core;

    use super::*;
    use crate::crypto::Plaintext;

    /// The copy in `shop`, recorded under its UID, and a native Secret of that UID with some of its annotations.
    fn is_own_with(annotations: &[&str], recorded: &str) -> bool {
        let mut secret = secret("{}");
        secret.status = serde_json::from_value(serde_json::json!({ "deliveries": [
            { "namespace": "shop", "name": "team-a.stripe", "uid": recorded, "resourceVersion": "1" },
        ]}))
        .unwrap();
        let (keys, content) = (Fingerprinter::generate(), BTreeMap::new().into());
        let desired = desired(&secret, &content, "shop", &BTreeSet::new(), &keys).unwrap();
        let mut native = core::Secret::default();
        native.metadata.namespace = Some("shop".to_owned());
        native.metadata.name = Some("team-a.stripe".to_owned());
        native.metadata.uid = Some("c".to_owned());
        let mut kept = desired.annotations.clone();
        kept.retain(|key, _| annotations.contains(&key.as_str()));
        native.metadata.annotations = Some(kept);
        is_own(&secret, &desired, &native)
    }

    #[test]
    fn what_the_status_alone_calls_a_copy_is_none() {
        assert!(!is_own_with(&[], "c"));
        assert!(!is_own_with(&[ORIGIN_NAME_ANNOTATION], "other"));
        assert!(is_own_with(&[ORIGIN_NAME_ANNOTATION], "c"));
        assert!(is_own_with(&[MARK_ANNOTATION], "other"));
    }

    fn secret(target: &str) -> Secret {
        serde_yaml::from_str(&format!(
            "metadata: {{ name: stripe, namespace: team-a, uid: u }}\nspec: {{ storeRef: {{ name: s }}, target: {target} }}\n"
        ))
        .unwrap()
    }

    fn copy(target: &str, taken: &[&str]) -> Result<Desired, Problem> {
        let keys = ["tls.crt", "tls.key"];
        let content = keys.map(|key| (key.to_owned(), Plaintext::from(b"v".to_vec())));
        let content = BTreeMap::from(content).into();
        let taken = taken.iter().map(|it| Box::from(*it)).collect();
        desired(
            &secret(target),
            &content,
            "shop",
            &taken,
            &Fingerprinter::generate(),
        )
    }

    #[test]
    fn a_copy_is_named_after_its_origin_and_has_nothing_of_what_its_author_writes_on_the_target() {
        let target =
            "{ name: t, type: kubernetes.io/tls, labels: { a: b }, annotations: { a: b } }";
        let copy = copy(target, &[]).unwrap();
        assert_eq!(
            (&*copy.namespace, &*copy.name, &*copy.type_),
            ("shop", "team-a.t", "Opaque")
        );
        let keys: Vec<_> = copy.labels.keys().chain(copy.annotations.keys()).collect();
        assert_eq!(
            keys,
            [
                "app.kubernetes.io/managed-by",
                "coffer.dev/origin",
                "coffer.dev/mark",
                "coffer.dev/origin-name"
            ]
        );
        assert!(!copy.owned);
    }

    #[test]
    fn it_has_the_targets_type_where_someone_there_takes_it() {
        let target = "{ type: kubernetes.io/tls }";
        assert_eq!(
            copy(target, &["kubernetes.io/tls"]).unwrap().type_,
            "kubernetes.io/tls"
        );
        assert_eq!(
            copy(target, &["kubernetes.io/ssh-auth"]).unwrap().type_,
            OPAQUE
        );
        assert_eq!(copy("null", &["kubernetes.io/tls"]).unwrap().type_, OPAQUE);
    }

    #[test]
    fn a_name_that_would_be_too_long_or_helms_is_a_problem() {
        let long = format!("{{ name: {} }}", "x".repeat(247));
        assert!(
            copy(&long, &[])
                .unwrap_err()
                .message
                .contains("longer than 253")
        );
        let mut helms = secret("{ name: helm.release.v1.a.v1 }");
        helms.metadata.namespace = Some("sh".to_owned());
        let keys = Fingerprinter::generate();
        let content = BTreeMap::new().into();
        assert!(desired(&helms, &content, "shop", &BTreeSet::new(), &keys).is_err());
    }

    #[test]
    fn a_mark_is_for_one_origin_and_place() {
        let keys = Fingerprinter::generate();
        let of = |uid, namespace, name| mark(&keys, uid, namespace, name);
        let one = of("u", "n", "x");
        assert_eq!(one, of("u", "n", "x"));
        for other in [
            of("v", "n", "x"),
            of("u", "m", "x"),
            of("u", "n", "y"),
            of("u", "nx", ""),
        ] {
            assert_ne!(one, other);
        }
    }
}
