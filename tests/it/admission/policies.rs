//! What the API server enforces by itself.

use serde_json::json;

use crate::support::{Cluster, Namespace, eventually};

const ID: &str = "coffer.dev/id";

async fn identified() -> (Namespace, String) {
    let ns = Cluster::namespace("policies").await;
    let secret = ns.delivered("stripe", b"v").await;
    let id = secret.metadata.labels.unwrap()[ID].clone();
    (ns, id)
}

async fn id(ns: &Namespace, kind: &str, name: &str) -> String {
    let path = r"jsonpath={.metadata.labels.coffer\.dev/id}";
    ns.kubectl(&["get", kind, name, "-o", path], "").await
}

#[tokio::test]
async fn an_identifier_is_set_at_creation_and_is_the_one_in_the_status() {
    let (ns, id) = identified().await;
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let secret = ns.ready("stripe").await;
    assert_eq!(secret.status.unwrap().id, Some(id));
}

#[tokio::test]
async fn what_is_no_identifier_is_refused() {
    let (ns, before) = identified().await;
    for object in ["csec/stripe", "cstore/vault"] {
        for value in ["x".to_owned(), "F".repeat(32), "f".repeat(31)] {
            let label = format!("{ID}={value}");
            let said = ns
                .try_kubectl(&["label", "--overwrite", object, &label], "")
                .await
                .unwrap_err();
            assert!(said.contains("has 32 hexadecimal digits"), "{said}");
        }
    }
    assert_eq!(id(&ns, "csec", "stripe").await, before);
}

#[tokio::test]
async fn an_identifier_that_is_dropped_is_carried_over() {
    let (ns, before) = identified().await;
    ns.kubectl(&["label", "csec", "stripe", "coffer.dev/id-"], "")
        .await;
    assert_eq!(id(&ns, "csec", "stripe").await, before);
    let mut secret = json!(ns.secrets().get("stripe").await.unwrap());
    secret["metadata"] = json!({ "name": "stripe" });
    ns.kubectl(&["replace", "-f", "-"], &secret.to_string())
        .await;
    assert_eq!(id(&ns, "csec", "stripe").await, before);
}

/// As a backup tool does, which brings the objects back as they were. Nobody else does.
#[tokio::test]
async fn only_who_may_restore_changes_the_identifier() {
    let (ns, _) = identified().await;
    let account = r"
apiVersion: v1
kind: ServiceAccount
metadata: { name: backup }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: backup }
rules:
  - { apiGroups: [coffer.dev], resources: [secrets], verbs: [get, patch, VERB] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: backup }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: backup }
subjects: [{ kind: ServiceAccount, name: backup }]
";
    let user = format!("--as=system:serviceaccount:{}:backup", ns.name);
    let label = format!("{ID}={}", "a".repeat(32));
    let arguments = [&user, "label", "--overwrite", "csec", "stripe", &label];
    ns.apply(&account.replace("VERB", "watch")).await;
    eventually("the account may patch", async || {
        let said = ns.try_kubectl(&arguments, "").await.unwrap_err();
        let refused = said.contains("needs the verb restore");
        refused.then_some(()).ok_or(said)
    })
    .await;
    ns.apply(&account.replace("VERB", "restore")).await;
    eventually("the account may restore", async || {
        ns.try_kubectl(&arguments, "").await
    })
    .await;
    assert_eq!(id(&ns, "csec", "stripe").await, "a".repeat(32));
}

mod generated {
    //! Generated values are Coffer's to fill in.

    use serde_json::{Value as Json, json};

    use crate::support::{Cluster, Namespace, eventually, manifest};

