//! `kubectl coffer tree`.

use coffer::api::Reason;
use serde_json::Value as Json;

use super::Person;
use crate::support::manifest;

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
