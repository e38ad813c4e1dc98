//! What people read of `coffer seal`.

use coffer::crypto::Suite;
use insta::assert_snapshot;

use super::{Desk, secret};

const KEY: [&str; 2] = ["--sealing-key", "key.yaml"];
const CLEAR: &str = "    a: {value: hunter2-canary}\n";

#[test]
fn what_was_sealed_is_told_beside_the_manifests() {
    let desk = Desk::new(Suite::XWing);
    let sealed = desk.seal(&KEY, &secret("one", CLEAR)).out;
    let more = secret("two", &format!("{CLEAR}    b: {{value: hunter2-canary}}\n"));
    assert_snapshot!(desk.seal(&KEY, &format!("{sealed}---\n{more}")).shown(&[]));
}

#[test]
fn that_nothing_was_to_be_done_is_told() {
    let desk = Desk::new(Suite::X25519);
    let sealed = desk.seal(&KEY, &secret("one", CLEAR)).out;
    assert_snapshot!("sealed_already", desk.seal(&KEY, &sealed).shown(&[]));
    let other = desk.seal(&KEY, "kind: ConfigMap\n");
    assert_snapshot!("nothing_to_seal", other.shown(&[]));
}

#[test]
fn a_check_has_a_line_for_each_value_in_clear() {
    let desk = Desk::new(Suite::X25519);
    desk.file("one.yaml", &secret("one", CLEAR));
    desk.file("two.yaml", "kind: ConfigMap\n");
    let check = ["--check", "one.yaml", "two.yaml"];
    assert_snapshot!(desk.seal(&check, "").shown(&[]));
    let none = desk.seal(&["--check", "two.yaml"], "");
    assert_snapshot!("nothing_in_clear", none.shown(&[]));
}

#[test]
fn all_that_is_wrong_is_told_and_nothing_written() {
    let desk = Desk::new(Suite::X25519);
    let wrong =
        "    a: {value: 12}\n    b: {value: [hunter2-canary]}\n    e: {valeu: hunter2-canary}\n";
    desk.file("good.yaml", &secret("good", CLEAR));
    desk.file("bad.yaml", &secret("bad", wrong));
    let worse = "    a: {value: coffer.v1.hunter2-canary}\n    b: {value: hunter2-canary, encoding: Base64}\n";
    desk.file("worse.yaml", &secret("worse", worse));
    desk.file("broken.yaml", "a: [\n");
    let files = ["-i", "good.yaml", "bad.yaml", "worse.yaml", "broken.yaml"];
    let ran = desk.seal(&[&KEY[..], &files].concat(), "");
    assert_snapshot!(ran.shown(&[]));
}

#[test]
fn what_is_odd_is_noted() {
    let desk = Desk::new(Suite::X25519);
    let odd = secret("odd", "    a: {value: \"{{ .hunter2 }}\"}\n");
    assert_snapshot!(desk.seal(&KEY, &odd).shown(&[]));
}

#[test]
fn a_key_that_does_not_fit_is_told_with_the_way_to_the_right_one() {
    let desk = Desk::new(Suite::X25519);
    let other = secret("one", CLEAR).replace("name: payments", "name: other");
    assert_snapshot!("another_store", desk.seal(&KEY, &other).shown(&[]));
    let text = secret("one", CLEAR);
    let folder = desk.folder.path().to_str().unwrap();
    let store = desk.store("[Strict]");
    desk.file("key.yaml", &store.replace("status:", "stat:"));
    assert_snapshot!("no_keys_yet", desk.seal(&KEY, &text).shown(&[]));
    desk.file("key.yaml", &store);
    let wide = [&KEY[..], &["--binding", "store"]].concat();
    assert_snapshot!("binding", desk.seal(&wide, &text).shown(&[]));
    assert_snapshot!(
        "no_cluster",
        desk.seal(&[], &text).shown(&[(folder, "<home>")])
    );
}

#[test]
fn arguments_that_do_not_go_together_are_refused() {
    let desk = Desk::new(Suite::X25519);
    desk.file("a.yaml", "a: b\n");
    let several = desk.seal(&["a.yaml", "a.yaml"], "");
    assert_snapshot!("several_files", several.shown(&[]));
    assert_snapshot!("no_file", desk.seal(&["-i"], "").shown(&[]));
    assert_snapshot!("missing_file", desk.seal(&["missing.yaml"], "").shown(&[]));
}

#[test]
fn an_envelope_alone_is_all_of_stdout() {
    let desk = Desk::new(Suite::XWing);
    let place = [
        "value", "--store", "payments", "-n", "team-a", "--name", "stripe", "--key", "a",
    ];
    let value = |stdin| desk.seal(&[&place[..], &KEY].concat(), stdin).shown(&[]);
    assert_snapshot!("value", value("hunter2-canary"));
    assert_snapshot!("value_with_a_line_break", value("hunter2-canary\n"));
    assert_snapshot!("value_that_is_empty", value(""));
}
