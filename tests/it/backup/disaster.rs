//! The cluster is gone, and comes back from a file.

use coffer::crypto::BindingKind;
use coffer::index::store_keys::native_name;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value as Json, json};

use super::{Desk, delivered, resources, versions};
use crate::support::{Isolated, Namespace, Options, Sealer, bytes, manifest};

/// A native Secret that Coffer does not make, so no backup has it.
const LEGACY: &str = "apiVersion: v1\nkind: Secret\nmetadata: { name: legacy, labels: { coffer.dev/source: 'true' } }\nstringData: { pw: followed }\n";

/// The Secrets: whether in the first namespace, and the name.
const SECRETS: [(bool, &str); 8] = [
    (true, "author"),
    (true, "webhook"),
    (true, "kinds"),
    (true, "bound"),
    (true, "copy"),
    (false, "binary"),
    (false, "mixed"),
    (false, "app"),
];

/// One Secret of each kind in two namespaces; gives their names.
async fn furnish(desk: &Desk, one: &Namespace, two: &Namespace) {
    one.store(
        "vault",
        "{ sealing: { bindings: [Strict, Store] }, deletionPolicy: Cascade }",
    )
    .await;
    two.store("small", "{ sealing: { suite: X25519 } }").await;
    let value = desk.canary.value();
    let author = one.sealer("vault").await;
    let sealed = author.strict("author", "k", value.as_bytes());
    let target = "{ name: native, type: example.com/t, labels: { app: shop }, template: { f: 'k={{ k }}' } }";
    one.apply(&manifest::secret_with(
        "author",
        "vault",
        &format!("{{ k: {{ value: {sealed} }} }}"),
        target,
    ))
    .await;
    one.apply(&manifest::secret("webhook", value)).await;
    let author = two.sealer("small").await;
    let binary: Vec<u8> = (0..=255).collect();
    let sealed = author.strict("binary", "k", &binary);
    two.apply(&manifest::secret_with(
        "binary",
        "small",
        &format!("{{ k: {{ value: {sealed} }} }}"),
        "{}",
    ))
    .await;
    let generate = "{ k: { generate: { kind: SshKey, rotate: 1h, overlap: 30m } }, p: { generate: { kind: Password } } }";
    two.apply(&manifest::secret_with("app", "small", generate, "{}"))
        .await;
    let generate = "{ b: { generate: { kind: Bytes, length: 100 } }, id: { generate: { kind: Uuid } }, \
         pair: { generate: { kind: KeyPair } }, x: { generate: { kind: KeyPair, algorithm: X25519 } } }";
    one.apply(&manifest::secret_with("kinds", "vault", generate, "{}"))
        .await;
    // Bound to the store only, so it opens under a name that its author did not know.
    let author = one.sealer("vault").await;
    let sealed = author.seal(BindingKind::Store, "unknown", "other", value.as_bytes());
    let data = format!("{{ k: {{ value: {sealed} }} }}");
    one.apply(&manifest::secret_with("bound", "vault", &data, "{}"))
        .await;
    let author = two.sealer("small").await;
    let sealed = author.strict("mixed", "k", value.as_bytes());
    let data = format!("{{ k: {{ value: {sealed} }}, own: {{ value: sealed by the webhook }} }}");
    two.apply(&manifest::secret_with("mixed", "small", &data, "{}"))
        .await;
    one.apply(LEGACY).await;
    let follow = "{ password: { fromSecret: { name: legacy, key: pw } } }";
    one.apply(&manifest::secret_with("copy", "vault", follow, "{}"))
        .await;
    for (in_one, name) in SECRETS {
        let ns = if in_one { one } else { two };
        ns.ready(name).await;
    }
    // As if it were old, so that it is replaced and the former one kept.
    let before = two.bytes("app", "k").await;
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(4000);
    let at = then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    two.edit(
        "app",
        json!({ "spec": { "data": { "k": { "generated": { "at": at } } } } }),
    )
    .await;
    two.native("app", "has a new value", |native| {
        bytes(native, "k") != before
    })
    .await;
    two.ready("app").await;
}

