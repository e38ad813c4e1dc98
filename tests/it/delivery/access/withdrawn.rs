//! Each side can end it alone, and the right goes before what it is about.

use std::time::Duration;

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use super::{
    account, ask_as, bindings, for_reading, grant, has_no_role, offer, reading, roles, vault,
};
use crate::delivery::{copy_of, for_namespace, is_copied, is_told, scoped};
use crate::support::refusal::Writes;
use crate::support::{Cluster, Isolated, Namespace, Options};

#[tokio::test]
async fn without_the_stores_word_the_copy_stays_and_may_not_be_read() {
    let (team, shop, web) = reading().await;
    grant(&team, &for_namespace(&shop)).await;
    web.reads_no_more(&copy_of(&team, "stripe")).await;
    is_copied(&shop, &team, b"v").await;
    has_no_role(&shop, "web").await;
    grant(&team, &for_reading(&shop)).await;
    web.reads(&copy_of(&team, "stripe"), b"v").await;
}

#[tokio::test]
async fn without_a_request_another_accounts_copy_may_not_be_read() {
    let (team, shop, web) = reading().await;
    let consumers = format!(
        "{{ namespaces: {{ names: [{}] }}, apiAccess: true }}",
        shop.name
    );
    grant(&team, &consumers).await;
    let other = account(&shop, "other", &vault(&team)).await;
    other.reads(&copy_of(&team, "stripe"), b"v").await;
    shop.kubectl(
        &["annotate", "serviceaccount", "web", "coffer.dev/consume-"],
        "",
    )
    .await;
    web.reads_no_more(&copy_of(&team, "stripe")).await;
    has_no_role(&shop, "web").await;
    other.reads(&copy_of(&team, "stripe"), b"v").await;
}

#[tokio::test]
async fn what_the_secret_does_not_name_any_more_is_not_listed() {
    let (team, shop, web) = reading().await;
    team.apply(&scoped("paypal", "p", "[checkout]")).await;
    web.reads(&copy_of(&team, "paypal"), b"p").await;
    team.apply(&scoped("stripe", "v", "[]")).await;
    web.reads_no_more(&copy_of(&team, "stripe")).await;
    web.reads(&copy_of(&team, "paypal"), b"p").await;
    team.delete("paypal").await;
    has_no_role(&shop, "web").await;
}

#[tokio::test]
async fn an_account_that_is_made_anew_reads_what_it_asks_for_anew() {
    let (team, shop, _) = reading().await;
    shop.kubectl(&["delete", "serviceaccount", "web"], "").await;
    has_no_role(&shop, "web").await;
    let web = account(&shop, "web", "").await;
    team.operator_caught_up().await;
    web.may_not_read(&copy_of(&team, "stripe")).await;
    ask_as(&shop, "web", &vault(&team)).await;
    web.reads(&copy_of(&team, "stripe"), b"v").await;
}

#[tokio::test]
async fn a_target_of_another_name_is_read_under_that_name_only() {
    let (team, shop, web) = reading().await;
    let renamed = scoped("stripe", "v", "[checkout]").replace("target: {}", "target: { name: t }");
    team.apply(&renamed).await;
    web.reads(&copy_of(&team, "t"), b"v").await;
    web.reads_no_more(&copy_of(&team, "stripe")).await;
    shop.native_gone(&copy_of(&team, "stripe")).await;
}

