//! `coffer seal value`: one value from stdin.

use coffer::crypto::{BindingKind, Suite};

use super::{CANARY, Desk, Ran};

fn value(desk: &Desk, args: &[&str], stdin: &str) -> Ran {
    let common = ["value", "--sealing-key", "key.yaml", "--store", "payments"];
    desk.seal(&[&common, args].concat(), stdin)
}

const PLACE: [&str; 6] = ["-n", "team-a", "--name", "stripe", "--key", "a"];

#[test]
fn the_envelope_of_a_value_opens_at_its_place() {
    let desk = Desk::new(Suite::XWing);
    let ran = value(&desk, &PLACE, CANARY);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        desk.open(BindingKind::Strict, "stripe", "a", ran.out.trim_end()),
        CANARY
    );
}

#[test]
fn a_line_break_at_the_end_is_kept_with_a_warning_or_left_out_on_request() {
    let desk = Desk::new(Suite::X25519);
    for (input, trimmed) in [
        ("hunter2-canary\n", CANARY),
        ("hunter2-canary\r\n", CANARY),
        ("x\n\n", "x\n"),
    ] {
        let kept = value(&desk, &PLACE, input);
        assert!(kept.err.contains("ends with a line break"), "{}", kept.err);
        assert_eq!(
            desk.open(BindingKind::Strict, "stripe", "a", kept.out.trim_end()),
            input
        );
        let ran = value(&desk, &[&PLACE[..], &["--trim-newline"]].concat(), input);
        assert_eq!(ran.err, "");
        assert_eq!(
            desk.open(BindingKind::Strict, "stripe", "a", ran.out.trim_end()),
            trimmed
        );
    }
}

#[test]
fn a_binding_to_the_store_needs_no_name_and_no_key() {
    let desk = Desk::new(Suite::X25519);
    let ran = value(&desk, &["-n", "team-a", "--binding", "store"], CANARY);
    assert_eq!(
        desk.open(BindingKind::Store, "", "", ran.out.trim_end()),
        CANARY
    );
}

#[test]
fn what_cannot_be_sealed_is_refused() {
    let desk = Desk::new(Suite::X25519);
    let envelope = value(&desk, &PLACE, CANARY).out;
    for (args, stdin, words) in [
        (&PLACE[..], "", "the value is empty"),
        (&PLACE[..], &"x".repeat(65_537), "more than 65536 bytes"),
        (&PLACE[..], &envelope, "is an envelope already"),
        (
            &PLACE[..],
            "[sealed by coffer]\n",
            "take the value from your manifest",
        ),
        (&PLACE[2..], CANARY, "give --namespace"),
        (&PLACE[..4], CANARY, "--key"),
        (
            &["-n", "team-a", "--binding", "strict"],
            CANARY,
            "give --name and --key",
        ),
        (
            &[&["-n", "team-b"], &PLACE[2..]].concat(),
            CANARY,
            "does not hold store team-b/payments",
        ),
    ] {
        let ran = value(&desk, args, stdin);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words}");
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    let largest = format!("{}\r\n", "x".repeat(65_536));
    assert_eq!(
        value(&desk, &[&PLACE[..], &["--trim-newline"]].concat(), &largest).code,
        0
    );
}