#[tokio::test]
async fn a_cluster_that_is_thrown_away_comes_back_as_it_was() {
    let desk = Desk::new();
    let first = Isolated::start(Options::default()).await;
    let (one, two) = (first.namespace("one").await, first.namespace("two").await);
    furnish(&desk, &one, &two).await;
    let names = [one.name.as_str(), two.name.as_str()];
    let natives = delivered(&first.cluster, &names).await;
    let before = resources(&first.cluster, &names).await;
    assert_eq!(natives.len(), 9);
    let said = desk
        .succeeds(&first.cluster, &["backup", "--output", "all"])
        .await;
    assert_eq!(
        said.err,
        "coffer: kept 10 objects and the keys of 2 stores in all\n"
    );
    desk.assert_sealed("all");
    drop(first);

    let mut second = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let refused = desk.fails(2, &second.cluster, &["restore", "all"]).await;
    assert!(
        refused.contains("these namespaces are not there: one-"),
        "{refused}"
    );
    let restore = ["restore", "all", "--create-namespaces"];
    let dry = desk
        .succeeds(&second.cluster, &[&restore[..], &["--dry-run"]].concat())
        .await;
    let done = desk.succeeds(&second.cluster, &restore).await;
    assert_eq!(dry.out, done.out);
    assert!(
        done.err
            .contains("restored the keys of 2 stores, 10 objects"),
        "{}",
        done.err
    );
    second.start_operator().await;
    let here = |name: &str| Namespace {
        cluster: second.cluster.clone(),
        name: name.to_owned(),
    };
    here(names[0]).apply(LEGACY).await;
    for (in_one, name) in SECRETS {
        here(names[usize::from(!in_one)]).ready(name).await;
    }
    for (ns, store, secrets) in [(0, "vault", 5), (1, "small", 3)] {
        here(names[ns]).usage(store, secrets).await;
    }
    assert_eq!(delivered(&second.cluster, &names).await, natives);
    assert_eq!(resources(&second.cluster, &names).await, before);

    let versions_before = versions(&second.cluster, &names).await;
    let again = desk.succeeds(&second.cluster, &["restore", "all"]).await;
    assert_eq!(again.out, "");
    assert!(
        again.err.contains("all of it is there already"),
        "{}",
        again.err
    );
    assert_eq!(versions(&second.cluster, &names).await, versions_before);
    desk.canary
        .assert_absent("the operator's log", &second.cluster.operator_log());
    let audit = std::fs::read_to_string(&second.cluster.audit_log).unwrap();
    desk.canary.assert_absent("the audit log", &audit);
}

/// What authors sealed comes back from the keys and Git, beside an operator that has made keys of its own.
#[tokio::test]
async fn the_keys_alone_open_what_is_in_git() {
    let desk = Desk::new();
    let keygen = ["backup", "keygen", "--output", "key"];
    assert_eq!(desk.run(None, &keygen, "").await.code, 0);
    let first = Isolated::start(Options::default()).await;
    let ns = first.namespace("git").await;
    let author = ns.sealer_of_new_store("vault").await;
    let git = manifest::secret("stripe", &author.strict("stripe", "value", b"from git"));
    let export = [
        "keys",
        "export",
        "--recipient",
        "key.pub",
        "--output",
        "keys",
    ];
    let ran = desk.run(Some(&first.cluster), &export, "").await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    desk.assert_sealed("keys");
    let name = ns.name.clone();
    drop(first);

    let second = Isolated::start(Options::default()).await;
    let ns = Namespace {
        cluster: second.cluster.clone(),
        name,
    };
    ns.create_again().await;
    let own = ns.sealer_of_new_store("vault").await;
    ns.apply(&manifest::plain("new", "vault", "sealed here"))
        .await;
    let import = ["keys", "import", "keys", "--key", "key"];
    let refused = desk.run(Some(&second.cluster), &import, "").await;
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .err
            .contains("with another key than that of the file"),
        "{}",
        refused.err
    );
    let import = [&import[..], &["--stores-only"]].concat();
    let ran = desk.run(Some(&second.cluster), &import, "").await;
    assert_eq!(
        (ran.code, ran.out.contains("/vault: 2 keys to be added")),
        (0, true),
        "{}",
        ran.err
    );
    ns.apply(&git).await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"from git");
    // The store's own keys go on sealing.
    assert_eq!(ns.sealer("vault").await.key.id(), own.key.id());
    ns.ready("new").await;
    let again = desk.run(Some(&second.cluster), &import, "").await;
    assert_eq!((again.code, again.out.as_str()), (0, ""));
    assert!(
        again.err.contains("all keys are there already"),
        "{}",
        again.err
    );
}

