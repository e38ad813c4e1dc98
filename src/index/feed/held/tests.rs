use super::*;
use crate::policy::requests;

fn ask(of: &str, types: &str) -> Option<Ask> {
    let pairs = [
        ("coffer.dev/consume", of),
        ("coffer.dev/consume-types", types),
    ];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let (requests, _) = requests::read(&pairs.into())?;
    Some((requests, Asker::default()))
}

fn web() -> ObjectKey {
    ObjectKey::new("shop", "web")
}

/// Lets the account ask for these in turn; says how often that counted, and what it has in the end.
fn turns(held: &Held, asks: &[Option<Ask>], times: usize, now: Instant) -> (u32, Option<Ask>) {
    let (mut has, mut count): (Option<Ask>, _) = (None, 0);
    for ask in asks.iter().cycle().take(times) {
        let known = has.as_ref().map(|(requests, _)| requests);
        let admitted = held.admit(&web(), known, ask.clone(), now);
        count += u32::from(admitted != has);
        has = admitted;
    }
    (count, has)
}

#[test]
fn types_that_change_without_end_count_ten_times_and_then_once_in_a_while() {
    let (held, start) = (Held::default(), Instant::now());
    let asks = ["Opaque", "kubernetes.io/tls"].map(|types| ask("team-a/vault", types));
    let (count, has) = turns(&held, &asks, 1000, start);
    assert_eq!((count, &has), (AT_ONCE + 1, &asks[0]));
    assert!(held.due(start + INTERVAL / 2).is_empty());
    let due = held.due(start + INTERVAL);
    assert_eq!(
        due.into_values().map(Some).collect::<Vec<_>>(),
        [asks[1].clone()]
    );
    // And not twice.
    let known = asks[1].as_ref().map(|(requests, _)| requests);
    let again = held.admit(&web(), known, asks[0].clone(), start + INTERVAL);
    assert_eq!(again, asks[1]);
}

#[test]
fn what_is_taken_back_is_so_at_once_and_what_is_asked_for_again_waits() {
    let (held, now) = (Held::default(), Instant::now());
    let both = ask("team-a/vault, team-b/vault", "");
    let (count, has) = turns(&held, &[both.clone(), None], 1000, now);
    assert_eq!((count, has), (2 * AT_ONCE, None));
    let known = both.as_ref().map(|(requests, _)| requests);
    let less = held.admit(&web(), known, ask("team-b/vault, team-c/vault", ""), now);
    assert_eq!(less, ask("team-b/vault", ""));
    assert_eq!(held.admit(&web(), known, None, now), None);
    assert!(
        held.due(now + INTERVAL * 2).is_empty(),
        "it wants nothing any more"
    );
}

#[test]
fn a_namespace_waits_for_itself_alone_and_those_who_only_come_for_nobody() {
    let (held, now) = (Held::default(), Instant::now());
    let wanted = ask("team-a/vault", "");
    turns(&held, &[wanted.clone(), None], 100, now);
    let of = |namespace: &str, name: &str| {
        held.admit(&ObjectKey::new(namespace, name), None, wanted.clone(), now)
    };
    assert_eq!(of("shop", "other"), None);
    for number in 0..1000 {
        assert_eq!(of("bazaar", &number.to_string()), wanted);
    }
}

#[test]
fn many_that_go_together_have_those_who_come_wait_once() {
    let (held, now) = (Held::default(), Instant::now());
    let wanted = ask("team-a/vault", "");
    let known = wanted.as_ref().map(|(requests, _)| requests);
    for number in 0..1000 {
        let account = ObjectKey::new("shop", &number.to_string());
        held.admit(&account, known, None, now);
    }
    for number in 0..1000 {
        let account = ObjectKey::new("shop", &number.to_string());
        assert_eq!(held.admit(&account, None, wanted.clone(), now), None);
    }
    assert_eq!(held.due(now + INTERVAL).len(), 1000);
}

/// One account takes back and asks again every 20 seconds, for good; another one asks once.
#[test]
fn what_is_taken_back_without_end_keeps_nobody_waiting_for_ever() {
    let (held, start) = (Held::default(), Instant::now());
    let wanted = ask("team-a/vault", "");
    let known = wanted.as_ref().map(|(requests, _)| requests);
    turns(&held, &[wanted.clone(), None], 100, start);
    let other = ObjectKey::new("shop", "other");
    assert_eq!(held.admit(&other, None, wanted.clone(), start), None);
    let (mut released, mut came) = (0, false);
    for turn in 1..=30 {
        let now = start + turn * Duration::from_secs(20);
        let due = held.due(now);
        came |= due.contains_key(&other);
        released += u32::from(!due.is_empty());
        held.admit(&web(), known, None, now);
        held.admit(&web(), None, wanted.clone(), now);
    }
    assert!(came);
    // And no more often than it says: in 600 seconds, at most every second time of 20.
    assert_eq!(released, 15);
}
