//! A replica that the API server asks before the one whose webhooks are registered.

use axum::http::Request;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::Api;
use kube::api::{DeleteParams, ObjectMeta, PostParams};
use serde_json::json;
use xtask::operator::Operator;
use xtask::probe;

use crate::support::{Isolated, Namespace, eventually};

/// Comes before `coffer`, which finds nothing left to seal.
const NAME: &str = "a-replica";

/// It, and what it says that it did.
pub(in crate::admission) struct Asked<'a> {
    operator: &'a Operator,
    configurations: Api<MutatingWebhookConfiguration>,
}

impl<'a> Asked<'a> {
    /// Has the API server ask this replica first, and waits until it does. Outside a cluster there is no Service to
    /// spread what is asked over all replicas: only the leader's address is registered, and this one's besides.
    pub(in crate::admission) async fn first(
        isolated: &Isolated,
        ns: &Namespace,
        operator: &'a Operator,
    ) -> Self {
        let configurations: Api<MutatingWebhookConfiguration> =
            Api::all(isolated.cluster.client.clone());
        let mut configuration = configurations.get("coffer").await.unwrap();
        configuration.metadata = ObjectMeta {
            name: Some(NAME.to_owned()),
            ..ObjectMeta::default()
        };
        for webhook in configuration.webhooks.iter_mut().flatten() {
            let url = webhook.client_config.url.as_mut().unwrap();
            let (_, path) = url.trim_start_matches("https://").split_once('/').unwrap();
            *url = format!("{}/{path}", operator.webhooks_url());
        }
        configurations
            .create(&PostParams::default(), &configuration)
            .await
            .unwrap();
        let asked = Self {
            operator,
            configurations,
        };
        let before = asked.sealed().await;
        let secret = json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "metadata": { "name": "asked" },
            "spec": { "storeRef": { "name": "vault" }, "data": { "value": { "value": "v" } } },
        });
        eventually("it is asked", async || {
            ns.judge(&secret).await?;
            let is_asked = asked.sealed().await > before;
            is_asked.then_some(()).ok_or_else(|| "not yet".to_owned())
        })
        .await;
        asked
    }

    /// How many reviews it sealed something in.
    pub(in crate::admission) async fn sealed(&self) -> u64 {
        sealed(self.operator).await
    }

    /// Has the API server ask it no more.
    pub(in crate::admission) async fn no_more(self) {
        let params = DeleteParams::default();
        self.configurations.delete(NAME, &params).await.unwrap();
    }
}

/// How many reviews of the webhook `seal` this replica has answered.
pub(super) async fn sealed(operator: &Operator) -> u64 {
    let client = probe::http(operator.metrics_url()).unwrap();
    let request = Request::get("/metrics").body(Vec::new()).unwrap();
    let metrics = client.request_text(request).await.unwrap();
    metrics
        .lines()
        .filter(|line| line.starts_with("coffer_admission_reviews_total{webhook=\"seal\""))
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
        .sum()
}
