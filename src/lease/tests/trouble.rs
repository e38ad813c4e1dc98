//! What must not end in two leaders, nor in none for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::fake::{Api, Fate, Network};
use super::{
    Candidate, Config, DURATION, Duration, Leadership, RENEW_DEADLINE, RETRY, Replica, one_retry,
};

/// A network that works, and one day has another fate.
fn until_told(fate: Fate) -> (Arc<AtomicBool>, Network) {
    let told = Arc::new(AtomicBool::new(false));
    let switch = told.clone();
    let network = move || {
        if told.load(Ordering::Relaxed) {
            fate
        } else {
            Fate::default()
        }
    };
    (switch, Arc::new(network))
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_cut_off_ends_before_another_can_begin() {
    let api = Api::default();
    let (cut, network) = until_told(Fate::SILENCE);
    let mut a = Replica::leading("a", api.client("a", network)).await;
    let mut b = Replica::start("b", api.good_client("b"));
    sleep(Duration::from_secs(31)).await;
    cut.store(true, Ordering::Relaxed);
    let last_word = *api.times("a", &Method::PUT).last().unwrap();
    a.leadership.lost().await;
    assert_eq!(last_word.elapsed().as_secs(), RENEW_DEADLINE.as_secs());
    assert!(!b.leads());
    b.leadership.gained().await;
    assert!(last_word.elapsed() >= DURATION);

    // Back on the network it sees who leads, and stands by.
    cut.store(false, Ordering::Relaxed);
    sleep(DURATION).await;
    assert!(!a.leads() && b.leads());
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_api_server_is_away_for_a_moment_leads_on() {
    let api = Api::default();
    let away = Fate {
        unavailable: true,
        ..Fate::default()
    };
    let (cut, network) = until_told(away);
    let a = Replica::leading("a", api.client("a", network)).await;
    cut.store(true, Ordering::Relaxed);
    sleep(3 * RETRY).await;
    assert!(a.leads());
    cut.store(false, Ordering::Relaxed);
    sleep(RENEW_DEADLINE).await;
    assert!(a.leads());
    assert_eq!(api.spec().lease_transitions, Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_answer_was_lost_is_known_again() {
    let api = Api::default();
    let lost = Fate {
        lost_on_the_way_back: true,
        ..Fate::default()
    };
    let (cut, network) = until_told(lost);
    let a = Replica::leading("a", api.client("a", network)).await;
    let writes = api.times("a", &Method::PUT).len();
    cut.store(true, Ordering::Relaxed);
    one_retry().await;
    cut.store(false, Ordering::Relaxed);
    assert_eq!(api.times("a", &Method::PUT).len(), writes + 1);
    sleep(RENEW_DEADLINE).await;
    assert!(a.leads());
    assert_eq!(api.spec().lease_transitions, Some(0));
}

/// The process is stopped: no task of it runs, and then time is up.
#[tokio::test(start_paused = true)]
async fn a_process_that_was_stopped_does_not_think_that_it_leads() {
    let (until, mut leadership) = Leadership::new();
    until.send_replace(Some(Instant::now() + RENEW_DEADLINE));
    assert!(leadership.is_held());
    tokio::time::advance(RENEW_DEADLINE).await;
    assert!(!leadership.is_held());
    leadership.lost().await;
}

#[tokio::test(start_paused = true)]
async fn of_two_that_take_a_lease_at_once_one_leads() {
    let run_out = json!({ "holderIdentity": "z", "leaseDurationSeconds": 15 });
    for record in [None, Some(run_out)] {
        let api = Api::default();
        if let Some(record) = record {
            api.write(&record);
        }
        // Both read before either writes.
        let slow: Network = Arc::new(|| Fate {
            back: Duration::from_secs(1),
            ..Fate::default()
        });
        let a = Replica::start("a", api.client("a", slow.clone()));
        let b = Replica::start("b", api.client("b", slow));
        sleep(2 * DURATION).await;
        assert_ne!(a.leads(), b.leads());
    }
}

#[tokio::test(start_paused = true)]
async fn a_deleted_lease_is_put_back_by_its_leader() {
    let api = Api::default();
    let a = Replica::leading("a", api.good_client("a")).await;
    let b = Replica::start("b", api.good_client("b"));
    sleep(Duration::from_secs(31)).await;
    api.delete();
    one_retry().await;
    assert_eq!(api.holder().as_deref(), Some("a"));
    sleep(2 * DURATION).await;
    assert!(a.leads() && !b.leads());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_lease_may_have_a_leader_that_does_not_know() {
    let api = Api::default();
    let (cut, network) = until_told(Fate::SILENCE);
    let mut a = Replica::leading("a", api.client("a", network)).await;
    let mut b = Replica::start("b", api.good_client("b"));
    sleep(Duration::from_secs(31)).await;
    cut.store(true, Ordering::Relaxed);
    api.delete();
    let deleted = Instant::now();
    a.leadership.lost().await;
    assert!(!b.leads());
    b.leadership.gained().await;
    assert!(deleted.elapsed() >= DURATION);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_lost_its_lease_does_not_put_a_deleted_one_back() {
    let api = Api::default();
    let (cut, network) = until_told(Fate::SILENCE);
    let mut a = Replica::leading("a", api.client("a", network)).await;
    cut.store(true, Ordering::Relaxed);
    a.leadership.lost().await;
    let mut b = Replica::leading("b", api.good_client("b")).await;
    api.delete();
    cut.store(false, Ordering::Relaxed);
    one_retry().await;
    assert_eq!(api.holder().as_deref(), Some("b"));
    b.leadership.gained().await;
    assert!(!a.leads());
}

#[tokio::test(start_paused = true)]
async fn another_name_in_the_lease_ends_leadership() {
    let api = Api::default();
    let a = Replica::leading("a", api.good_client("a")).await;
    api.write(&json!({ "holderIdentity": "z", "leaseDurationSeconds": 15 }));
    one_retry().await;
    assert!(!a.leads());
    assert_eq!(api.holder().as_deref(), Some("z"));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_makes_no_sense_does_not_keep_everyone_out() {
    for (record, waits) in [
        (json!(null), Duration::ZERO),
        (json!({}), Duration::ZERO),
        (json!({ "holderIdentity": "" }), Duration::ZERO),
        (json!({ "holderIdentity": "z" }), DURATION),
        (
            json!({ "holderIdentity": "z", "leaseDurationSeconds": 0 }),
            DURATION,
        ),
        (
            json!({ "holderIdentity": "z", "leaseDurationSeconds": -5 }),
            DURATION,
        ),
        (
            json!({ "holderIdentity": "z", "leaseDurationSeconds": i32::MAX }),
            Duration::from_mins(5),
        ),
        (
            json!({ "holderIdentity": "", "leaseTransitions": i32::MAX }),
            Duration::ZERO,
        ),
        (
            json!({ "holderIdentity": "", "leaseTransitions": -7 }),
            Duration::ZERO,
        ),
    ] {
        let api = Api::default();
        api.write(&record);
        let begun = Instant::now();
        let b = Replica::leading("b", api.good_client("b")).await;
        assert!(begun.elapsed() >= waits, "{record}");
        assert!(begun.elapsed() <= waits + RETRY, "{record}");
        assert!(api.spec().lease_transitions >= Some(0), "{record}");
        drop(b);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_candidate_leads_no_longer_than_it_knows() {
    let api = Api::default();
    let a = Replica::leading("a", api.good_client("a")).await;
    let mut leadership = a.leadership.clone();
    drop(a);
    leadership.lost().await;
    sleep(RENEW_DEADLINE).await;
    assert!(!leadership.is_held());
}

#[test]
fn periods_with_which_two_could_lead_are_refused() {
    let good = Config::new("coffer-system", "coffer", "a");
    let seconds = Duration::from_secs;
    for (duration, renew_deadline, retry) in [
        (seconds(10), seconds(10), seconds(2)),
        (Duration::from_millis(15_500), seconds(10), seconds(2)),
        (seconds(301), seconds(10), seconds(2)),
        (seconds(15), seconds(10), seconds(6)),
        (seconds(15), seconds(10), Duration::ZERO),
    ] {
        let config = Config {
            duration,
            renew_deadline,
            retry,
            ..good.clone()
        };
        assert!(
            Candidate::new(config).is_err(),
            "{duration:?} {renew_deadline:?} {retry:?}"
        );
    }
    assert!(Candidate::new(good).is_ok());
}
