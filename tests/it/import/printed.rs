//! What people read of `coffer import`.

use insta::assert_snapshot;

use super::cluster::import;
use super::take_over::import_and_apply;
use super::{Desk, cluster, native};
use crate::support::Cluster;

const FROM_STDIN: [&str; 3] = ["secret", "--file", "-"];

#[test]
fn manifests_are_printed_and_what_is_left_out_is_told() {
    let desk = Desk::new();
    let token = native("sa").replace(
        "stringData",
        "type: kubernetes.io/service-account-token\nstringData",
    );
    let tls = "apiVersion: v1\nkind: Secret\nmetadata: {name: card, namespace: shop, labels: {app: shop, example.com/x: z}}\ntype: kubernetes.io/basic-auth\nimmutable: true\nstringData: {username: ada, password: hunter2-canary}\n";
    let ran = desk.import(&FROM_STDIN, &[tls, &token, tls].join("---\n"));
    assert_snapshot!(ran.shown(&[]));
}

#[test]
fn names_that_are_not_there_are_told() {
    let desk = Desk::new();
    let ran = desk.import(&["secret", "b", "--file", "-"], &native("a"));
    assert_snapshot!(ran.shown(&[]));
}

#[test]
fn files_are_written_and_none_over_another() {
    let desk = Desk::new();
    let into = ["secret", "--file", "-", "--output-dir", "out"];
    let twice = [(), ()].map(|()| desk.import(&into, &native("a")).shown(&[]));
    assert_snapshot!(twice.join("\n"));
}

#[test]
fn lines_of_an_env_file_are_told_by_number() {
    let desk = Desk::new();
    let import = |text| {
        desk.import(&["env", "-", "--name", "web", "-n", "shop"], text)
            .shown(&[])
    };
    assert_snapshot!("env", import("A=hunter2-canary\nB='two'\n"));
    assert_snapshot!("env_that_is_wrong", import("A=1\nhunter2-canary\nB=it's\n"));
    assert_snapshot!("env_that_is_empty", import("# nothing\n"));
}

#[test]
fn a_sealed_secret_is_opened_or_told_why_not() {
    let desk = Desk::new();
    desk.file(
        "key.pem",
        include_str!("../../vectors/sealed-secrets/key-pkcs1.pem"),
    );
    desk.file(
        "other.pem",
        include_str!("../../vectors/sealed-secrets/other-key.pem"),
    );
    let strict = include_str!("../../vectors/sealed-secrets/strict.yaml");
    let import = |key| {
        desk.import(&["sealed-secret", "-", "--private-key", key], strict)
            .shown(&[])
    };
    assert_snapshot!("sealed_secret", import("key.pem"));
    assert_snapshot!("sealed_secret_of_another_key", import("other.pem"));
}

#[test]
fn without_anything_to_import_it_is_said_how() {
    let desk = Desk::new();
    assert_snapshot!("nothing_named", desk.import(&["secret"], "").shown(&[]));
    assert_snapshot!(
        "nothing_there",
        desk.import(&FROM_STDIN, "kind: ConfigMap").shown(&[])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_cluster_it_is_told_what_stays_and_what_was_taken_over() {
    let ns = Cluster::unadvised_namespace("import").await;
    ns.delivered("stripe", b"v").await;
    cluster::native(&ns, "card", "shop").await;
    let reads = |args: &[&str]| import(&ns, args).shown(&[(&ns.name, "shop")]);
    let all = ["secret", "--all", "--store", "vault"];
    assert_snapshot!("cluster", reads(&all));
    assert_snapshot!(
        "cluster_without_it",
        reads(&["secret", "-l", "app=none", "--store", "vault"])
    );
    import_and_apply(&ns, &["card"]).await;
    assert_snapshot!(
        "take_over_dry_run",
        reads(&["take-over", "card", "--dry-run"])
    );
    assert_snapshot!("take_over", reads(&["take-over", "card", "nosuch"]));
}
