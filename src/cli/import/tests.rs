//! Native Secrets as manifests have them: what is read, what is carried over, what is refused.

use super::carry::{self, Carried};
use super::found::Found;
use super::loss::Loss;
use super::manifest;
use super::skip::Skip;
use crate::cli::seal::yaml::plain::NotText;

const HEAD: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: card, namespace: shop}\n";

fn read(text: &str) -> Vec<Result<Carried, Skip>> {
    let found = manifest::read("f", text).map_err(|(_, syntax)| syntax);
    let carried = |found: Found| found.native.and_then(carry::run);
    found.unwrap().into_iter().map(carried).collect()
}

fn one(text: &str) -> Result<Carried, Skip> {
    let mut all = read(text);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn carried(text: &str) -> Carried {
    one(text).map_err(|skip| skip.to_string()).unwrap()
}

fn refused(body: &str) -> Skip {
    let skip = one(&format!("{HEAD}{body}")).err().unwrap();
    assert!(!skip.to_string().contains("hunter2"), "{skip}");
    skip
}

fn value(carried: &Carried, key: &str) -> String {
    String::from_utf8(carried.data[key].expose().to_vec()).unwrap()
}

#[test]
fn data_is_decoded_and_what_is_given_as_text_wins() {
    let carried = carried(&format!(
        "{HEAD}data: {{a: aGVs\n  bG8=, b: eA==}}\nstringData: {{b: z, c: ''}}\n"
    ));
    assert_eq!(value(&carried, "a"), "hello");
    assert_eq!(value(&carried, "b"), "z");
    assert_eq!(value(&carried, "c"), "");
    assert_eq!(carried.losses, []);
}

#[test]
fn lists_documents_and_json_are_read_and_other_kinds_are_not() {
    let json = r#"{"apiVersion":"v1","kind":"SecretList","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"k":"v"}}]}"#;
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: b}\n  stringData: {k: v}\n- apiVersion: v1\n  kind: ConfigMap\n";
    let other = "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {name: c}\n";
    let all = read(&format!("{json}\n---\n{list}---\n{other}---\n"));
    let names: Vec<_> = all.into_iter().map(|one| one.ok().unwrap().name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn type_and_allowed_labels_and_annotations_go_along() {
    let carried = carried(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: card\n  labels: {app: shop, app.kubernetes.io/name: card, app.kubernetes.io/managed-by: Helm, example.com/a: b}\n  annotations: {owner: ada, meta.helm.sh/release-name: shop, kubectl.kubernetes.io/last-applied-configuration: hunter2}\n  ownerReferences: [{kind: SealedSecret, name: card, controller: true}]\ntype: kubernetes.io/basic-auth\nimmutable: true\nstringData: {username: ada}\n",
    );
    let target = carried.target;
    assert_eq!(target.type_.as_deref(), Some("kubernetes.io/basic-auth"));
    let labels: Vec<_> = target.labels.keys().collect();
    assert_eq!(labels, ["app", "app.kubernetes.io/name"]);
    let annotations: Vec<_> = target.annotations.keys().collect();
    assert_eq!(annotations, ["owner"]);
    assert_eq!(
        carried.losses,
        [
            Loss::Label("app.kubernetes.io/managed-by".to_owned()),
            Loss::Label("example.com/a".to_owned()),
            Loss::Annotation("meta.helm.sh/release-name".to_owned()),
            Loss::Immutable,
            Loss::Owner("SealedSecret card".to_owned()),
        ]
    );
    for loss in carried.losses {
        assert!(!loss.to_string().contains("hunter2"));
    }
}

#[test]
fn opaque_needs_no_type() {
    let carried = carried(&format!("{HEAD}type: Opaque\nstringData: {{k: v}}\n"));
    assert_eq!(carried.target.type_, None);
}

#[test]
fn more_labels_than_a_target_has_are_left_out() {
    let labels: Vec<_> = (10..50).map(|n| format!("l{n}: x")).collect();
    let text = HEAD.replace(
        "name: card,",
        &format!("name: card, labels: {{{}}},", labels.join(", ")),
    );
    let carried = carried(&format!("{text}stringData: {{k: v}}\n"));
    assert_eq!((carried.target.labels.len(), carried.losses.len()), (32, 8));
}

#[test]
fn what_belongs_to_the_cluster_or_to_other_tools_is_refused() {
    for (type_, skip) in [
        (
            "kubernetes.io/service-account-token",
            Skip::ServiceAccountToken,
        ),
        ("bootstrap.kubernetes.io/token", Skip::BootstrapToken),
        ("helm.sh/release.v1", Skip::HelmRelease),
    ] {
        assert_eq!(
            refused(&format!("type: {type_}\nstringData: {{k: hunter2}}\n")),
            skip
        );
    }
    for (label, skip) in [
        ("coffer.dev/origin", Skip::Delivered),
        ("coffer.dev/part", Skip::CofferKeys),
        (
            "sealedsecrets.bitnami.com/sealed-secrets-key",
            Skip::SealedSecretsKey,
        ),
    ] {
        let head = HEAD.replace(
            "name: card,",
            &format!("name: card, labels: {{{label}: x}},"),
        );
        assert_eq!(
            one(&format!("{head}stringData: {{k: v}}\n")).err(),
            Some(skip)
        );
    }
}

#[test]
fn what_a_coffer_secret_cannot_hold_is_refused() {
    assert_eq!(refused(""), Skip::NoData);
    assert_eq!(refused("data:\n"), Skip::NoData);
    let many: Vec<_> = (0..65).map(|n| format!("k{n}: v")).collect();
    assert_eq!(
        refused(&format!("stringData: {{{}}}", many.join(", "))),
        Skip::TooManyKeys(65)
    );
    let halves = format!(
        "data: {{{}}}\nstringData: {{{}}}",
        many[..40].join(", ").replace(": v", ": eA=="),
        many[30..].join(", ")
    );
    assert_eq!(refused(&halves), Skip::TooManyKeys(65));
    let large = "x".repeat(65_537);
    assert_eq!(
        refused(&format!("stringData: {{k: {large}}}")),
        Skip::ValueTooLarge {
            key: "k".to_owned(),
            bytes: 65_537
        }
    );
    let nine: Vec<_> = (0..9).map(|n| format!("k{n}: {}", &large[1..])).collect();
    assert_eq!(
        refused(&format!("stringData: {{{}}}", nine.join(", "))),
        Skip::TooLarge
    );
    for data in [
        "stringData: {k: '[sealed by coffer]'}",
        "data: {k: W3NlYWxlZCBieSBjb2ZmZXJd}",
    ] {
        assert_eq!(refused(data), Skip::Marker("k".to_owned()));
    }
    let envelope = "stringData: {k: coffer.v1.0123456789abcdef.AAAA}";
    assert_eq!(refused(envelope), Skip::Envelope("k".to_owned()));
    for key in ["hunter2 x", "..hunter2", "."] {
        assert_eq!(
            refused(&format!("stringData: {{'{key}': v}}")),
            Skip::InvalidKey
        );
    }
}

#[test]
fn names_that_are_none_are_refused() {
    for name in ["''", "'../x'", "A", "a/b", "~"] {
        let text = format!(
            "{}stringData: {{k: v}}\n",
            HEAD.replace("name: card", &format!("name: {name}"))
        );
        assert_eq!(one(&text).err(), Some(Skip::InvalidName), "{name}");
    }
}

#[test]
fn what_kubernetes_would_read_otherwise_is_refused() {
    let value = "a value of stringData";
    for (body, skip) in [
        (
            "stringData: {k: 123}",
            Skip::NotText {
                what: value,
                found: NotText::Number,
            },
        ),
        (
            "stringData: {k: yes}",
            Skip::NotText {
                what: value,
                found: NotText::Boolean,
            },
        ),
        (
            "stringData: {k: }",
            Skip::NotText {
                what: value,
                found: NotText::Null,
            },
        ),
        ("stringData: {k: [hunter2]}", Skip::NotAScalar(value)),
        ("stringData: {k: !x hunter2}", Skip::Tagged(value)),
        ("stringData: {1: hunter2}", Skip::KeyNotText("stringData")),
        ("stringData: hunter2", Skip::NotAMapping("stringData")),
        (
            "stringData: {k: a, k: hunter2}",
            Skip::DuplicateKey("stringData"),
        ),
        (
            "x: &x {k: hunter2}\nstringData: {<<: *x}",
            Skip::MergeKey("stringData"),
        ),
        ("data: {k: hunter2!}", Skip::NotBase64("data")),
        ("data: {k: hunter2}", Skip::NotBase64("data")),
    ] {
        assert_eq!(refused(body), skip, "{body}");
    }
}

#[test]
fn an_aliased_object_is_refused_and_not_walked_again() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- &a\n  apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n  stringData: {k: v}\n- *a\n";
    let all = read(text);
    assert!(all[0].is_ok());
    assert_eq!(all[1].as_ref().err(), Some(&Skip::Alias));
}

#[test]
fn what_is_no_yaml_says_where_and_shows_nothing() {
    let (position, syntax) = manifest::read("f", "a: b\nhunter2: 'x").err().unwrap();
    assert_eq!(position.to_string(), "2:10");
    assert!(!syntax.to_string().contains("hunter2"));
}
