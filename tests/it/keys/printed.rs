//! What administrators read of `coffer keys`.

use insta::assert_snapshot;

use super::{Admin, Still};
use crate::support::manifest;

impl Admin {
    /// What a run shows, in a namespace `team-a`; `stdin` answers what is asked.
    async fn reads(&self, arguments: &[&str], stdin: &str) -> String {
        let ran = self.run_with(arguments, stdin).await;
        ran.shown(&[(&self.ns.name, "team-a")])
    }
}

/// Without an operator, so that nothing changes but by what is run.
#[tokio::test]
async fn from_a_first_root_key_to_the_last_of_a_store() {
    let still = Still::start().await;
    let admin = &still.admin;
    let vault = admin.name("vault");
    let reads = async |arguments: &[&str], stdin| admin.reads(arguments, stdin).await;
    assert_snapshot!(
        "prune_without_a_keyring",
        reads(&["prune", "--all"], "").await
    );
    assert_snapshot!(
        "rotate_root_without_a_keyring",
        reads(&["rotate", "root"], "").await
    );

    still.keyring(&[1], 1).await;
    let own = "XChaCha20Poly1305";
    let keys = [
        ("00000000000000aa", own, "Retired", 1),
        ("00000000000000bb", own, "Active", 1),
        ("00000000000000cc", "XWing", "Retired", 1),
    ];
    still.store("vault", &keys).await;
    assert_snapshot!(
        "prune_dry_run",
        reads(&["prune", &vault, "--dry-run"], "").await
    );
    assert_snapshot!(
        "prune_asks",
        reads(&["prune", &vault, "--public-keys"], "no\n").await
    );
    assert_snapshot!(
        "prune",
        reads(&["prune", &vault, "--public-keys", "--yes"], "").await
    );
    assert_snapshot!("prune_of_nothing", reads(&["prune", &vault], "").await);

    assert_snapshot!("adopt_asks", reads(&["adopt", &vault], "no\n").await);
    assert_snapshot!("adopt", reads(&["adopt", &vault, "--yes"], "").await);
    assert_snapshot!("adopt_again", reads(&["adopt", &vault], "").await);

    assert_snapshot!("rotate_root", reads(&["rotate", "root"], "").await);
    assert_snapshot!("prune_all", reads(&["prune", "--all"], "").await);

    assert_snapshot!("shred_asks", reads(&["shred", &vault], "vault\n").await);
    assert_snapshot!("shred", reads(&["shred", &vault, "--yes"], "").await);
    assert_snapshot!("shred_again", reads(&["shred", &vault, "--yes"], "").await);
}

#[tokio::test]
async fn a_rotation_of_stores_and_what_it_waits_for() {
    let still = Still::start().await;
    let admin = &still.admin;
    let rotate = async |more: &[&str]| {
        admin
            .reads(&[&["rotate", "store"], more].concat(), "")
            .await
    };
    let (vault, nowhere) = (admin.name("vault"), admin.name("nowhere"));
    assert_snapshot!("rotate_store_of_none", rotate(&["--all"]).await);
    admin.ns.apply(&manifest::store("vault", "{}")).await;
    assert_snapshot!("rotate_store", rotate(&[&vault, &nowhere]).await);
    assert_snapshot!(
        "rotate_store_without_its_namespace",
        rotate(&["vault"]).await
    );
    let waits = rotate(&[&vault, "--wait", "--timeout", "1s"]).await;
    assert_snapshot!("rotate_store_waits", waits);
}

#[tokio::test]
async fn what_a_store_that_is_needed_is_kept_from() {
    let admin = Admin::new().await;
    admin.ns.delivered("stripe", b"v").await;
    let vault = admin.name("vault");
    assert_snapshot!(
        "shred_of_what_is_needed",
        admin.reads(&["shred", &vault], "").await
    );
    let force = ["shred", &vault, "--force", "--yes"];
    assert_snapshot!("shred_by_force", admin.reads(&force, "").await);
}
