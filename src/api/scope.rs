//! Scopes: the services that Secrets of a store may be given to.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A named set of service accounts. A Secret that names the scope may be given to each of them that asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.name.matches('^[a-z0-9][a-z0-9_-]*$')")
        .message("a scope's name has 1 to 63 lower-case letters, digits, '_' or '-', and begins with a letter or digit")
        .field_path(".name")
)]
pub struct Scope {
    /// Name, by which Secrets refer to it: 1 to 63 lower-case letters, digits, `_` or `-`.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,

    /// Who belongs to it, at most 32 entries. Default: nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub consumers: Vec<Consumer>,
}

/// Service accounts of some namespaces. Being named here is not enough: an account also has to ask, with the annotation
/// `coffer.dev/consume`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.namespaces) || has(self.serviceAccounts)")
        .message("say which service accounts of this namespace, or which namespaces")
)]
pub struct Consumer {
    /// The namespaces. Default: the namespace of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<NamespaceGrant>,

    /// Names of service accounts there, 1 to 64. Default: every one of those namespaces.
    // An empty list would mean everyone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub service_accounts: Vec<String>,

    /// Whether those of them that ask may also `get`, through the Kubernetes API, the native Secrets that they are given,
    /// and no others. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub api_access: bool,
}

/// Namespaces by name, by label, or both: those that either means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.names) || has(self.selector)")
        .message("give names, or a selector")
)]
pub struct NamespaceGrant {
    /// Names, 1 to 128. They mean just these namespaces: there are no patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 128), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub names: Vec<String>,

    /// Labels, as Kubernetes selects by them. The empty selector `{}` means every namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<NamespaceSelector>,
}

/// Labels that a namespace must have, all of them: the label selector of Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceSelector {
    /// Labels with their values, at most 16.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub match_labels: BTreeMap<String, String>,

    /// Requirements on labels, at most 16.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub match_expressions: Vec<LabelRequirement>,
}

/// One requirement on a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.values) == (self.operator in ['In', 'NotIn'])")
        .message("In and NotIn take values; Exists and DoesNotExist take none")
)]
pub struct LabelRequirement {
    /// Key of the label.
    #[schemars(length(min = 1, max = 317))]
    pub key: String,

    /// `In`, `NotIn` (also where the label is not there), `Exists` or `DoesNotExist`.
    pub operator: LabelOperator,

    /// Values for `In` and `NotIn`, 1 to 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), inner(length(max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub values: Vec<String>,
}

/// How a label is compared, as Kubernetes defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LabelOperator {
    /// It has one of the values.
    In,
    /// It has none of the values, or is not there.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}