    /// A Secret with a generated value that is there, and an account that may do everything but restore.
    async fn made() -> (Namespace, String) {
        let ns = Cluster::namespace("generated").await;
        ns.store("vault", "{}").await;
        let data = "{ k: { generate: { kind: Password } } }";
        ns.apply(&manifest::secret_with("app", "vault", data, "{}"))
            .await;
        ns.ready("app").await;
        ns.apply(
            r"
apiVersion: v1
kind: ServiceAccount
metadata: { name: author }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: author }
rules:
  - { apiGroups: [coffer.dev], resources: [secrets], verbs: [get, list, create, update, patch, delete] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: author }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: author }
subjects: [{ kind: ServiceAccount, name: author }]
",
        )
        .await;
        let user = format!("--as=system:serviceaccount:{}:author", ns.name);
        eventually("the author may read", async || {
            ns.try_kubectl(&[&user, "get", "csec"], "").await
        })
        .await;
        (ns, user)
    }

    const IS_GENERATED: &str = "spec.data.k is generated";

    async fn item(ns: &Namespace) -> Json {
        let secret = ns.secrets().get("app").await.unwrap();
        json!(secret.spec.data["k"])
    }

    #[tokio::test]
    async fn a_replace_from_the_manifest_keeps_the_value() {
        let (ns, user) = made().await;
        let before = (item(&ns).await, ns.bytes("app", "k").await);
        let data = "{ k: { generate: { kind: Password, rotate: 30d } } }";
        let manifest = manifest::secret_with("app", "vault", data, "{}");
        ns.kubectl(&[&user, "replace", "-f", "-"], &manifest).await;
        let after = item(&ns).await;
        for field in ["value", "generated"] {
            assert_eq!(after[field], before.0[field]);
        }
        ns.ready("app").await;
        assert_eq!(ns.bytes("app", "k").await, before.1);
    }

    #[tokio::test]
    async fn an_author_cannot_fill_them_in() {
        let (ns, user) = made().await;
        let mut copied = item(&ns).await;
        let patches = [
            (json!({ "value": "mine" }), "in clear beside `generate`"),
            (
                json!({ "value": copied["value"].as_str().unwrap().to_owned() + "A" }),
                IS_GENERATED,
            ),
            (
                json!({ "generated": { "at": "2020-01-01T00:00:00Z" } }),
                IS_GENERATED,
            ),
            (
                json!({ "generate": null, "generated": { "at": "2020-01-01T00:00:00Z" } }),
                IS_GENERATED,
            ),
        ];
        for (patch, words) in patches {
            let patch = json!({ "spec": { "data": { "k": patch } } }).to_string();
            let arguments = [&user, "patch", "csec", "app", "--type=merge", "-p", &patch];
            let said = ns.try_kubectl(&arguments, "").await.unwrap_err();
            assert!(said.contains(words), "{said}");
        }
        copied["generated"]["at"] = json!("2020-01-01T00:00:00Z");
        let data = json!({ "k": copied }).to_string();
        let copy = manifest::secret_with("copy", "vault", &data, "{}");
        let said = ns
            .try_kubectl(&[&user, "create", "-f", "-"], &copy)
            .await
            .unwrap_err();
        assert!(said.contains(IS_GENERATED), "{said}");
    }

    #[tokio::test]
    async fn an_author_may_take_one_over_or_remove_it() {
        let (ns, user) = made().await;
        let own = json!({ "spec": { "data": { "k": { "generate": null, "value": "mine" } } } });
        let arguments = [
            &user,
            "patch",
            "csec",
            "app",
            "--type=merge",
            "-p",
            &own.to_string(),
        ];
        ns.kubectl(&arguments, "").await;
        ns.native("app", "has the author's value", |native| {
            crate::support::bytes(native, "k") == b"mine"
        })
        .await;
        assert!(item(&ns).await["generated"].is_null());
        let (ns, user) = made().await;
        let gone = json!({ "spec": { "data": { "k": null, "other": { "value": "v" } } } });
        let arguments = [
            &user,
            "patch",
            "csec",
            "app",
            "--type=merge",
            "-p",
            &gone.to_string(),
        ];
        ns.kubectl(&arguments, "").await;
        ns.ready("app").await;
    }
}
