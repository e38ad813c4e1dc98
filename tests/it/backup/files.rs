//! What a file may be, and what it is refused for; no cluster is asked.

use std::fs;

use super::{Desk, PASSPHRASE, mode};

async fn refused(desk: &Desk, arguments: &[&str], stdin: &str) -> String {
    let ran = desk.run(None, arguments, stdin).await;
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, ""),
        "{arguments:?}: {}",
        ran.err
    );
    ran.err
}

#[tokio::test]
async fn a_new_pair_has_a_secret_half_for_its_owner_alone() {
    let desk = Desk::new();
    let keygen = ["backup", "keygen", "--output", "key"];
    let ran = desk.run(None, &keygen, "").await;
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(mode(&desk.path("key")), 0o600);
    let secret = fs::read_to_string(desk.path("key")).unwrap();
    let public = fs::read_to_string(desk.path("key.pub")).unwrap();
    assert!(
        secret.starts_with("coffer.backup-secret.v1.XWing."),
        "{public}"
    );
    assert!(
        public.starts_with("coffer.backup-public.v1.XWing."),
        "{public}"
    );
    assert!(!ran.err.contains(secret.trim()));
    let said = refused(&desk, &keygen, "").await;
    assert!(said.contains("key is there"), "{said}");
    assert_eq!(fs::read_to_string(desk.path("key")).unwrap(), secret);
}

#[tokio::test]
async fn a_secret_half_can_be_sealed_to_a_passphrase() {
    let desk = Desk::new();
    let keygen = [
        "backup",
        "keygen",
        "--output",
        "key",
        "--suite",
        "x25519",
        "--passphrase-file",
        "-",
    ];
    let ran = desk.run(None, &keygen, PASSPHRASE).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let sealed = fs::read(desk.path("key")).unwrap();
    let text = String::from_utf8_lossy(&sealed);
    assert!(
        text.starts_with("coffer.file.v1\n") && !text.contains("backup-secret.v1"),
        "{text}"
    );
}

#[tokio::test]
async fn a_passphrase_that_can_be_guessed_is_not_taken_for_a_new_file() {
    let desk = Desk::new();
    for passphrase in ["", "\n", "hunter2", "eleven char", "schöne öl-ä"] {
        let keygen = [
            "backup",
            "keygen",
            "--output",
            "key",
            "--passphrase-file",
            "-",
        ];
        let said = refused(&desk, &keygen, passphrase).await;
        assert!(said.contains("fewer than 12 characters"), "{said}");
        assert!(!desk.path("key").exists() && !desk.path("key.pub").exists());
    }
}

#[tokio::test]
async fn what_is_no_backup_is_told_from_a_wrong_key() {
    let desk = Desk::new();
    for name in ["one", "two"] {
        let keygen = [
            "backup",
            "keygen",
            "--output",
            name,
            "--passphrase-file",
            "passphrase",
        ];
        assert_eq!(desk.run(None, &keygen, "").await.code, 0);
    }
    fs::write(desk.path("manifest.yaml"), "apiVersion: v1\nkind: Secret\n").unwrap();
    fs::write(desk.path("later"), "coffer.file.v2\n").unwrap();
    for (arguments, words) in [
        (vec!["restore", "nothing"], "nothing: No such file"),
        (
            vec!["restore", "manifest.yaml"],
            "not a file that coffer wrote",
        ),
        (
            vec!["keys", "import", "manifest.yaml"],
            "not a file that coffer wrote",
        ),
        (
            vec!["restore", "later"],
            "written by a newer release: upgrade coffer",
        ),
        (
            vec!["restore", "one", "--passphrase-file", "passphrase"],
            "does not know",
        ),
        (vec!["backup"], "required"),
        (
            vec!["backup", "--output", "passphrase"],
            "passphrase is there",
        ),
        (vec!["keys", "export"], "required"),
    ] {
        let ran = desk.run(None, &arguments, "").await;
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        if words != "required" {
            assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
        }
    }
}
