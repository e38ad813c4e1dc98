//! Files with all keys and resources, and their way back: `coffer backup`, `coffer restore`, `coffer keys export`
//! and `coffer keys import`.

use super::Proof;
use super::marks::Answer::{Taken, Unsent};
use crate::support::manifest;

/// What the files are sealed to.
const LOCKS: [&[&str]; 2] = [
    &["--passphrase-file", "passphrase"],
    &["--recipient", "pair.pub"],
];

/// What opens them.
const UNLOCKS: [&[&str]; 2] = [&["--passphrase-file", "passphrase"], &["--key", "pair"]];

/// Command lines that are wrong: `plain` is a file with the value in clear, which is on stdin as well.
const WRONGLY: [&str; 13] = [
    "backup --output all-0 --passphrase-file -",
    "backup --output wrong --recipient plain",
    "backup --output wrong --recipient pair",
    "backup keygen --output pair --passphrase-file -",
    "keys export nothing/there --output wrong --passphrase-file -",
    "restore all-0 --passphrase-file -",
    "restore all-0 --key plain",
    "restore all-0 --key pair",
    "restore all-1 --key plain",
    "restore cut --passphrase-file passphrase",
    "restore plain --passphrase-file -",
    "keys import plain --passphrase-file -",
    "keys import keys-0 --passphrase-file plain",
];

/// Everything, rightly and wrongly.
pub(super) async fn all(proof: &Proof) {
    let passphrase = proof.mark("a passphrase", Unsent);
    proof.file("passphrase", &passphrase);
    let pair = proof.desk.path().join("pair");
    administers(proof, &["backup", "keygen", "--output", "pair"]).await;
    let secret = std::fs::read_to_string(&pair).unwrap();
    let secret = secret.trim().rsplit('.').next().unwrap();
    proof.mark_of("the secret half of a pair", secret.as_bytes(), None);
    proof.keeps(&pair);
    let value = proof.mark_for("backup and restore", &["kept"], Taken);
    let manifest = manifest::secret("kept", &value);
    proof.kubectl_does(&["create", "-f", "-"], &manifest).await;
    proof.ns.ready("kept").await;

    for (number, lock) in LOCKS.into_iter().enumerate() {
        for (what, name) in [(&["backup"][..], "all"), (&["keys", "export"], "keys")] {
            let file = format!("{name}-{number}");
            administers(proof, &[what, &["--output", &file], lock].concat()).await;
        }
        administers(proof, &[&["backup", "--output", "-"], lock].concat()).await;
    }
    for (number, unlock) in UNLOCKS.into_iter().enumerate() {
        let (all, keys) = (format!("all-{number}"), format!("keys-{number}"));
        administers(proof, &[&["keys", "import", &keys], unlock].concat()).await;
        proof.ns.delete("kept").await;
        proof.ns.native_gone("kept").await;
        administers(proof, &[&["restore", &all, "--dry-run"], unlock].concat()).await;
        administers(proof, &[&["restore", &all], unlock].concat()).await;
        proof.ns.ready("kept").await;
    }
    wrongly(proof).await;
}

async fn wrongly(proof: &Proof) {
    let whole = std::fs::read(proof.desk.path().join("all-0")).unwrap();
    std::fs::write(proof.desk.path().join("cut"), &whole[..whole.len() - 1]).unwrap();
    for line in WRONGLY {
        let value = proof.mark(line, Unsent);
        proof.file("plain", &manifest::secret("plain", &value));
        let words: Vec<_> = line.split(' ').collect();
        let (success, said) = proof.administrator(&words, &value).await;
        assert!(!success, "{line}: {said}");
        assert!(!proof.desk.path().join("wrong").exists(), "{line}");
    }
}

/// Runs what has to succeed.
pub(super) async fn administers(proof: &Proof, arguments: &[&str]) -> String {
    let (success, said) = proof.administrator(arguments, "").await;
    assert!(success, "{arguments:?}: {said}");
    said
}
