//! PodPolicy (`cpolicy`): which pods of a namespace may use which native Secrets. Written by Coffer, read by the API
//! server.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

/// What the ValidatingAdmissionPolicy `coffer-pod-policy` looks up for each pod.
#[derive(
    CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema,
)]
#[kube(
    group = "coffer.dev",
    version = "v1alpha1",
    kind = "PodPolicy",
    plural = "podpolicies",
    singular = "podpolicy",
    shortname = "cpolicy",
    category = "coffer",
    namespaced,
    derive = "PartialEq",
    derive = "Default",
    doc = "A PodPolicy says which service accounts of its namespace may use which native Secrets. Coffer writes it where \
           the namespace has the label `coffer.dev/pod-policy`, and the API server judges pods by it. Nobody else can \
           write it: change the scopes of the SecretStore instead.",
    printcolumn(name = "Closed", type_ = "string", json_path = ".spec.closed"),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    )
)]
#[serde(rename_all = "camelCase")]
pub struct PodPolicySpec {
    /// Native Secrets by name, and the scopes that each is for: `namespace/store: scope, scope`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("x-kubernetes-map-type" = "atomic"))]
    pub secrets: BTreeMap<String, String>,

    /// Service accounts of this namespace by those scopes, each with the first of them that lets it have the Secrets;
    /// `*` for every account.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("x-kubernetes-map-type" = "atomic"))]
    pub accounts: BTreeMap<String, BTreeMap<String, String>>,

    /// Namespaces whose native Secrets are too many to be listed here. Of those, none may be used by any pod.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<String>,
}
