//! Who may ask for what: the rules of Kubernetes, and nothing that tells what is there to those who may not look.

use serde_json::json;

use super::{Asker, send, token};
use crate::support::{told, within};

/// Every operation, on what is there and on what is not.
#[tokio::test]
async fn who_has_no_rights_learns_nothing() {
    let asker = Asker::new("rest-rights").await;
    let store = asker.store("main").await;
    let secret = asker.secret(&store, "KEY", "v").await;
    let nobody = "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: nobody }\n";
    asker.ns.apply(nobody).await;
    let other = token(&asker.ns, "nobody", "coffer").await;
    let asker = asker.with_token(other);
    let unknown = "0".repeat(32);
    for store in [&store, &unknown] {
        for secret in [&secret, &unknown] {
            for (method, path) in [
                ("GET", "/quota".to_owned()),
                ("GET", "/stores".to_owned()),
                ("POST", "/stores".to_owned()),
                ("GET", format!("/stores/{store}")),
                ("DELETE", format!("/stores/{store}")),
                ("DELETE", format!("/stores/{store}?force=true")),
                ("GET", format!("/stores/{store}/secrets")),
                ("POST", format!("/stores/{store}/secrets")),
                ("DELETE", format!("/stores/{store}/secrets")),
                ("GET", format!("/stores/{store}/secrets/{secret}")),
                ("PATCH", format!("/stores/{store}/secrets/{secret}")),
                ("DELETE", format!("/stores/{store}/secrets/{secret}")),
                (
                    "POST",
                    format!("/stores/{store}/secrets/{secret}/duplicate"),
                ),
            ] {
                let refused = asker.ask(method, &path, None).await;
                refused.is_error(403, 10000, "Authentication error");
            }
        }
    }
    let there = asker.send("GET", "/accounts/kube-system", None).await;
    let nowhere = asker.send("GET", "/accounts/nowhere", None).await;
    assert_eq!((there.status, there.body), (nowhere.status, nowhere.body));
}

/// As kubectl would need it: here for one secret by name.
#[tokio::test]
async fn a_right_to_one_secret_is_one_to_that() {
    let asker = Asker::new("rest-one").await;
    let store = asker.store("main").await;
    let (mine, other) = (
        asker.secret(&store, "MINE", "v").await,
        asker.secret(&store, "OTHER", "v").await,
    );
    let name = asker.object("MINE").await.metadata.name.unwrap();
    asker
        .ns
        .apply(&format!(
            "apiVersion: v1
kind: ServiceAccount
metadata: {{ name: one }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{ name: one }}
rules: [{{ apiGroups: [coffer.dev], resources: [secrets], resourceNames: [{name}], verbs: [get, update] }}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{ name: one }}
roleRef: {{ apiGroup: rbac.authorization.k8s.io, kind: Role, name: one }}
subjects: [{{ kind: ServiceAccount, name: one }}]
"
        ))
        .await;
    let one = token(&asker.ns, "one", "coffer").await;
    let asker = asker.with_token(one);
    let secrets = format!("/stores/{store}/secrets");
    let shown = asker.ask("GET", &format!("{secrets}/{mine}"), None).await;
    assert_eq!(shown.result()["name"], "MINE");
    for (method, path) in [
        ("GET", format!("{secrets}/{other}")),
        ("GET", secrets.clone()),
        ("PATCH", format!("{secrets}/{mine}")),
        ("DELETE", format!("{secrets}/{mine}")),
    ] {
        let refused = asker.ask(method, &path, None).await;
        refused.is_error(403, 10000, "Authentication error");
    }
    // Whoever may update the one, and not create another, has no copy.
    let copy = json!({ "name": "COPY", "scopes": ["workers"] });
    let refused = asker
        .ask("POST", &format!("{secrets}/{mine}/duplicate"), Some(copy))
        .await;
    refused.is_error(403, 10000, "Authentication error");
}

