//! The label that comes while a native Secret is being made.

use std::net::TcpListener;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration as Webhooks;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;

use super::{OUTSIDE, env, furnish, label, lists, pod, refused, scoped};
use crate::support::{Isolated, Namespace, Options, eventually};

/// Has whoever makes a native Secret in the namespace wait for an answer that does not come, until this is dropped.
struct Held {
    asked: TcpListener,
    calls: Vec<std::net::TcpStream>,
}

impl Held {
    async fn of(ns: &Namespace) -> Self {
        let asked = TcpListener::bind("127.0.0.1:0").unwrap();
        asked.set_nonblocking(true).unwrap();
        let url = format!("https://{}", asked.local_addr().unwrap());
        let webhook = json!({
            "name": "held.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "failurePolicy": "Ignore", "timeoutSeconds": 30, "clientConfig": { "url": url },
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": ns.name } },
            "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"] }],
        });
        let webhooks = json!({ "metadata": { "name": "held" }, "webhooks": [webhook] });
        let webhooks = serde_json::from_value(webhooks).unwrap();
        let api: Api<Webhooks> = Api::all(ns.cluster.client.clone());
        api.create(&PostParams::default(), &webhooks).await.unwrap();
        let held = Self {
            asked,
            calls: Vec::new(),
        };
        held.is_in_force(ns).await;
        held
    }

    /// Whom it concerns is asked about at once; who is not, is answered.
    async fn is_in_force(&self, ns: &Namespace) {
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let probe = serde_json::from_value(json!({ "metadata": { "name": "probe" } })).unwrap();
        eventually("the webhook is asked", async || {
            let natives = ns.natives();
            tokio::select! {
                _ = natives.create(&dry_run, &probe) => Err("not yet"),
                () = self.was_asked() => Ok(()),
            }
        })
        .await;
    }

    async fn was_asked(&self) {
        // The call that comes is dropped, which is an answer.
        while self.asked.accept().is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Waits until someone waits.
    async fn holds(&mut self) {
        let call = eventually("a native Secret is to be made", async || {
            self.asked.accept().map_err(|error| error.to_string())
        })
        .await;
        self.calls.push(call.0);
    }
}

#[tokio::test]
async fn the_first_policy_lists_what_is_being_made_when_the_label_comes() {
    let isolated = Isolated::start(Options::default()).await;
    let ns = isolated.namespace("pods").await;
    furnish(&ns).await;
    let mut held = Held::of(&ns).await;
    ns.apply(&scoped("stripe", "[checkout]")).await;
    held.holds().await;
    label(&ns, "=enforce").await;
    lists(&ns, &["stripe"]).await;
    assert!(ns.natives().get_opt("stripe").await.unwrap().is_none());
    refused(&ns, &pod(OUTSIDE, &env("stripe"))).await;
    let webhooks: Api<Webhooks> = Api::all(ns.cluster.client.clone());
    let params = DeleteParams::default();
    webhooks.delete("held", &params).await.unwrap();
    drop(held);
    ns.ready("stripe").await;
    lists(&ns, &["stripe"]).await;
}
