//! A certificate that the administrator gives.

use axum::http::Request;
use kube::api::{Patch, PatchParams};
use rcgen::ExtendedKeyUsagePurpose;
use serde_json::json;
use xtask::probe;

use super::issued::Given;
use super::{aged, natives, told};
use crate::support::{Isolated, Options, eventually, manifest};

/// A cluster whose operator is started with the certificate in this native Secret.
async fn with_certificate(arguments: [&'static str; 2]) -> Isolated {
    Isolated::start(Options {
        arguments: arguments.to_vec(),
        without_operator: true,
        ..Options::default()
    })
    .await
}

/// Waits until the log has told this so many times; returns it.
async fn told_so_often(isolated: &Isolated, what: &str, count: usize) -> String {
    eventually(&format!("{what} is told"), async || {
        let log = isolated.cluster.operator_log();
        let is_told = log.matches(what).count() == count;
        if is_told { Ok(log) } else { Err(log) }
    })
    .await
}

#[tokio::test]
async fn a_certificate_that_is_given_is_shown_and_trusted_and_its_renewal_is_followed() {
    let mut isolated = with_certificate(["--webhook-certificate", "given"]).await;
    let ns = isolated.namespace("given").await;
    for _ in 0..2 {
        let given = Given::good();
        given.put(&isolated, "given").await;
        if isolated.operator.is_none() {
            isolated.start_operator().await;
        }
        eventually("its authority is trusted", async || {
            let (_, bundle) = told(&isolated).await;
            (bundle == given.bundle).then_some(()).ok_or(bundle)
        })
        .await;
        eventually("values are sealed", async || {
            ns.try_apply(&manifest::secret("stripe", "v")).await
        })
        .await;
    }
    let log = ns.cluster.operator_log();
    let is_alarm = |line: &&str| line.contains("WARN") || line.contains("ERROR");
    let alarms = log.lines().filter(is_alarm);
    assert_eq!(alarms.collect::<Vec<_>>(), [""; 0]);
}

#[tokio::test]
async fn what_the_api_server_does_not_take_the_log_explains() {
    let mut isolated = with_certificate(["--webhook-certificate", "given"]).await;
    let ns = isolated.namespace("explains").await;
    Given::good().put(&isolated, "given").await;
    isolated.start_operator().await;
    for (given, why) in [
        (
            Given::from(&aged(&["127.0.0.1".to_owned()], 95)),
            "it has expired",
        ),
        (
            Given::issued(ExtendedKeyUsagePurpose::ClientAuth, 2100),
            "it is not for servers",
        ),
        (
            Given::issued(ExtendedKeyUsagePurpose::ServerAuth, 2020),
            "the authority in its `ca.crt` is not valid at this time",
        ),
    ] {
        given.put(&isolated, "given").await;
        let told = format!("the API server will not take the webhooks' certificate: {why}");
        told_so_often(&isolated, &told, 1).await;
        // It says so itself, in words of its own.
        eventually("it is refused", async || {
            match ns.try_apply(&manifest::secret("stripe", "v")).await {
                Err(said) if said.contains("x509: ") => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
        Given::good().put(&isolated, "given").await;
        eventually("values are sealed", async || {
            ns.try_apply(&manifest::secret("stripe", "v")).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_of_once_until_it_changes() {
    let mut isolated = with_certificate(["--webhook-certificate", "given"]).await;
    let good = Given::good();
    let bad = Given {
        key: Given::good().key,
        ..Given::from(&aged(&["127.0.0.1".to_owned()], 0))
    };
    good.put(&isolated, "given").await;
    isolated.start_operator().await;
    let (wrong, right) = (
        "cannot be used, the former one stays: its `tls.key` is not the key of `tls.crt`",
        "nothing is wrong with the webhooks' certificate any more",
    );
    for round in 1..=2 {
        bad.put(&isolated, "given").await;
        told_so_often(&isolated, wrong, round).await;
        // It is looked at again, and found no better.
        for look in ["a", "b", "c"] {
            let touch = json!({ "metadata": { "annotations": { "look": look } } });
            natives(&isolated)
                .patch("given", &PatchParams::default(), &Patch::Merge(touch))
                .await
                .unwrap();
        }
        good.put(&isolated, "given").await;
        let log = told_so_often(&isolated, right, round).await;
        assert_eq!(log.matches(wrong).count(), round, "{log}");
    }
}

#[tokio::test]
async fn without_a_certificate_what_is_sealed_is_delivered_but_the_replica_is_not_ready() {
    let mut isolated = with_certificate(["--webhook-certificate", "typo-tls"]).await;
    isolated.start_operator_unready().await;
    let ns = isolated.namespace("lacking").await;
    ns.delivered("stripe", b"v").await;
    let health = probe::http(isolated.operator.as_ref().unwrap().metrics_url()).unwrap();
    let request = Request::get("/readyz").body(Vec::new()).unwrap();
    let body = health.request_text(request).await.unwrap_err().to_string();
    let why = "native Secret coffer-system/typo-tls has none that can be used: it does not exist";
    assert!(body.contains(why), "{body}");
    let log = ns.cluster.operator_log();
    assert!(log.contains("typo-tls"), "{log}");
    let said = ns.try_apply(&manifest::secret("plain", "v")).await;
    assert!(said.is_err(), "it is not sealed, so it is not stored");
    // It comes: the replica is ready.
    Given::good().put(&isolated, "typo-tls").await;
    isolated.operator.as_mut().unwrap().ready().await.unwrap();
    eventually("values are sealed", async || {
        ns.try_apply(&manifest::secret("plain", "v")).await
    })
    .await;
}