#[tokio::test]
async fn a_token_has_to_be_valid_and_for_coffer() {
    let asker = Asker::new("rest-token").await;
    let base = told("COFFER_TEST_FACADE");
    let base = base.to_string_lossy();
    let path = format!("/client/v4/accounts/{}/secrets_store/stores", asker.ns.name);
    let other = token(&asker.ns, "app", "somebody-else").await;
    let forged = format!("{}x", asker.token);
    let unsigned = asker.token.rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
    for wrong in [
        other.as_str(),
        &forged,
        &unsigned,
        "x",
        "0123456789abcdef0123456789abcdef",
    ] {
        let bearer = format!("Bearer {wrong}");
        let refused = send(&base, "GET", &path, &[("authorization", &bearer)], None).await;
        refused.is_error(403, 10000, "Authentication error");
        let verify = "/client/v4/user/tokens/verify";
        let refused = send(&base, "GET", verify, &[("authorization", &bearer)], None).await;
        refused.is_error(401, 1000, "Invalid API Token");
    }
    let missing = "Missing X-Auth-Key, X-Auth-Email or Authorization headers";
    let basic = ("authorization", "Basic YTpi");
    for headers in [
        &[][..],
        &[basic],
        &[("x-auth-email", "a@b.c")],
        &[("x-auth-key", &asker.token)],
    ] {
        send(&base, "GET", &path, headers, None)
            .await
            .is_error(400, 9106, missing);
    }
    let key = [
        ("x-auth-email", "a@b.c"),
        ("x-auth-key", asker.token.as_str()),
    ];
    send(&base, "GET", &path, &key, None).await.result();
}

/// As soon as the watch shows it, though the API server itself remembers the token for longer.
#[tokio::test]
async fn an_account_that_is_deleted_is_not_let_in_any_more() {
    let asker = Asker::new("rest-gone").await;
    asker.ask("GET", "/stores", None).await.result();
    asker
        .ns
        .kubectl(&["delete", "serviceaccount", "app"], "")
        .await;
    let soon = std::time::Duration::from_secs(2);
    within(soon, "the token is refused", async || {
        let answer = asker.ask("GET", "/stores", None).await;
        if answer.status == 403 {
            Ok(())
        } else {
            Err(answer.status)
        }
    })
    .await;
    // One of the same name is another.
    asker
        .ns
        .apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: app }\n")
        .await;
    let refused = asker.ask("GET", "/stores", None).await;
    refused.is_error(403, 10000, "Authentication error");
    let anew = token(&asker.ns, "app", "coffer").await;
    asker
        .with_token(anew)
        .ask("GET", "/stores", None)
        .await
        .result();
}

/// What clients ask before anything else.
#[tokio::test]
async fn a_caller_sees_its_accounts_and_who_it_is() {
    let asker = Asker::new("rest-whoami").await;
    let other = Asker::new("rest-other").await;
    other.store("theirs").await;
    let id = asker.uid().await.replace('-', "");
    let mine = json!({ "id": id, "name": asker.ns.name, "type": "standard" });
    let accounts = asker.send("GET", "/accounts?page=1", None).await;
    assert_eq!(accounts.result(), &json!([mine]));
    let one = asker.send("GET", &format!("/accounts/{id}"), None).await;
    assert_eq!(one.result(), &mine);
    let memberships = asker.send("GET", "/memberships?page=1", None).await;
    assert_eq!(memberships.result()[0]["account"], mine);
    let beyond = asker.send("GET", "/accounts?page=2", None).await;
    assert_eq!(beyond.result(), &json!([]));
    let user = asker.send("GET", "/user", None).await;
    let name = format!("system:serviceaccount:{}:app", asker.ns.name);
    assert_eq!(user.result()["email"], json!(name));
    let verified = asker.send("GET", "/user/tokens/verify", None).await;
    assert_eq!(verified.result()["status"], "active");
    assert_eq!(verified.result()["id"], user.result()["id"]);
}