/// While the Role cannot be written, for what may pass, the copy is not taken away: nobody may read a name that is free.
#[tokio::test]
async fn a_name_leaves_the_role_before_its_native_secret_goes() {
    let isolated = Isolated::start(Options::default()).await;
    let [team, shop] = [
        isolated.namespace("team").await,
        isolated.namespace("shop").await,
    ];
    offer(&team, &for_reading(&shop)).await;
    team.apply(&scoped("paypal", "p", "[checkout]")).await;
    let web = account(&shop, "web", &vault(&team)).await;
    for (name, value) in [("stripe", b"v"), ("paypal", b"p")] {
        web.reads(&copy_of(&team, name), value).await;
    }
    is_told(&team, 2).await;
    team.operator_caught_up().await;
    let mut tail = team.cluster.follow_api_calls();
    team.apply(&scoped("stripe", "v", "[]")).await;
    shop.native_gone(&copy_of(&team, "stripe")).await;
    let calls = tail.calls();
    let at = |verb: &str, resource: &str| {
        let mut calls = calls.iter().filter(|call| call.namespace == shop.name);
        calls.position(|call| call.verb == verb && call.resource == resource)
    };
    let role = at("patch", "roles.rbac.authorization.k8s.io");
    let copy = at("delete", "secrets");
    assert!(role.is_some() && role < copy, "{calls:?}");

    // The API server does not want it: then the value goes all the same.
    let roles_writes = ["UPDATE", "DELETE"].map(|operation| Writes {
        group: "rbac.authorization.k8s.io",
        resource: "roles",
        operation,
    });
    isolated.cluster.refuse(&roles_writes, "true").await;
    team.secrets()
        .delete("paypal", &DeleteParams::default())
        .await
        .unwrap();
    shop.native_gone(&copy_of(&team, "paypal")).await;
    let told = shop.event("web", "AccessRejected").await;
    assert!(told.contains("may not be let read"), "{told}");
    assert!(roles(&shop).get_opt("coffer:web").await.unwrap().is_some());
    isolated.cluster.allow().await;
    has_no_role(&shop, "web").await;
}

/// Memory learns of a Role by the answer to its own write: what is withdrawn in between finds none that lists the name.
#[tokio::test]
async fn a_grant_that_is_taken_back_while_the_role_is_being_written() {
    let team = Cluster::namespace("team").await;
    let whom = |account: &str| format!("{{ serviceAccounts: [{account}], apiAccess: true }}");
    offer(&team, &whom("web")).await;
    let web = account(&team, "web", &vault(&team)).await;
    web.reads("stripe", b"v").await;
    let set = async |account: &str| {
        let consumers = json!([{ "serviceAccounts": [account], "apiAccess": true }]);
        let scopes =
            json!({ "spec": { "scopes": [{ "name": "checkout", "consumers": consumers }] } });
        let (params, patch) = (PatchParams::default(), Patch::Merge(scopes));
        team.stores().patch("vault", &params, &patch).await.unwrap();
    };
    set("nobody").await;
    web.reads_no_more("stripe").await;
    for between in (40..70).step_by(5) {
        sleep(Duration::from_millis(1200)).await;
        set("web").await;
        sleep(Duration::from_millis(between)).await;
        set("nobody").await;
        sleep(Duration::from_millis(1500)).await;
        web.reads_no_more("stripe").await;
    }
}

/// Who may change Roles, and not read Secrets, can put a finalizer on them: nobody has to hold what they grant for that.
#[tokio::test]
async fn a_role_and_its_binding_that_finalizers_hold() {
    let team = Cluster::namespace("team").await;
    let whom = |account: &str| format!("{{ serviceAccounts: [{account}], apiAccess: true }}");
    offer(&team, &whom("web")).await;
    let web = account(&team, "web", &vault(&team)).await;
    web.reads("stripe", b"v").await;
    let rules = json!([{ "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": ["get", "patch"] }]);
    let someone = Namespace::existing(team.cluster.someone(&team, &rules).await, &team.name);
    assert!(someone.natives().get("stripe").await.is_err());
    let hold = |finalizers: Json| Patch::Merge(json!({ "metadata": { "finalizers": finalizers } }));
    let (params, on) = (PatchParams::default(), hold(json!(["example.com/hold"])));
    roles(&someone)
        .patch("coffer:web", &params, &on)
        .await
        .unwrap();
    bindings(&someone)
        .patch("coffer:web", &params, &on)
        .await
        .unwrap();
    grant(&team, &whom("nobody")).await;
    web.reads_no_more("stripe").await;
    grant(&team, &whom("web")).await;
    web.reads("stripe", b"v").await;
    grant(&team, &whom("nobody")).await;
    web.reads_no_more("stripe").await;
    let off = hold(Json::Null);
    roles(&team)
        .patch("coffer:web", &params, &off)
        .await
        .unwrap();
    bindings(&team)
        .patch("coffer:web", &params, &off)
        .await
        .unwrap();
    has_no_role(&team, "web").await;
}
