use kube::runtime::reflector::{self, store::Writer};
use kube::runtime::watcher::Event;

use super::*;
use crate::api::Secret;
use crate::crypto::Fingerprinter;

/// Memory with the Secrets `a` and `b`, whose native Secrets have been seen up to version 5.
fn index() -> (Index, Writer<Secret>) {
    let (secrets, mut writer) = reflector::store();
    let index = Index::new(secrets, reflector::store().0);
    for name in ["a", "b"] {
        let secret = format!(
            "metadata: {{ name: {name}, namespace: team-a, uid: uid-of-{name} }}\nspec: {{ storeRef: {{ name: s }} }}\n"
        );
        writer.apply_watcher_event(&Event::Apply(serde_yaml::from_str(&secret).unwrap()));
    }
    sees(&index, "other", "5");
    (index, writer)
}

fn sees(index: &Index, native: &str, version: &str) {
    let native = format!(
        "metadata: {{ name: {native}, namespace: team-a, uid: u, resourceVersion: '{version}' }}\n"
    );
    let keys = Fingerprinter::from_secret_bytes(&[7; 32]).unwrap();
    write(&index.natives).delete(&serde_yaml::from_str(&native).unwrap(), &keys);
}

fn native() -> ObjectKey {
    ObjectKey::new("team-a", "n")
}

fn origin(name: &str) -> Origin {
    Origin {
        key: ObjectKey::new("team-a", name),
        uid: format!("uid-of-{name}").into(),
    }
}

fn is_claimed(index: &Index) -> bool {
    !index.claimed("team-a").is_empty()
}

#[test]
fn a_claim_is_there_while_it_is_made_and_until_it_is_seen() {
    let (index, _writer) = index();
    assert!(index.claim_native(&native(), &origin("a")));
    sees(&index, "other", "8");
    index.settle_claims();
    assert!(is_claimed(&index), "nobody said that it is made");
    assert!(index.end_claim(&native(), &origin("a"), Some("9")));
    index.settle_claim(&native());
    assert!(is_claimed(&index) && index.claimed("team-b").is_empty());
    // It came, and is gone again: what is shown of it last.
    sees(&index, "n", "10");
    assert!(!is_claimed(&index));
    index.settle_claim(&native());
    assert!(read(&index.claims).is_empty());
}

#[test]
fn what_was_seen_before_its_maker_knew_needs_no_claim() {
    let (index, _writer) = index();
    assert!(index.claim_native(&native(), &origin("a")));
    assert!(!index.end_claim(&native(), &origin("a"), Some("5")));
    assert!(read(&index.claims).is_empty());
}

#[test]
fn a_name_is_claimed_by_one_at_a_time_and_free_again_after() {
    let (index, _writer) = index();
    assert!(index.claim_native(&native(), &origin("a")));
    assert!(!index.claim_native(&native(), &origin("b")));
    assert!(!index.end_claim(&native(), &origin("b"), None));
    assert!(is_claimed(&index), "it is not theirs to end");
    index.end_claim(&native(), &origin("a"), Some("9"));
    assert!(!index.claim_native(&native(), &origin("b")));
    sees(&index, "n", "9");
    assert!(index.claim_native(&native(), &origin("b")));
    assert!(!index.end_claim(&native(), &origin("b"), None));
    assert!(index.claim_native(&native(), &origin("a")));
}

#[test]
fn a_claim_that_is_not_held_goes_with_its_secret() {
    let (index, mut writer) = index();
    assert!(index.claim_native(&native(), &origin("a")));
    index.end_claim(&native(), &origin("a"), Some("9"));
    let secret = index.secrets.get(&origin("a").key.to_ref()).unwrap();
    writer.apply_watcher_event(&Event::Delete((*secret).clone()));
    index.settle_claims();
    assert!(read(&index.claims).is_empty());
}
