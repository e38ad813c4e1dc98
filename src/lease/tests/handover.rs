//! How leadership begins, goes on, and passes on.

use axum::http::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::fake::Api;
use super::{Config, DURATION, Duration, RETRY, Replica, one_retry};

#[tokio::test(start_paused = true)]
async fn the_first_candidate_leads_at_once() {
    let api = Api::default();
    let start = Instant::now();
    let a = Replica::leading("a", api.good_client("a")).await;
    assert!(a.leads() && start.elapsed() < Duration::from_millis(10));
    let spec = api.spec();
    assert_eq!(spec.holder_identity.as_deref(), Some("a"));
    assert_eq!(spec.lease_duration_seconds, Some(15));
    assert_eq!(spec.lease_transitions, Some(0));
    assert!(spec.acquire_time.is_some() && spec.renew_time.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_leader_writes_once_in_a_retry_and_reads_nothing() {
    let api = Api::default();
    let _a = Replica::leading("a", api.good_client("a")).await;
    sleep(RETRY * 100).await;
    assert!((99..=101).contains(&api.times("a", &Method::PUT).len()));
    assert_eq!(api.times("a", &Method::GET).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_standby_reads_about_once_in_a_retry_and_writes_nothing() {
    let api = Api::default();
    let _a = Replica::leading("a", api.good_client("a")).await;
    let b = Replica::start("b", api.good_client("b"));
    sleep(RETRY * 100).await;
    assert!(!b.leads());
    assert!((99..=126).contains(&api.times("b", &Method::GET).len()));
    assert!(api.times("b", &Method::PUT).is_empty() && api.times("b", &Method::POST).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_ran_out_is_taken_over_and_not_before() {
    let api = Api::default();
    let a = Replica::leading("a", api.good_client("a")).await;
    let mut b = Replica::start("b", api.good_client("b"));
    sleep(Duration::from_secs(31)).await;
    let acquired = api.spec().acquire_time;
    drop(a);
    let last_word = *api.times("a", &Method::PUT).last().unwrap();
    b.leadership.gained().await;
    let waited = last_word.elapsed();
    assert!(waited >= DURATION, "{waited:?}");
    // It saw the last change up to one retry late, and looks again up to one retry late.
    assert!(waited <= DURATION + 2 * RETRY, "{waited:?}");
    let spec = api.spec();
    assert_eq!(spec.holder_identity.as_deref(), Some("b"));
    assert_eq!(spec.lease_transitions, Some(1));
    assert!(spec.acquire_time.is_some() && spec.acquire_time != acquired);
}

#[tokio::test(start_paused = true)]
async fn a_released_lease_is_taken_within_one_retry() {
    let api = Api::default();
    let a = Replica::leading("a", api.good_client("a")).await;
    let b = Replica::start("b", api.good_client("b"));
    sleep(Duration::from_secs(31)).await;
    a.release().await;
    assert_eq!(api.holder(), None);
    one_retry().await;
    assert!(b.leads());
    assert_eq!(api.spec().lease_transitions, Some(1));
}

#[tokio::test(start_paused = true)]
async fn leadership_ends_before_the_lease_is_given_back() {
    let api = Api::default();
    let slow = std::sync::Arc::new(|| super::fake::Fate {
        there: Duration::from_millis(300),
        ..super::fake::Fate::default()
    });
    let a = Replica::leading("a", api.client("a", slow)).await;
    a.release.cancel();
    sleep(Duration::from_millis(100)).await;
    assert_eq!((a.leads(), api.holder()), (false, Some("a".to_owned())));
    sleep(Duration::from_millis(300)).await;
    assert_eq!(api.holder(), None);
}

#[tokio::test(start_paused = true)]
async fn a_standby_that_ends_writes_nothing() {
    let api = Api::default();
    let a = Replica::leading("a", api.good_client("a")).await;
    let b = Replica::start("b", api.good_client("b"));
    one_retry().await;
    b.release().await;
    assert!(api.times("b", &Method::PUT).is_empty() && api.times("b", &Method::POST).is_empty());
    assert_eq!(api.holder(), Some("a".to_owned()));
    assert!(a.leads());
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_the_record_does_not_count() {
    for renewed in ["1970-01-01T00:00:00.000000Z", "2100-01-01T00:00:00.000000Z"] {
        let api = Api::default();
        api.write(&json!({
            "holderIdentity": "z", "leaseDurationSeconds": 15, "renewTime": renewed,
        }));
        let b = Replica::start("b", api.good_client("b"));
        sleep(Duration::from_millis(14_999)).await;
        assert!(!b.leads(), "{renewed}");
        one_retry().await;
        assert!(b.leads(), "{renewed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_duration_is_that_of_the_holder() {
    let api = Api::default();
    api.write(&json!({ "holderIdentity": "z", "leaseDurationSeconds": 60 }));
    let b = Replica::start("b", api.good_client("b"));
    sleep(Duration::from_millis(59_999)).await;
    assert!(!b.leads());
    one_retry().await;
    assert!(b.leads());
}

#[tokio::test(start_paused = true)]
async fn a_label_on_the_lease_is_no_sign_of_life() {
    let api = Api::default();
    api.write(&json!({ "holderIdentity": "z", "leaseDurationSeconds": 15 }));
    let b = Replica::start("b", api.good_client("b"));
    sleep(Duration::from_secs(14)).await;
    api.label();
    sleep(Duration::from_secs(1)).await;
    one_retry().await;
    assert!(b.leads());
}

#[test]
fn two_processes_of_one_name_are_not_one_candidate() {
    let identity = || Config::new("coffer-system", "coffer", "coffer-0").identity;
    assert_ne!(identity(), identity());
}
