//! The native Secret that a Coffer Secret is delivered to.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::Workload;

/// The native Secret that receives the values, in the namespace of the Coffer Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.type) || !(self.type in ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])")
        .message("a target may not be a token of the cluster: choose another type, for example Opaque")
        .reason(Reason::FieldValueForbidden),
    validation = Rule::new("!has(self.name) || self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')")
        .message("must be a DNS subdomain: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit")
        .field_path(".name"),
    validation = Rule::new("!has(self.template) || self.template.all(k, k.matches('^[-._a-zA-Z0-9]{1,253}$') && k != '.' && !k.startsWith('..'))")
        .message("a key of a native Secret has 1 to 253 letters, digits, '-', '_' or '.', and is not '.' nor begins with '..'")
        .field_path(".template"),
    validation = Rule::new("!has(self.labels) || self.labels.all(k, self.labels[k].matches('^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$'))")
        .message("a label's value has at most 63 letters, digits, '-', '_' or '.', beginning and ending with a letter or digit")
        .field_path(".labels"),
    validation = Rule::new("!has(self.labels) || self.labels.all(k, k.matches('^(app[.]kubernetes[.]io/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$') && k != 'app.kubernetes.io/managed-by')")
        .message("labels come without a prefix or from app.kubernetes.io/ (managed-by is Coffer's own): others make other controllers act")
        .field_path(".labels"),
    validation = Rule::new("!has(self.annotations) || self.annotations.all(k, k.matches('^(app[.]kubernetes[.]io/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'))")
        .message("annotations come without a prefix or from app.kubernetes.io/: others make other controllers act")
        .field_path(".annotations"),
    validation = Rule::new("!has(self.immutable) || !self.immutable || !has(self.name) || size(self.name) <= 242")
        .message("the name of an immutable target has at most 242 characters: a dash and ten digits follow it")
        .field_path(".name"),
    validation = Rule::new("!has(self.history) || (has(self.immutable) && self.immutable)")
        .message("history is how many former versions of an immutable target are kept: set immutable as well, or remove it")
        .field_path(".history")
)]
pub struct Target {
    /// Name of the native Secret. Default: the name of the Coffer Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub name: Option<String>,

    /// Type of the native Secret, as Kubernetes defines them. Default: `Opaque`. When it changes,
    /// the native Secret is deleted and made anew, because Kubernetes does not let a type change.
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "type")]
    #[schemars(length(min = 1, max = 253))]
    pub type_: Option<String>,

    /// Labels for the native Secret, at most 32: without a prefix, or from `app.kubernetes.io/`.
    /// Those two groups are Coffer's: what is not listed here is removed from them at a repair.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    // The length is in the schema: without it, the rule on the values is beyond the cost limit.
    #[schemars(extend("maxProperties" = 32, "additionalProperties" = { "type": "string", "maxLength": 63 }))]
    pub labels: BTreeMap<String, String>,

    /// Annotations for the native Secret, at most 32, with the rule of `labels`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub annotations: BTreeMap<String, String>,

    /// Keys that are made from the values: `config.ini: "password={{ password }}"`, at most 64,
    /// together at most 512 KiB once filled in. With a template, the native Secret has these keys
    /// only. Every value is at hand under its key, and as `data["ca.crt"]` where the key is not an
    /// identifier. A part of Jinja: pure functions only, no lookups, no network, no files. Text is
    /// joined with `~`. Filters besides the usual: `b64encode`, `b64decode`; `tojson`, `toyaml`,
    /// `totoml`, `toproperties`, `toenv` and `todotenv` for one value or, as in `{{ data | toyaml }}`,
    /// all; `certs` for PEM bundles. A name that is not defined is an error, so nothing half-written
    /// is delivered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub template: BTreeMap<String, String>,

    /// `true`: each content has a native Secret of its own, which nobody can change. Its name is `name`
    /// with a dash and ten digits that follow from the content; `status.targetName` tells it. Default:
    /// one native Secret, which is changed. Copies in other namespaces are changed in either case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutable: Option<bool>,

    /// How many former versions of an immutable target are kept beside the current one, for pods that
    /// still name them: 1 to 10. Default: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10))]
    pub history: Option<u8>,

    /// Workloads of this namespace that are restarted (rolled) when the content changes, once for each
    /// change, at most 16. Each must carry the label `coffer.dev/restart: "true"`: with it, its owner
    /// agrees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["kind".into(), "name".into()]))]
    pub restart: Vec<Workload>,

    /// `Delete` (default) or `Retain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<TargetDeletionPolicy>,
}

/// What happens to the native Secret when the Coffer Secret or this target is removed: `Delete`
/// (default) removes it as well; `Retain` leaves it, as it then is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub enum TargetDeletionPolicy {
    #[default]
    /// Remove it as well.
    Delete,
    /// Leave it, as it then is.
    Retain,
}
