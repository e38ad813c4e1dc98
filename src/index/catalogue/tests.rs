use kube::runtime::reflector::{self, store::Writer};
use kube::runtime::watcher::Event;

use super::*;
use crate::api::{Secret, SecretStore};
use crate::index::Index;

fn secret(name: &str, store: &str, second: u32, id: &str) -> Secret {
    let uid = Uuid::new_v4();
    serde_yaml::from_str(&format!(
        "metadata: {{name: {name}, namespace: team, uid: '{uid}', creationTimestamp: '2026-01-01T00:00:{second:02}Z', labels: {{coffer.dev/id: '{id}'}}}}\nspec: {{storeRef: {{name: {store}}}}}\n"
    ))
    .unwrap()
}

fn hex(number: u32) -> String {
    format!("{number:032x}")
}

fn index() -> (Index, Writer<Secret>) {
    let (secrets, writer) = reflector::store();
    let (stores, _) = reflector::store::<SecretStore>();
    (Index::new(secrets, stores), writer)
}

fn put(index: &Index, writer: &mut Writer<Secret>, secret: &Secret) {
    writer.apply_watcher_event(&Event::Apply(secret.clone()));
    index.list(secret, false);
}

fn names(index: &Index, range: Range<usize>) -> Vec<String> {
    let part = index.part::<Secret>(&ObjectKey::new("team", "s"), range);
    let names = part.iter().map(|secret| secret.metadata.name.clone());
    names.flatten().collect()
}

#[test]
fn a_store_has_its_secrets_in_the_order_in_which_they_were_made() {
    let (index, mut writer) = index();
    for (name, store, second, id) in [
        ("c", "s", 2, 30),
        ("b", "s", 1, 20),
        ("a", "s", 1, 10),
        ("x", "other", 1, 5),
    ] {
        put(&index, &mut writer, &secret(name, store, second, &hex(id)));
    }
    assert_eq!(names(&index, 0..9), ["a", "b", "c"]);
    assert_eq!(names(&index, 1..2), ["b"]);
    assert!(names(&index, 3..5).is_empty() && names(&index, 9..12).is_empty());
    index.list_all::<Secret>();
    assert_eq!(names(&index, 0..9), ["a", "b", "c"], "from a list as well");
    assert_eq!(index.listed::<Secret>(&ObjectKey::new("team", "s")), 3);
}

/// Those of one request are written at the same time, and a second may end between them.
#[test]
fn an_identifier_says_more_of_the_time_than_the_object() {
    let (index, mut writer) = index();
    let of = |millisecond: i64, number: u128| {
        let began: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let time = u128::try_from(began.as_millisecond() + millisecond).unwrap();
        format!("{:032x}", time << 80 | 0x7000_8000_0000_0000_0000 | number)
    };
    for (name, second, id) in [
        ("first", 2, of(1999, 1)),
        ("second", 1, of(1999, 2)),
        ("third", 2, of(2001, 0)),
        // Not of its object: of last week, or of next.
        ("restored", 5, of(-600_000_000, 9)),
        ("forged", 6, of(600_000_000, 9)),
    ] {
        put(&index, &mut writer, &secret(name, "s", second, &id));
    }
    assert_eq!(
        names(&index, 0..9),
        ["first", "second", "third", "restored", "forged"]
    );
}

#[test]
fn who_goes_or_goes_to_another_store_is_not_listed_any_more() {
    let (index, mut writer) = index();
    let all = [("a", 1), ("b", 2), ("c", 3)].map(|(name, id)| secret(name, "s", 1, &hex(id)));
    for secret in &all {
        put(&index, &mut writer, secret);
    }
    index.list(&all[0], true);
    let mut moved = all[1].clone();
    moved.spec.store_ref.name = "other".to_owned();
    put(&index, &mut writer, &moved);
    let mut going = all[2].clone();
    going.metadata.deletion_timestamp = going.metadata.creation_timestamp.clone();
    put(&index, &mut writer, &going);
    assert!(names(&index, 0..9).is_empty());
    assert!(index.by_id::<Secret>("team", &hex(1)).is_none());
    assert!(index.by_id::<Secret>("team", &hex(3)).is_none());
    let found = index.by_id::<Secret>("team", &hex(2)).unwrap();
    assert_eq!(found.spec.store_ref.name, "other");
    index.list(&moved, true);
    let catalogue = crate::index::read(&index.secret_catalogue);
    let is_empty = catalogue.by_object.is_empty() && catalogue.within.is_empty();
    assert!(is_empty && catalogue.by_id.is_empty(), "nothing is left");
}

/// Whoever can create Secrets can copy the label of another.
#[test]
fn of_two_with_one_identifier_the_older_is_meant() {
    let (index, mut writer) = index();
    for (name, second) in [("copy", 5), ("first", 1), ("late", 9)] {
        put(&index, &mut writer, &secret(name, "s", second, &hex(7)));
    }
    let found = index.by_id::<Secret>("team", &hex(7)).unwrap();
    assert_eq!(found.metadata.name.as_deref(), Some("first"));
    index.list(&*found, true);
    let found = index.by_id::<Secret>("team", &hex(7)).unwrap();
    assert_eq!(found.metadata.name.as_deref(), Some("copy"));
}

#[test]
fn an_identifier_is_found_only_as_it_is_written_and_in_its_namespace() {
    let (index, mut writer) = index();
    let id = "0123456789abcdef0123456789abcdef";
    put(&index, &mut writer, &secret("a", "s", 1, id));
    assert!(index.by_id::<Secret>("team", id).is_some());
    let dashed = "01234567-89ab-cdef-0123-456789abcdef";
    for wrong in [&id.to_uppercase(), dashed, "", "x", &id[1..], "../a"] {
        assert!(index.by_id::<Secret>("team", wrong).is_none(), "{wrong}");
    }
    assert!(index.by_id::<Secret>("other", id).is_none());
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_told_of_what_comes_and_gives_up_in_time() {
    use std::time::Duration;
    let (index, mut writer) = index();
    let look = |index: &Index| index.by_id::<Secret>("team", &hex(1));
    let waiting = index.until(Duration::from_secs(5), look);
    let coming = async { put(&index, &mut writer, &secret("a", "s", 1, &hex(1))) };
    let (found, ()) = tokio::join!(waiting, coming);
    assert!(found.is_some());
    let never = index.until(Duration::from_secs(5), |_| None::<()>).await;
    assert!(never.is_none());
}
