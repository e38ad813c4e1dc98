//! Writes of the operator that the API server refuses for a while.
//!
//! Refused, a write is not made, and what comes after it is not either: an operator that is killed
//! then was provably behind the one write and before the next. The refusal is a 413, which nobody
//! takes for an answer about the object.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::audit::OPERATOR;
use super::{Cluster, eventually};

/// What a refused write is answered.
pub(crate) const REFUSED: u16 = 413;

const NAME: &str = "refusal";

/// Which writes.
pub(crate) struct Writes {
    /// API group; empty for native objects.
    pub(crate) group: &'static str,
    /// Resource, with its subresource.
    pub(crate) resource: &'static str,
    /// `CREATE` or `UPDATE`, which a patch is too.
    pub(crate) operation: &'static str,
}

impl Cluster {
    /// From now on the API server refuses these writes of the operator, of objects for which `when`
    /// (in CEL) is true.
    pub(crate) async fn refuse(&self, writes: &[Writes], when: &str) {
        let mut rules: Vec<_> = writes
            .iter()
            .map(|write| rule(write.group, write.resource, write.operation))
            .collect();
        // By these it is found out whether the policy is in force.
        rules.push(rule("", "configmaps", "CREATE"));
        let policy = json!({
            "metadata": { "name": NAME },
            "spec": {
                "matchConstraints": { "resourceRules": rules },
                "matchConditions": [{
                    "name": "meant",
                    "expression": format!(
                        "request.resource.resource == 'configmaps' \
                         || request.userInfo.username == '{OPERATOR}' && ({when})"
                    ),
                }],
                "validations": [{
                    "expression": "false",
                    "reason": "RequestEntityTooLarge",
                    "message": "not now",
                }],
            },
        });
        let binding = json!({
            "metadata": { "name": NAME },
            "spec": { "policyName": NAME, "validationActions": ["Deny"] },
        });
        self.make::<ValidatingAdmissionPolicy>(policy).await;
        self.make::<ValidatingAdmissionPolicyBinding>(binding).await;
        self.until_in_force(true).await;
    }

    /// The API server takes them again.
    pub(crate) async fn allow(&self) {
        let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(self.client.clone());
        let policies: Api<ValidatingAdmissionPolicy> = Api::all(self.client.clone());
        bindings
            .delete(NAME, &DeleteParams::default())
            .await
            .unwrap();
        policies
            .delete(NAME, &DeleteParams::default())
            .await
            .unwrap();
        self.until_in_force(false).await;
    }

    async fn make<K>(&self, object: Json)
    where
        K: kube::Resource<DynamicType = (), Scope = kube::core::ClusterResourceScope>
            + Clone
            + std::fmt::Debug
            + Serialize
            + DeserializeOwned,
    {
        let object: K = serde_json::from_value(object).unwrap();
        Api::all(self.client.clone())
            .create(&PostParams::default(), &object)
            .await
            .unwrap();
    }

    /// The API server takes up a policy, and its end, in its own time.
    async fn until_in_force(&self, wanted: bool) {
        let config_maps: Api<ConfigMap> = Api::default_namespaced(self.client.clone());
        let dry_run = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let mut probe = ConfigMap::default();
        probe.metadata.name = Some("probe".to_owned());
        eventually("the policy is taken up", async || {
            match config_maps.create(&dry_run, &probe).await {
                Ok(_) if !wanted => Ok(()),
                Err(kube::Error::Api(status)) if wanted && status.code == REFUSED => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }
}

fn rule(group: &str, resource: &str, operation: &str) -> Json {
    json!({
        "apiGroups": [group],
        "apiVersions": ["*"],
        "resources": [resource],
        "operations": [operation],
    })
}
