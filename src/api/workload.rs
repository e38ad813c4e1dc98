//! Workloads that are restarted when a Secret's content changes.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A workload of the namespace of the Coffer Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')")
        .message("must be a DNS subdomain: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit")
        .field_path(".name")
)]
pub struct Workload {
    /// `Deployment`, `StatefulSet` or `DaemonSet`.
    pub kind: WorkloadKind,
    /// Name of the workload.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// `Deployment`, `StatefulSet` or `DaemonSet`: what has pods that it replaces when their template changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// Of `apps/v1`.
    Deployment,
    /// Of `apps/v1`.
    StatefulSet,
    /// Of `apps/v1`.
    DaemonSet,
}

impl WorkloadKind {
    /// As Kubernetes names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }
}
