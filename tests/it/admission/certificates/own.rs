//! The webhooks' certificates: made, shared, renewed, or given.

use axum::http::Request;
use coffer::admission::identity::{Identity, SPREAD, advance};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use xtask::probe;

use super::stripe;
use crate::support::{Canary, Isolated, Options, eventually, manifest};

const NAME: &str = "coffer-webhook-identity";

fn natives(isolated: &Isolated) -> Api<core::Secret> {
    Api::namespaced(isolated.cluster.client.clone(), "coffer-system")
}

async fn identity(isolated: &Isolated) -> Identity {
    let native = natives(isolated).get(NAME).await.unwrap();
    serde_json::from_slice(&crate::support::bytes(&native, "identity.json")).unwrap()
}

async fn put(isolated: &Isolated, identity: &Identity) {
    let json = ByteString(serde_json::to_vec(identity).unwrap());
    let patch = json!({ "data": { "identity.json": json } });
    natives(isolated)
        .patch(NAME, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap();
}

/// What the API server is told of the webhook that seals: address and trusted certificates.
async fn told(isolated: &Isolated) -> (String, String) {
    let api: Api<MutatingWebhookConfiguration> = Api::all(isolated.cluster.client.clone());
    let webhooks = api.get("coffer").await.unwrap().webhooks.unwrap();
    let config = webhooks[0].client_config.clone();
    let bundle = String::from_utf8(config.ca_bundle.unwrap().0).unwrap();
    (config.url.unwrap(), bundle)
}

/// An identity as it would be by now, had it been made so long ago and not looked after since.
fn aged(names: &[String], days: i64) -> Identity {
    let made = Timestamp::now() - SignedDuration::from_hours(24 * days);
    advance(None, names, made).unwrap().unwrap()
}

#[tokio::test]
async fn a_certificate_that_runs_out_is_renewed_while_values_go_on_being_sealed() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("renewed").await;
    ns.store("vault", "{}").await;
    let names = identity(&isolated).await.serving.names;
    let old = aged(&names, 85);
    put(&isolated, &old).await;
    let renewed = eventually("the certificate is renewed", async || {
        let now = identity(&isolated).await;
        let is_new = now.serving.certificate != old.serving.certificate;
        is_new.then_some(now).ok_or("it is the old one")
    })
    .await;
    assert_eq!(renewed.authorities, old.authorities);
    assert_eq!(renewed.paths.len(), 2, "the former path is still served");
    eventually("the API server trusts the authority", async || {
        let (_, bundle) = told(&isolated).await;
        (bundle == renewed.bundle()).then_some(()).ok_or(bundle)
    })
    .await;
    eventually("values are sealed", async || {
        ns.try_apply(&manifest::secret("stripe", "v")).await
    })
    .await;
    // The new path is not told before every replica can have heard of it.
    let (url, _) = told(&isolated).await;
    assert!(url.contains(&renewed.paths[0].token));
}

#[tokio::test]
async fn an_authority_that_runs_out_is_taken_over_from() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("authority").await;
    ns.store("vault", "{}").await;
    let names = identity(&isolated).await.serving.names;
    // An authority two thirds through its life, that of a certificate made just now.
    let made = Timestamp::now() - SignedDuration::from_hours(24 * 600);
    let old = advance(None, &names, made).unwrap().unwrap();
    put(&isolated, &old).await;
    let both = eventually("there are two authorities", async || {
        let now = identity(&isolated).await;
        (now.authorities.len() == 2).then_some(now).ok_or("one")
    })
    .await;
    assert_eq!(both.serving.authority, old.authorities[0].name);
    // The new one has spread: as if five minutes were over.
    let mut later = both.clone();
    for authority in &mut later.authorities {
        authority.made -= SPREAD;
    }
    put(&isolated, &later).await;
    let newest = later.authorities[1].name.clone();
    eventually("the new authority issues", async || {
        let now = identity(&isolated).await.serving.authority;
        (now == newest).then_some(()).ok_or(now)
    })
    .await;
    eventually("values are sealed", async || {
        ns.try_apply(&manifest::secret("stripe", "v")).await
    })
    .await;
}

#[tokio::test]
async fn an_identity_that_is_lost_or_damaged_is_made_anew() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("lost").await;
    ns.store("vault", "{}").await;
    let before = identity(&isolated).await;
    let natives = natives(&isolated);
    natives
        .delete(NAME, &kube::api::DeleteParams::default())
        .await
        .unwrap();
    let made = eventually("it is made anew", async || {
        match natives.get_opt(NAME).await.unwrap() {
            Some(_) => Ok(identity(&isolated).await),
            None => Err("it is gone"),
        }
    })
    .await;
    assert_ne!(made.serving.certificate, before.serving.certificate);
    let damage = json!({ "data": { "identity.json": "AAAA" } });
    natives
        .patch(NAME, &PatchParams::default(), &Patch::Merge(damage))
        .await
        .unwrap();
    eventually("it is put right", async || {
        let native = natives.get(NAME).await.unwrap();
        serde_json::from_slice::<Identity>(&crate::support::bytes(&native, "identity.json"))
    })
    .await;
    eventually("values are sealed", async || {
        ns.try_apply(&manifest::secret("stripe", "v")).await
    })
    .await;
}

