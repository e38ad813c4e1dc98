//! The custom resources of group `coffer.dev/v1alpha1`, one file for each kind, and the types they
//! share. No client, no I/O.
//!
//! Doc comments here are the user documentation: they become the CRDs' descriptions, which
//! `kubectl explain` shows. No schema has a `default`: defaults in a schema show up as differences
//! in GitOps tools, so the code supplies them.

mod condition;
#[expect(
    unreachable_pub,
    reason = "the schema derive repeats the types in a private scope"
)]
mod generate;
#[expect(
    unreachable_pub,
    reason = "the schema derive repeats the types in a private scope"
)]
mod pod_policy;
#[expect(
    unreachable_pub,
    reason = "the schema derive repeats the types in a private scope"
)]
mod scope;
#[expect(
    unreachable_pub,
    clippy::duplicated_attributes,
    reason = "the schema derive repeats the types in a private scope; every printer column has a type"
)]
mod secret;
#[expect(
    unreachable_pub,
    clippy::duplicated_attributes,
    reason = "the schema derive repeats the types in a private scope; every printer column has a type"
)]
mod secret_store;
#[expect(
    unreachable_pub,
    reason = "the schema derive repeats the types in a private scope"
)]
mod target;
mod time;
mod value;
pub mod wellknown;
#[expect(
    unreachable_pub,
    reason = "the schema derive repeats the types in a private scope"
)]
mod workload;

pub use condition::{ConditionType, Reason};
pub use generate::{
    CharacterClass, Characters, Generate, Generated, GeneratorKind, KeyAlgorithm, Previous,
};
pub use pod_policy::{PodPolicy, PodPolicySpec};
pub use scope::{
    Consumer, LabelOperator, LabelRequirement, NamespaceGrant, NamespaceSelector, Scope,
};
pub use secret::{
    Delivery, Encoding, FormerTarget, Secret, SecretKeySource, SecretSpec, SecretState,
    SecretStatus, SecretValue, StoreRef,
};
pub use secret_store::{
    EnvelopeBinding, KeyRotation, KeyState, SealingKeyStatus, SealingSpec, SealingSuite,
    SecretStore, SecretStoreSpec, SecretStoreStatus, StoreDeletionPolicy, StoreQuota, Usage,
};
pub use target::{Target, TargetDeletionPolicy};
pub use time::{Moment, Period, whole_second};
pub use value::Value;
pub use workload::{Workload, WorkloadKind};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::CustomResourceExt as _;

/// Every custom resource definition, in the order in which they are documented.
#[must_use]
pub fn custom_resource_definitions() -> Vec<CustomResourceDefinition> {
    vec![SecretStore::crd(), Secret::crd(), PodPolicy::crd()]
}

/// The identifier that the interfaces show for an object: its label, which survives a restore; without one,
/// its UID as 32 hexadecimal digits.
#[must_use]
pub fn id(meta: &ObjectMeta) -> Option<String> {
    let labels = meta.labels.as_ref();
    let label = labels.and_then(|labels| labels.get(wellknown::ID_LABEL));
    label.cloned().or_else(|| meta.uid.as_deref().map(id_of))
}

/// A new identifier: 32 hexadecimal digits, of which the first twelve are the time in milliseconds (RFC 9562, version 7),
/// so that those of one second sort in the order in which they were made; 74 bits are random.
#[must_use]
pub fn new_id() -> String {
    uuid::Uuid::now_v7().as_simple().to_string()
}

/// A UID as 32 hexadecimal digits. One that is no UUID, which Kubernetes does not make, stays as it is.
#[must_use]
pub fn id_of(uid: &str) -> String {
    uuid::Uuid::try_parse(uid).map_or_else(|_| uid.to_owned(), |uuid| uuid.as_simple().to_string())
}