/// The documented order: first the keys, and then what Git has. In between an operator runs that destroys
/// keys which nobody has.
#[tokio::test]
async fn old_keys_that_are_imported_first_wait_for_their_store() {
    let desk = Desk::new();
    let first = Isolated::start(Options::default()).await;
    let ns = first.namespace("git").await;
    let spec = "{ keyRetention: '0' }";
    let store = ns.store("vault", spec).await;
    let author = Sealer::of(&store);
    let git = manifest::secret("stripe", &author.strict("stripe", "value", b"from git"));
    // Made long ago.
    let natives: Api<core::Secret> = Api::namespaced(first.cluster.client.clone(), "coffer-system");
    let name = native_name(&ns.name, "vault");
    let native = natives.get(&name).await.unwrap();
    let mut record: Json = serde_json::from_slice(&bytes(&native, "record.json")).unwrap();
    for key in record["keys"].as_array_mut().unwrap() {
        key["created"] = json!("2026-01-01T00:00:00Z");
    }
    let patch = json!({ "stringData": { "record.json": record.to_string() } });
    let (params, patch) = (PatchParams::default(), Patch::Merge(patch));
    natives.patch(&name, &params, &patch).await.unwrap();
    desk.succeeds(&first.cluster, &["keys", "export", "--output", "keys"])
        .await;
    let namespace = ns.name.clone();
    drop(first);

    let mut second = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let import = ["keys", "import", "keys", "--create-namespaces"];
    let ran = desk.succeeds(&second.cluster, &import).await;
    assert!(
        ran.out.contains("/vault: 2 keys to be added\n"),
        "{}",
        ran.out
    );
    second.start_operator().await;
    let ns = Namespace {
        cluster: second.cluster.clone(),
        name: namespace,
    };
    // It has looked at all keys, more than once.
    second.restart().await;
    ns.operator_caught_up().await;
    ns.apply(&manifest::store("vault", spec)).await;
    ns.apply(&git).await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"from git");
}

#[tokio::test]
async fn a_restore_that_is_killed_is_run_again_and_ends() {
    let desk = Desk::new();
    let first = Isolated::start(Options::default()).await;
    let ns = first.namespace("crowd").await;
    let author = ns.sealer_of_new_store("vault").await;
    ns.crowd(&author, 0..200, str::to_owned).await;
    desk.succeeds(&first.cluster, &["backup", "--output", "all"])
        .await;
    let namespace = ns.name.clone();
    drop(first);

    let mut second = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let ns = Namespace {
        cluster: second.cluster.clone(),
        name: namespace,
    };
    let restore = ["restore", "all", "--create-namespaces"];
    let mut killed = desk.start(&second.cluster, &restore);
    let secrets = ns.secrets();
    let made = async || {
        let all = secrets.list_metadata(&ListParams::default()).await;
        all.map_or(0, |all| all.items.len())
    };
    crate::support::eventually("some are made", async || {
        let made = made().await;
        (made > 0).then_some(()).ok_or("none")
    })
    .await;
    killed.kill().await.unwrap();
    // What was under way when it was killed may still be written, so it is not counted.
    desk.succeeds(&second.cluster, &restore).await;
    let ran = desk.succeeds(&second.cluster, &["restore", "all"]).await;
    assert!(
        ran.err.contains("all of it is there already"),
        "{}",
        ran.err
    );
    second.start_operator().await;
    ns.crowd_delivered(200, str::to_owned).await;
}
