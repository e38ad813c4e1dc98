//! What administrators read of backups, exports, and their way back.

use coffer::api::Secret;
use insta::assert_snapshot;
use kube::Api;

use super::Desk;
use crate::support::{Cluster, Isolated, Options, manifest};

impl Desk {
    /// What a run shows, with the passphrase in a file.
    async fn reads(&self, cluster: &Cluster, arguments: &[&str], names: &[(&str, &str)]) -> String {
        self.with_passphrase(cluster, arguments).await.shown(names)
    }
}

#[tokio::test]
async fn a_backup_and_what_a_restore_does_with_it() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("a").await;
    let names = [(&*ns.name, "team-a")];
    let reads = async |arguments: &[&str]| desk.reads(&isolated.cluster, arguments, &names).await;
    ns.delivered("stripe", b"v").await;
    ns.apply(&manifest::secret("web", "w")).await;
    ns.ready("web").await;
    let backup = ["backup", "--output", "nightly.backup"];
    assert_snapshot!("backup", reads(&backup).await);
    assert_snapshot!("backup_over_another", reads(&backup).await);
    let export = ["keys", "export", "--output", "team.keys"];
    assert_snapshot!("export", reads(&export).await);
    let nowhere = ["keys", "export", "team-b/vault", "--output", "none"];
    assert_snapshot!("export_of_no_store", reads(&nowhere).await);

    assert_snapshot!(
        "restore_of_what_is_there",
        reads(&["restore", "nightly.backup"]).await
    );
    assert_snapshot!("restore_of_keys", reads(&["restore", "team.keys"]).await);
    let import = ["keys", "import", "team.keys"];
    assert_snapshot!("import_of_what_is_there", reads(&import).await);

    ns.apply(&manifest::secret("web", "changed")).await;
    ns.ready("web").await;
    ns.delete("stripe").await;
    ns.native_gone("stripe").await;
    let restore = |more: &[&'static str]| [&["restore", "nightly.backup"], more].concat();
    assert_snapshot!("restore_of_what_differs", reads(&restore(&[])).await);
    let dry = restore(&["--overwrite", "--dry-run"]);
    assert_snapshot!("restore_dry_run", reads(&dry).await);
    assert_snapshot!("restore", reads(&restore(&["--overwrite"])).await);
    ns.ready("stripe").await;
}

#[tokio::test]
async fn keys_and_resources_in_another_cluster() {
    let desk = Desk::new();
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("a").await;
    let name = ns.name.clone();
    ns.delivered("stripe", b"v").await;
    desk.succeeds(&isolated.cluster, &["backup", "--output", "nightly.backup"])
        .await;
    drop(isolated);

    let other = Isolated::start(Options {
        without_operator: true,
        ..Options::in_controller_mode()
    })
    .await;
    let names = [(&*name, "team-a")];
    let reads = async |arguments: &[&str]| desk.reads(&other.cluster, arguments, &names).await;
    assert_snapshot!(
        "restore_without_namespaces",
        reads(&["restore", "nightly.backup"]).await
    );
    let import = ["keys", "import", "nightly.backup", "--create-namespaces"];
    let dry = [&import[..], &["--dry-run"]].concat();
    assert_snapshot!("import_dry_run", reads(&dry).await);
    assert_snapshot!("import", reads(&import).await);
    assert_snapshot!(
        "restore_elsewhere",
        reads(&["restore", "nightly.backup"]).await
    );
    let secrets: Api<Secret> = Api::namespaced(other.cluster.client.clone(), &name);
    secrets.get("stripe").await.unwrap();
}

#[tokio::test]
async fn files_that_cannot_be_opened() {
    let desk = Desk::new();
    let ns = Cluster::namespace("a").await;
    let cluster = &ns.cluster;
    let reads = async |arguments: &[&str]| desk.reads(cluster, arguments, &[]).await;
    std::fs::write(desk.path("other"), "something else\n").unwrap();
    assert_snapshot!("restore_of_no_file", reads(&["restore", "missing"]).await);
    assert_snapshot!(
        "restore_of_another_file",
        reads(&["restore", "other"]).await
    );
    let keygen = desk
        .run(None, &["backup", "keygen", "--output", "pair"], "")
        .await;
    let key = std::fs::read_to_string(desk.path("pair.pub")).unwrap_or_default();
    assert_snapshot!("keygen", keygen.shown(&[(key.trim(), "<public key>")]));
}
