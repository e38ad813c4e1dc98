//! The namespaces of a few teams, and what each change does there.

use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::DeleteParams;
use serde_json::json;

use super::change::{Change, SHOPS};
use super::foreign;
use crate::support::Namespace;

/// The team that keeps the stores, and those that may have something of them.
pub(super) struct World {
    pub(super) team: Namespace,
    pub(super) shops: [Namespace; SHOPS],
}

impl World {
    /// Whom a scope is for.
    fn consumers(&self, kind: usize) -> String {
        let [a, b] = self.shops.each_ref().map(|shop| &shop.name);
        match kind {
            0 => String::new(),
            1 => format!("{{ namespaces: {{ names: [{a}] }} }}"),
            2 => format!("{{ namespaces: {{ names: [{a}, {b}] }}, serviceAccounts: [web] }}"),
            3 => "{ namespaces: { selector: { matchLabels: { stage: live } } } }".to_owned(),
            4 => format!(
                "{{ namespaces: {{ names: [{b}], selector: {{ matchExpressions: [{{ key: stage, operator: NotIn, values: \
                 [live] }}] }} }}, serviceAccounts: [job] }}"
            ),
            5 => "{ serviceAccounts: [web] }".to_owned(),
            6 => "{ serviceAccounts: [web, job], apiAccess: true }".to_owned(),
            _ => format!(
                "{{ namespaces: {{ names: [{a}] }}, apiAccess: true }}, {{ namespaces: {{ names: [{b}] }} }}"
            ),
        }
    }

    pub(super) async fn make(&self, change: &Change) {
        match change {
            Change::Store {
                store,
                scopes,
                default_target,
            } => {
                let target = if *default_target {
                    ", defaultTarget: {}"
                } else {
                    ""
                };
                let scopes = scopes.iter().map(|(scope, kind)| {
                    format!(
                        "{{ name: {scope}, consumers: [{}] }}",
                        self.consumers(*kind)
                    )
                });
                let scopes: Vec<_> = scopes.collect();
                let store = format!(
                    "apiVersion: coffer.dev/v1alpha1\nkind: SecretStore\nmetadata: {{ name: {store} }}\nspec: {{ description: d, scopes: [{}]{target} }}\n",
                    scopes.join(", ")
                );
                self.team.apply(&store).await;
            }
            Change::Secret {
                secret,
                store,
                scopes,
                target,
                value,
            } => {
                let target = if *target { "  target: {}\n" } else { "" };
                let secret = format!(
                    "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {{ name: {secret} }}\nspec:\n  storeRef: {{ name: \
                     {store} }}\n  scopes: [{}]\n  data: {{ value: {{ value: v{value} }} }}\n{target}",
                    scopes.join(", ")
                );
                self.team.apply(&secret).await;
            }
            Change::NoSecret { secret } => {
                let _ = self
                    .team
                    .secrets()
                    .delete(secret, &DeleteParams::default())
                    .await;
            }
            Change::Ask { shop, account, of } => {
                let annotations = of.map_or(
                    json!({}),
                    |of| json!({ "coffer.dev/consume": of.replace("{}", &self.team.name) }),
                );
                let account = json!({
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": { "name": account, "annotations": annotations },
                });
                self.place(*shop).apply(&account.to_string()).await;
            }
            Change::NoAccount { shop, account } => {
                let _ = self
                    .accounts(*shop)
                    .delete(account, &DeleteParams::default())
                    .await;
            }
            Change::Anew { shop } => {
                self.shops[*shop].delete_whole().await;
                self.shops[*shop].create_again().await;
                foreign(&self.shops[*shop]).await;
            }
            Change::Label { shop, stage } => {
                let name = &self.shops[*shop].name;
                let labels = json!({ "metadata": { "labels": { "stage": stage } } });
                let patch = kube::api::Patch::Merge(labels);
                let namespaces = self.team.namespaces();
                namespaces
                    .patch(name, &kube::api::PatchParams::default(), &patch)
                    .await
                    .unwrap();
            }
        }
    }

    fn accounts(&self, place: usize) -> Api<core::ServiceAccount> {
        let client = self.team.cluster.client.clone();
        Api::namespaced(client, &self.place(place).name)
    }

    fn place(&self, number: usize) -> &Namespace {
        self.shops.get(number).unwrap_or(&self.team)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &Namespace> {
        self.shops.iter().chain([&self.team])
    }
}
