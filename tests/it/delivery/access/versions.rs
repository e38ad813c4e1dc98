//! Immutable targets, of Secrets and by default: the account reads the current version, and no other.

mod withdrawn;

use kube::api::{Patch, PatchParams};
use serde_json::{Value as Json, json};

use super::{account, roles, vault};
use crate::delivery::scoped;
use crate::support::account::Account;
use crate::support::{Cluster, Namespace, eventually};

const IMMUTABLE: &str = "{ immutable: true, history: 1 }";

/// Where the Secret has it from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Itself,
    Store,
    /// Its own goes before the other.
    Both,
}

/// A namespace whose account `web` may read the immutable target of the Secret `stripe`, and the name of that.
async fn reading(from: From) -> (Namespace, Account, String) {
    let team = Cluster::namespace("team").await;
    let consumers = "{ serviceAccounts: [web], apiAccess: true }";
    let default = match from {
        From::Itself => String::new(),
        From::Store | From::Both => format!(", defaultTarget: {IMMUTABLE}"),
    };
    team.store(
        "vault",
        &format!(
            "{{ deletionPolicy: Cascade, scopes: [{{ name: checkout, consumers: [{consumers}] }}]{default} }}"
        ),
    )
    .await;
    let secret = scoped("stripe", "one", "[checkout]");
    let secret = match from {
        From::Store => secret.replace("  target: {}\n", ""),
        From::Itself => secret.replace("target: {}", &format!("target: {IMMUTABLE}")),
        From::Both => secret.replace(
            "target: {}",
            "target: { name: own, immutable: true, history: 1 }",
        ),
    };
    team.apply(&secret).await;
    let one = current(&team).await;
    let web = account(&team, "web", &vault(&team)).await;
    web.reads(&one, b"one").await;
    (team, web, one)
}

async fn current(team: &Namespace) -> String {
    let status = team.ready("stripe").await.status.unwrap();
    status.target_name.unwrap()
}

async fn change(team: &Namespace, value: &str) -> String {
    let data = json!({ "value": { "value": value } });
    team.edit("stripe", json!({ "spec": { "data": data } }))
        .await;
    current(team).await
}

async fn edit_store(team: &Namespace, spec: Json) {
    let patch = Patch::Merge(json!({ "spec": spec }));
    let params = PatchParams::default();
    team.stores().patch("vault", &params, &patch).await.unwrap();
}

/// Waits until the Role lists this one alone.
async fn lists_only(team: &Namespace, name: &str) {
    eventually(&format!("only {name} is listed"), async || {
        let role = roles(team).get("coffer:web").await.unwrap();
        let rules = json!(role.rules);
        let wanted = json!([{ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": [name] }]);
        (rules == wanted).then_some(()).ok_or_else(|| rules.to_string())
    })
    .await;
}

#[tokio::test]
async fn after_a_change_the_new_version_is_read_and_the_former_one_no_more() {
    for from in [From::Itself, From::Store, From::Both] {
        let (team, web, one) = reading(from).await;
        let two = change(&team, "two").await;
        web.reads(&two, b"two").await;
        web.reads_no_more(&one).await;
        lists_only(&team, &two).await;
        let kept = team.natives().get_opt(&one).await.unwrap();
        assert!(kept.is_some(), "{from:?}: it is kept, for pods");

        // What has gone, and what someone else makes in its place.
        let three = change(&team, "three").await;
        team.native_gone(&one).await;
        web.reads(&three, b"three").await;
        team.kubectl(
            &[
                "create",
                "secret",
                "generic",
                &one,
                "--from-literal=value=theirs",
            ],
            "",
        )
        .await;
        team.operator_caught_up().await;
        for other in [&one, &two, &"stripe".to_owned(), &"own".to_owned()] {
            web.may_not_read(other).await;
        }
        lists_only(&team, &three).await;
        web.may_not_list().await;

        // A former content is the current one again.
        assert_eq!(change(&team, "two").await, two);
        web.reads(&two, b"two").await;
        web.reads_no_more(&three).await;
        lists_only(&team, &two).await;
    }
}
