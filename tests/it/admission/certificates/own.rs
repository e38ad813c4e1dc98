//! The operator's own certificate: made, renewed, and made anew when it is lost.

use coffer::admission::identity::{Identity, SPREAD, advance};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::super::stripe;
use super::{NAME, aged, identity, natives, put, told};
use crate::support::{Canary, Isolated, Options, eventually, manifest};

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
