//! `coffer keys adopt`.

use coffer::api::Reason;

use super::{Admin, Still};
use crate::support::manifest;

#[tokio::test]
async fn keys_of_a_former_namespace_open_again_once_an_administrator_says_so() {
    let admin = Admin::new().await;
    let ns = &admin.ns;
    let sealed = ns
        .sealer_of_new_store("vault")
        .await
        .strict("stripe", "value", b"v");
    ns.delete_whole().await;
    ns.create_again().await;
    ns.apply(&manifest::store("vault", "{}")).await;
    ns.apply(&manifest::secret("stripe", &sealed)).await;
    let said = ns
        .store_problem("vault", Reason::KeysOfFormerNamespace)
        .await;
    let name = admin.name("vault");
    assert!(
        said.contains(&format!("`coffer keys adopt {name}`")),
        "{said}"
    );
    let ran = admin.run(&["status", "-n", &ns.name]).await;
    assert!(ran.code == 1 && ran.out.contains(&said), "{}", ran.out);

    for answer in ["", "no\n", "y\n", &format!("{name}\n")] {
        let said = admin.refused("vault", &["adopt", &name], answer).await;
        assert!(
            said.contains("Whoever may write Secrets in namespace"),
            "{said}"
        );
        assert!(said.contains("nothing was changed"), "{said}");
    }
    let ran = admin.run_with(&["adopt", &name], "yes\n").await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    ns.store_ready("vault").await;
    ns.ready("stripe").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"v");
    let ran = admin.run(&["adopt", &name]).await;
    assert!(ran.code == 0 && ran.err.contains("already"), "{}", ran.err);
}

#[tokio::test]
async fn what_is_not_there_is_not_adopted() {
    let admin = Admin::new().await;
    let said = admin
        .fails(1, &["adopt", &admin.name("nowhere"), "--yes"])
        .await;
    assert!(said.contains("there are no keys of"), "{said}");
    let said = admin.fails(2, &["adopt", "vault", "--yes"]).await;
    assert!(said.contains("write NAMESPACE/STORE"), "{said}");
}

#[tokio::test]
async fn a_namespace_that_is_gone_adopts_nothing() {
    let still = Still::start().await;
    let admin = &still.admin;
    still.store("vault", &[]).await;
    admin.ns.delete_whole().await;
    let said = admin
        .fails(2, &["adopt", &admin.name("vault"), "--yes"])
        .await;
    assert!(said.contains("there is no namespace"), "{said}");
    assert_eq!(admin.record("vault").await["namespaceUid"], "former");
}
