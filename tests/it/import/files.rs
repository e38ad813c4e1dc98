//! Native Secrets from manifests: what comes out, where it goes, and how the run ends.

use std::fs;

use super::{CANARY, Desk, native, secrets};

const FROM_STDIN: [&str; 3] = ["secret", "--file", "-"];

#[test]
fn manifests_become_sealed_manifests() {
    let desk = Desk::new();
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: card, namespace: shop, labels: {app: shop}}\ntype: kubernetes.io/basic-auth\nstringData: {username: ada, password: hunter2-canary}\n";
    let ran = desk.import(&FROM_STDIN, text);
    let id = desk.key.id();
    assert_eq!(
        ran.err,
        format!(
            "coffer: imported 1 Secret with 2 values for store shop/payments (key {id}, X25519)\n"
        )
    );
    assert_eq!(ran.code, 0);
    let [secret] = &secrets(&ran.out)[..] else {
        panic!("{}", ran.out)
    };
    assert_eq!(desk.open(secret, "password"), CANARY);
    assert_eq!(desk.open(secret, "username"), "ada");
    let target = secret.spec.target.as_ref().unwrap();
    assert_eq!(target.type_.as_deref(), Some("kubernetes.io/basic-auth"));
    assert_eq!(target.labels["app"], "shop");
    assert!(ran.out.starts_with(
        "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata:\n  name: card\n  namespace: shop\nspec:\n  storeRef:\n    name: payments\n  data:\n    password:\n      value: coffer.v1."
    ), "{}", ran.out);
}

#[test]
fn what_is_skipped_is_said_and_the_rest_is_imported() {
    let desk = Desk::new();
    let token = native("sa").replace(
        "stringData",
        "type: kubernetes.io/service-account-token\nstringData",
    );
    let number = native("num").replace(CANARY, "123");
    let text = [native("a"), token, number, native("a"), native("b")].join("---\n");
    let ran = desk.import(&FROM_STDIN, &text);
    assert_eq!(ran.code, 1);
    let id = desk.key.id();
    assert_eq!(
        ran.err,
        format!(
            "<stdin>:6:1: sa: skipped: it is a token of a ServiceAccount, which the cluster makes itself; leave it as it is\n\
             <stdin>:12:1: skipped: a value of stringData is a number, not text; quote it\n\
             <stdin>:17:1: a: skipped: a Secret of this name came before; remove one of the two\n\
             coffer: imported 2 Secrets with 2 values for store shop/payments (key {id}, X25519); skipped 3 Secrets\n"
        )
    );
    let names: Vec<_> = secrets(&ran.out)
        .into_iter()
        .map(|it| it.metadata.name.unwrap())
        .collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn what_stays_behind_is_said_item_by_item_unless_it_is_to_be_quiet() {
    let desk = Desk::new();
    let text = native("a").replace("name: a,", "name: a, labels: {example.com/x: z}, annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2-canary}, ownerReferences: [{kind: SealedSecret, name: a}],") + "immutable: true\n";
    let ran = desk.import(&FROM_STDIN, &text);
    let notes: Vec<_> = ran.err.lines().collect();
    assert_eq!(ran.code, 0);
    assert_eq!(notes.len(), 4, "{}", ran.err);
    assert!(notes[0].starts_with("<stdin>:1:1: a: note: label `example.com/x` is left out"));
    assert!(notes[1].contains("`immutable` is left out"));
    assert!(notes[2].contains("it belongs to SealedSecret a: before you delete that"));
    let quiet = desk.import(&["secret", "--file", "-", "-q"], &text);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
}

#[test]
fn names_choose_among_the_manifests() {
    let desk = Desk::new();
    desk.file("in.yaml", &[native("a"), native("b")].join("---\n"));
    let ran = desk.import(&["secret", "b", "c", "--file", "in.yaml"], "");
    assert_eq!(ran.code, 1);
    assert!(
        ran.err
            .starts_with("c: skipped: there is none of this name"),
        "{}",
        ran.err
    );
    assert_eq!(secrets(&ran.out)[0].metadata.name.as_deref(), Some("b"));
}

#[test]
fn a_folder_gets_a_file_for_each_and_none_is_overwritten() {
    let desk = Desk::new();
    let text = [native("a"), native("b")].join("---\n");
    let into = ["secret", "--file", "-", "--output-dir", "out"];
    let ran = desk.import(&into, &text);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let a = fs::read_to_string(desk.path("out/shop/a.yaml")).unwrap();
    assert_eq!(desk.open(&secrets(&a)[0], "token"), CANARY);

    fs::remove_file(desk.path("out/shop/a.yaml")).unwrap();
    let b = fs::read_to_string(desk.path("out/shop/b.yaml")).unwrap();
    let ran = desk.import(&into, &text);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("out/shop/b.yaml exists, so nothing was written"),
        "{}",
        ran.err
    );
    assert!(!desk.path("out/shop/a.yaml").exists());
    assert_eq!(fs::read_to_string(desk.path("out/shop/b.yaml")).unwrap(), b);

    let ran = desk.import(&[&into[..], &["--force"]].concat(), &text);
    assert_eq!(ran.code, 0);
    assert_ne!(fs::read_to_string(desk.path("out/shop/b.yaml")).unwrap(), b);
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let desk = Desk::new();
    let bad = [
        native("'../../escaped'"),
        native("a").replace("shop", "'../escaped'"),
        native("/tmp/x"),
    ];
    let ran = desk.import(&["secret", "--file", "-", "-o", "out"], &bad.join("---\n"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(!desk.path("out").exists() && !desk.path("escaped").exists());
}

#[test]
fn the_binding_to_the_store_is_at_hand() {
    let desk = Desk::new();
    let ran = desk.import(
        &["secret", "--file", "-", "--binding", "store"],
        &native("a"),
    );
    let mut secret = secrets(&ran.out).remove(0);
    secret.metadata.name = Some("renamed".to_owned());
    assert_eq!(desk.open(&secret, "token"), CANARY);
}

#[test]
fn a_namespace_is_named_by_the_manifest_or_by_the_option() {
    let desk = Desk::new();
    let none = native("a").replace(", namespace: shop", "");
    let ran = desk.import(&FROM_STDIN, &none);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("give --namespace"), "{}", ran.err);
    let ran = desk.import(&["secret", "--file", "-", "-n", "shop"], &none);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = desk.import(&["secret", "--file", "-", "-n", "other"], &native("a"));
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("differs from --namespace `other`"),
        "{}",
        ran.err
    );
}

#[test]
fn trouble_ends_with_two_and_writes_nothing() {
    let desk = Desk::new();
    for (args, stdin, words) in [
        (
            &FROM_STDIN[..],
            "a: 'hunter2-canary",
            "<stdin>:1:4: a quoted text",
        ),
        (
            &FROM_STDIN[..],
            "kind: ConfigMap",
            "there is no native Secret",
        ),
        (&FROM_STDIN[..], "", "there is no native Secret"),
        (
            &["secret", "--file", "missing.yaml"],
            "",
            "cannot read missing.yaml",
        ),
        (
            &["secret", "--file", "-", "-n", "../x"],
            "",
            "--namespace is not a name",
        ),
        (&["secret"], "", "say which native Secrets"),
    ] {
        let ran = desk.import(args, stdin);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    let other = native("a").replace("namespace: shop", "namespace: other");
    let ran = desk.import(&FROM_STDIN, &[native("b"), other].join("---\n"));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("does not hold store other/payments"),
        "{}",
        ran.err
    );
}
