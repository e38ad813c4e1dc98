//! `kubectl coffer tree`.

use coffer::api::Reason;
use serde_json::{Value as Json, json};

use super::Person;
use crate::support::{Cluster, eventually, manifest};

#[tokio::test]
async fn a_store_stands_over_its_secrets_and_what_they_deliver() {
    let person = Person::new().await;
    person.ns.delivered("stripe", b"v").await;
    person
        .ns
        .apply(&manifest::plain("lost", "nowhere", person.canary.value()))
        .await;
    let message = person.ns.problem("lost", Reason::StoreNotFound).await;
    let text = person.succeeds(&["tree"]).await;
    let expected = format!(
        "SecretStore nowhere  ✗ there is no such store: create it\n\
         └─ Secret lost  pending  StoreNotFound  … {message}\n\
         SecretStore vault  KeysReady\n\
         └─ Secret stripe  active  Delivered\n   └─ native Secret stripe  delivered\n"
    );
    assert_eq!(text, expected);
    let text = person.succeeds(&["tree", "vault", "-o", "json"]).await;
    let tree: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(tree["stores"][0]["children"][0]["name"], "stripe");
    assert_eq!(tree["stores"][1], Json::Null);
}

#[tokio::test]
async fn a_store_that_is_not_there_is_said() {
    let person = Person::new().await;
    let said = person.fails(1, &["tree", "nowhere"]).await;
    assert!(
        said.contains("there is no SecretStore nowhere in namespace"),
        "{said}"
    );
    let ran = person.run(&["tree"]).await;
    assert!(
        ran.code == 0 && ran.err.contains("there are no SecretStores in namespace"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn below_its_scopes_stands_who_has_a_secret() {
    let (person, shop) = (Person::new().await, Cluster::namespace("shop").await);
    let (team, shop_name) = (person.ns.name.clone(), shop.name.clone());
    let consumers = format!("{{ namespaces: {{ names: [{shop_name}] }} }}");
    let scopes = format!(
        "[{{ name: checkout, consumers: [{consumers}] }}, {{ name: quiet, consumers: [{consumers}] }}]"
    );
    person
        .ns
        .store("vault", &format!("{{ scopes: {scopes} }}"))
        .await;
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": { "name": "web", "annotations": { "coffer.dev/consume": format!("{team}/vault/stripe") } },
    });
    shop.apply(&account.to_string()).await;
    for (name, scope) in [("stripe", "checkout"), ("other", "quiet")] {
        let manifest = manifest::secret(name, "v");
        let manifest = manifest.replace("storeRef:", &format!("scopes: [{scope}]\n  storeRef:"));
        person.ns.apply(&manifest).await;
        person.ns.ready(name).await;
    }
    shop.native(&format!("{team}.stripe"), "is there", |_| true)
        .await;
    let expected = format!(
        "SecretStore vault  KeysReady\n\
         ├─ Secret other  active  Delivered\n\
         │  ├─ native Secret other  delivered\n\
         │  └─ scope quiet  nobody asks\n\
         └─ Secret stripe  active  Delivered\n   ├─ native Secret stripe  delivered\n   \
         ├─ native Secret {shop_name}/{team}.stripe  delivered\n   \
         └─ scope checkout\n      └─ ServiceAccount {shop_name}/web  asks\n"
    );
    eventually("the tree shows it", async || {
        let text = person.succeeds(&["tree"]).await;
        if text == expected { Ok(()) } else { Err(text) }
    })
    .await;
}
