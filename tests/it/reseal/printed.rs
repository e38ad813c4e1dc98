//! What people read of `coffer reseal`.

use coffer::crypto::{StoreKey, Suite};
use insta::assert_snapshot;

use super::{Desk, rotate, sealed, store, stripe};
use crate::support::{Cluster, manifest};

const CHECK: [&str; 3] = ["--check", "--store", "store.yaml"];

#[test]
fn a_check_has_a_line_for_each_value_to_renew() {
    let desk = Desk::new();
    let [active, retired, unknown] = [Suite::X25519; 3].map(StoreKey::generate);
    desk.file(
        "store.yaml",
        &store(&[(&retired, "Retired"), (&active, "Active")]),
    );
    let keys = [("a", &active), ("b", &retired), ("c", &unknown)];
    let values = keys.map(|(name, key)| (name, sealed(key, name)));
    let values = values.each_ref().map(|(name, value)| (*name, &**value));
    desk.file("all.yaml", &stripe(&values));
    desk.file("good.yaml", &stripe(&values[..1]));
    desk.file(
        "clear.yaml",
        &stripe(&[values[0], ("b", desk.canary.value())]),
    );
    let check = |file| desk.run(None, &[&CHECK[..], &[file]].concat()).shown(&[]);
    assert_snapshot!("check", check("all.yaml"));
    assert_snapshot!("check_of_what_is_well", check("good.yaml"));
    assert_snapshot!("check_of_what_is_in_clear", check("clear.yaml"));
    let ran = desk.run(None, &["--check", "--store", "good.yaml", "all.yaml"]);
    assert_snapshot!("check_without_a_store", ran.shown(&[]));
}

#[tokio::test]
async fn it_is_told_how_many_values_were_renewed() {
    let desk = Desk::new();
    let ns = Cluster::namespace("reseal").await;
    let before = ns.sealer_of_new_store("vault").await;
    let old = manifest::secret("old", &before.strict("old", "value", b"v"));
    let copied = manifest::secret("copied", &before.strict("old", "value", b"v"));
    let after = rotate(&ns, &before).await;
    let new = manifest::secret("new", &after.strict("new", "value", b"v"));
    let run = |name, text: &str| {
        desk.file(name, text);
        desk.run(Some(&ns), &[name]).shown(&[(&ns.name, "team-a")])
    };
    assert_snapshot!("renewed", run("a.yaml", &[&*old, &new].join("---\n")));
    assert_snapshot!("nothing_to_renew", run("b.yaml", &new));
    assert_snapshot!("sealed_for_another_place", run("c.yaml", &copied));
    assert_snapshot!(
        "in_clear",
        run("d.yaml", &manifest::secret("x", desk.canary.value()))
    );
}
