//! Everything that is rotated changes while values go on being applied: nobody notices.

mod clients;
mod heard;

use coffer::admission::identity::{Identity, SPREAD};
use jiff::SignedDuration;

use self::clients::Stream;
use self::heard::{heard, missed};
use super::wire::{Wire, first};
use super::{identity, pass, told};
use crate::support::{Isolated, Namespace, Options, eventually};

/// Waits until the API server is told of what is stored, has heard of it, and values have been applied by it.
async fn settled(
    isolated: &Isolated,
    ns: &Namespace,
    stream: &mut Stream,
    path: usize,
) -> Identity {
    let now = identity(isolated).await;
    eventually("the API server is told", async || {
        let (url, bundle) = told(isolated).await;
        let is_told = bundle == now.bundle() && url.contains(&now.paths[path].token);
        is_told.then_some(()).ok_or(url)
    })
    .await;
    heard(ns).await;
    stream.goes_on().await;
    now
}

/// Lets time pass, and waits until what is stored has become so.
async fn later(
    isolated: &Isolated,
    time: SignedDuration,
    what: &str,
    is_so: impl Fn(&Identity) -> bool,
) {
    pass(isolated, time).await;
    eventually(what, async || {
        let now = identity(isolated).await;
        is_so(&now).then_some(()).ok_or_else(|| format!("{now:?}"))
    })
    .await;
}

#[tokio::test]
async fn certificate_authority_and_path_change_under_a_stream_of_applies_and_nobody_notices() {
    let isolated = Isolated::start(Options::default()).await;
    let (ns, day) = (
        isolated.namespace("stream").await,
        SignedDuration::from_hours(24),
    );
    ns.store("vault", "{}").await;
    let operator = isolated.operator.as_ref().unwrap();
    let missed_before = missed(&ns).await;
    let mut stream = Stream::start(&ns);
    stream.goes_on().await;
    let made = identity(&isolated).await;
    let mut wire = Wire::open(operator, &made.bundle()).unwrap();
    wire.begin();

    // The certificate, and with it the path: told later, and the former one dropped later still.
    later(&isolated, day * 61, "the certificate is renewed", |now| {
        now.serving.certificate != made.serving.certificate && now.paths.len() == 2
    })
    .await;
    let renewed = settled(&isolated, &ns, &mut stream, 0).await;
    eventually("it is shown", async || {
        let shown = Wire::open(operator, &renewed.bundle())?;
        let is_new = *shown.shown() == *first(&renewed.serving.certificate);
        is_new
            .then_some(())
            .ok_or_else(|| "the former one is".to_owned())
    })
    .await;
    // What was under way goes on, and the connection stays.
    wire.finish();
    wire.begin();
    pass(&isolated, SPREAD).await;
    settled(&isolated, &ns, &mut stream, 1).await;
    wire.finish();
    wire.begin();
    later(&isolated, SPREAD, "the former path is dropped", |now| {
        now.paths.len() == 1
    })
    .await;
    settled(&isolated, &ns, &mut stream, 0).await;

    // The authority: trusted, then issuing, then alone.
    later(&isolated, day * 430, "there is another authority", |now| {
        now.authorities.len() == 2
    })
    .await;
    let both = settled(&isolated, &ns, &mut stream, 0).await;
    let newest = both.authorities[1].name.clone();
    wire.finish();
    wire.begin();
    later(&isolated, SPREAD, "the new authority issues", |now| {
        now.serving.authority == newest && now.authorities.len() == 2
    })
    .await;
    settled(&isolated, &ns, &mut stream, 1).await;
    later(&isolated, SPREAD, "the new authority is alone", |now| {
        now.authorities.len() == 1
    })
    .await;
    let alone = settled(&isolated, &ns, &mut stream, 1).await;
    assert!(
        Wire::open(operator, &made.bundle()).is_err(),
        "nothing of the former is shown"
    );
    Wire::open(operator, &alone.bundle()).unwrap();

    wire.finish();
    stream.stop().await;
    assert_eq!(missed(&ns).await, missed_before);
}