#[tokio::test]
async fn a_webhook_configuration_that_someone_changed_is_put_right() {
    let isolated = Isolated::start(Options::default()).await;
    let (ns, canary) = (isolated.namespace("changed").await, Canary::new());
    ns.store("vault", "{}").await;
    let before = told(&isolated).await;
    let api: Api<MutatingWebhookConfiguration> = Api::all(isolated.cluster.client.clone());
    let patch = json!({ "webhooks": [{
        "name": "seal.secrets.coffer.dev", "clientConfig": { "caBundle": null, "url": "https://127.0.0.1:1/x" },
    }] });
    api.patch("coffer", &PatchParams::default(), &Patch::Strategic(patch))
        .await
        .unwrap();
    eventually("it is put right", async || {
        let api = api.get("coffer").await.unwrap().webhooks.unwrap();
        let url = api[0].client_config.url.clone().unwrap_or_default();
        (url == before.0).then_some(()).ok_or(url)
    })
    .await;
    eventually("values are sealed", async || {
        ns.try_apply(&stripe(&canary)).await
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_is_given_is_shown_and_trusted_and_its_renewal_is_followed() {
    let mut isolated = Isolated::start(Options {
        arguments: vec!["--webhook-certificate", "given"],
        without_operator: true,
        ..Options::default()
    })
    .await;
    let ns = isolated.namespace("given").await;
    let names = ["127.0.0.1".to_owned()];
    let natives = natives(&isolated);
    let tls = |identity: &Identity| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": { "name": "given" },
            "stringData": {
                "tls.crt": identity.serving.certificate,
                "tls.key": identity.serving.key.expose(),
                "ca.crt": identity.bundle(),
            },
        })
    };
    let mut given = aged(&names, 0);
    for _ in 0..2 {
        natives
            .patch(
                "given",
                &PatchParams::apply("cert-manager").force(),
                &Patch::Apply(tls(&given)),
            )
            .await
            .unwrap();
        if isolated.operator.is_none() {
            isolated.start_operator().await;
        }
        eventually("its authority is trusted", async || {
            let (_, bundle) = told(&isolated).await;
            (bundle == given.bundle()).then_some(()).ok_or(bundle)
        })
        .await;
        eventually("values are sealed", async || {
            ns.try_apply(&manifest::secret("stripe", "v")).await
        })
        .await;
        given = aged(&names, 0);
    }
    let params = PatchParams::apply("cert-manager").force();
    let expired = Patch::Apply(tls(&aged(&names, 95)));
    natives.patch("given", &params, &expired).await.unwrap();
    eventually("the log says why it is not taken", async || {
        let log = ns.cluster.operator_log();
        let why = "the API server will not take the webhooks' certificate: it has expired";
        log.contains(why).then_some(()).ok_or(log)
    })
    .await;
}

#[tokio::test]
async fn without_a_certificate_what_is_sealed_is_delivered_but_the_replica_is_not_ready() {
    let mut isolated = Isolated::start(Options {
        arguments: vec!["--webhook-certificate", "typo-tls"],
        without_operator: true,
        ..Options::default()
    })
    .await;
    isolated.start_operator_unready().await;
    let ns = isolated.namespace("lacking").await;
    ns.delivered("stripe", b"v").await;
    let health = probe::http(isolated.operator.as_ref().unwrap().metrics_url()).unwrap();
    let request = Request::get("/readyz").body(Vec::new()).unwrap();
    let body = health.request_text(request).await.unwrap_err().to_string();
    assert!(body.contains("coffer-system/typo-tls"), "{body}");
    let log = ns.cluster.operator_log();
    assert!(log.contains("typo-tls"), "{log}");
    let said = ns.try_apply(&manifest::secret("plain", "v")).await;
    assert!(said.is_err(), "it is not sealed, so it is not stored");
    // It comes: the replica is ready.
    let given = aged(&["127.0.0.1".to_owned()], 0);
    let tls = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": { "name": "typo-tls" },
        "stringData": {
            "tls.crt": given.serving.certificate,
            "tls.key": given.serving.key.expose(),
            "ca.crt": given.bundle(),
        },
    });
    let params = PatchParams::apply("cert-manager").force();
    natives(&isolated)
        .patch("typo-tls", &params, &Patch::Apply(tls))
        .await
        .unwrap();
    isolated.operator.as_mut().unwrap().ready().await.unwrap();
    eventually("values are sealed", async || {
        ns.try_apply(&manifest::secret("plain", "v")).await
    })
    .await;
}
