//! Manifests from files and stdin, sealed with a key from a file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use coffer::crypto::{BindingKind, Suite};

use super::{CANARY, Desk, envelopes, secret};

#[test]
fn stdin_goes_to_stdout_and_opens_again() {
    for suite in [Suite::XWing, Suite::X25519] {
        let desk = Desk::new(suite);
        let data = "    # größe\n    a: {value: hunter2-canary} # c\n    b:\n      value: |\n        x\n        y\n";
        let ran = desk.seal(&["--sealing-key", "key.yaml"], &secret("stripe", data));
        assert_eq!(
            (ran.code, ran.out.contains(CANARY)),
            (0, false),
            "{}",
            ran.err
        );
        let sealed = envelopes(&ran.out);
        assert_eq!(
            desk.open(BindingKind::Strict, "stripe", "a", &sealed[0]),
            CANARY
        );
        assert_eq!(
            desk.open(BindingKind::Strict, "stripe", "b", &sealed[1]),
            "x\ny\n"
        );
        let around = format!(
            "    # größe\n    a: {{value: {}}} # c\n    b:\n      value: {}\n",
            sealed[0], sealed[1]
        );
        assert_eq!(ran.out, secret("stripe", &around));
        let id = desk.key.id();
        let said = format!(
            "coffer: sealed 2 values of 1 Secret for store team-a/payments (key {id}, {suite})\n"
        );
        assert_eq!(ran.err, said);
    }
}

#[test]
fn sealing_again_changes_nothing_and_needs_no_key() {
    let desk = Desk::new(Suite::X25519);
    let text = secret("stripe", "    a: {value: hunter2-canary}\n");
    let once = desk.seal(&["--sealing-key", "key.yaml", "-q"], &text);
    assert_eq!(once.err, "");
    let again = desk.seal(&[], &once.out);
    assert_eq!((again.code, &again.out), (0, &once.out), "{}", again.err);
    assert_eq!(again.err, "coffer: 1 value was sealed already\n");
}

#[test]
fn a_binding_to_the_store_opens_under_every_name() {
    let desk = Desk::new(Suite::X25519);
    let text = secret("stripe", "    a: {value: hunter2-canary}\n");
    let text = text.replace("name: stripe, ", "generateName: x, ");
    let ran = desk.seal(&["--sealing-key", "key.yaml", "--binding", "store"], &text);
    let sealed = envelopes(&ran.out);
    assert_eq!(
        desk.open(BindingKind::Store, "any", "key", &sealed[0]),
        CANARY
    );
}

#[test]
fn files_are_rewritten_in_place_with_their_mode_through_links() {
    let desk = Desk::new(Suite::X25519);
    let one = desk.file(
        "one.yaml",
        &secret("one", "    a: {value: hunter2-canary}\n"),
    );
    let plain = desk.file("plain.yaml", "kind: ConfigMap\ndata: {a: b}\n");
    fs::set_permissions(&one, Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(&plain, Permissions::from_mode(0o444)).unwrap();
    symlink("one.yaml", desk.path("link.yaml")).unwrap();
    let before = fs::metadata(&plain).unwrap().modified().unwrap();

    let ran = desk.seal(
        &["-i", "--sealing-key", "key.yaml", "link.yaml", "plain.yaml"],
        "",
    );
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(envelopes(&desk.text("one.yaml")).len(), 1);
    assert_eq!(
        fs::metadata(&one).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(
        fs::symlink_metadata(desk.path("link.yaml"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(fs::metadata(&plain).unwrap().modified().unwrap(), before);
    assert_eq!(
        fs::read_dir(desk.folder.path()).unwrap().count(),
        4,
        "nothing is left behind"
    );
}

#[test]
fn one_bad_file_leaves_all_files_as_they_were() {
    let desk = Desk::new(Suite::X25519);
    let good = secret("one", "    a: {value: hunter2-canary}\n");
    let bad = secret(
        "two",
        "    a: {value: 12}\n    b: {value: [hunter2-canary]}\n",
    );
    desk.file("good.yaml", &good);
    desk.file("bad.yaml", &bad);
    let ran = desk.seal(
        &["-i", "--sealing-key", "key.yaml", "good.yaml", "bad.yaml"],
        "",
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("bad.yaml:7:16: the value is a number, not text; quote it"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("bad.yaml:8:16: "), "{}", ran.err);
    assert!(ran.err.ends_with("nothing was written\n"), "{}", ran.err);
    assert_eq!((desk.text("good.yaml"), desk.text("bad.yaml")), (good, bad));
}

#[test]
fn check_names_the_place_of_each_value_in_clear() {
    let desk = Desk::new(Suite::X25519);
    let text = secret(
        "one",
        "    a: {value: hunter2-canary}\n    b:\n      value: |\n        hunter2-canary\n",
    );
    desk.file("one.yaml", &text);
    desk.file("none.yaml", "a: b\n");
    let ran = desk.seal(&["--check", "one.yaml", "none.yaml"], "");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let said = "one.yaml:7:16: a value is in clear; seal it with `coffer seal`\none.yaml:9:14: a value is in clear; seal it with `coffer seal`\n";
    assert_eq!(ran.out, said);
    assert_eq!(desk.text("one.yaml"), text);

    desk.seal(&["-i", "--sealing-key", "key.yaml", "one.yaml"], "");
    let ran = desk.seal(&["--check", "one.yaml"], "");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}

#[test]
fn a_namespace_is_given_for_manifests_that_name_none() {
    let desk = Desk::new(Suite::X25519);
    let text = secret("one", "    a: {value: hunter2-canary}\n").replace(", namespace: team-a", "");
    let ran = desk.seal(&["-n", "team-a", "--sealing-key", "key.yaml"], &text);
    let sealed = envelopes(&ran.out);
    assert_eq!(
        desk.open(BindingKind::Strict, "one", "a", &sealed[0]),
        CANARY
    );
}

#[test]
fn the_store_is_found_among_others_in_a_list() {
    let desk = Desk::new(Suite::X25519);
    let store = desk.store("[Strict]");
    let item = store.replace('\n', "\n  ");
    let other = item.replace("name: payments", "name: other");
    desk.file(
        "list.yaml",
        &format!("apiVersion: v1\nkind: List\nitems:\n- {other}\n- {item}\n"),
    );
    let text = secret("one", "    a: {value: hunter2-canary}\n");
    assert_eq!(desk.seal(&["--sealing-key", "list.yaml"], &text).code, 0);
}

#[test]
fn what_is_odd_but_not_wrong_is_said() {
    let desk = Desk::new(Suite::X25519);
    let text = secret("one", "    a: {value: \"{{ .hunter2-canary }}\"}\n");
    let ran = desk.seal(&["--sealing-key", "key.yaml"], &text);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("<stdin>:7:16: note: "), "{}", ran.err);
}
