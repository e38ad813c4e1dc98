//! A Secret as people are shown it: what it has and how it is, never a value and never an envelope.

use jiff::Timestamp;
use serde::Serialize;

use super::origin::Origin;
use super::paint::Tone;
use crate::api::{
    ConditionType, Secret, SecretState, SecretStore, SecretValue, TargetDeletionPolicy,
};

/// What is shown of a Secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) store: String,
    /// `active`, `pending`, or `unknown` before the operator has looked at it.
    pub(super) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    /// Whether someone has to act.
    pub(super) stalled: bool,
    /// Who sealed the values, as the operator saw it: the reason of the condition `Sealed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<Timestamp>,
    pub(super) keys: Vec<Key>,
    /// The native Secret that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<TargetSummary>,
    pub(super) deliveries: Vec<DeliverySummary>,
}

/// One key of a Secret.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) origin: Origin,
}

/// The native Secret that is asked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TargetSummary {
    pub(super) name: String,
    /// Whether it stays when the Secret goes.
    pub(super) retained: bool,
}

/// A native Secret that was made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliverySummary {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Summary {
    /// Summarises a Secret; the stores tell about the keys.
    pub(super) fn of(secret: &Secret, stores: &[SecretStore]) -> Self {
        let (metadata, spec) = (&secret.metadata, &secret.spec);
        let namespace = metadata.namespace.clone().unwrap_or_default();
        let name = metadata.name.clone().unwrap_or_default();
        let store = stores.iter().find(|store| {
            store.metadata.namespace == metadata.namespace
                && store.metadata.name.as_deref() == Some(&spec.store_ref.name)
        });
        let status = secret.status.clone().unwrap_or_default();
        let condition = |type_: ConditionType| {
            status
                .conditions
                .iter()
                .find(|condition| condition.type_ == type_.as_str())
        };
        let ready = condition(ConditionType::Ready);
        let key = |(name, value): (&String, &SecretValue)| Key {
            name: name.clone(),
            origin: Origin::of(value, store),
        };
        Self {
            store: spec.store_ref.name.clone(),
            state: match status.state {
                Some(SecretState::Active) => "active",
                Some(SecretState::Pending) => "pending",
                Some(SecretState::Deleted) => "deleted",
                None => "unknown",
            },
            reason: ready.map(|condition| condition.reason.clone()),
            message: ready.map(|condition| condition.message.clone()),
            stalled: condition(ConditionType::Stalled).is_some_and(|c| c.status == "True"),
            sealed: condition(ConditionType::Sealed).map(|condition| condition.reason.clone()),
            version: status.version,
            created: metadata.creation_timestamp.as_ref().map(|time| time.0),
            modified: status.modified.as_ref().map(|time| time.0),
            keys: spec.data.iter().map(key).collect(),
            target: spec.target.as_ref().map(|target| TargetSummary {
                name: match &status.target_name {
                    Some(current) if target.immutable == Some(true) => current.clone(),
                    _ => target.name.clone().unwrap_or_else(|| name.clone()),
                },
                retained: target.deletion_policy == Some(TargetDeletionPolicy::Retain),
            }),
            deliveries: status
                .deliveries
                .iter()
                .map(|delivery| DeliverySummary {
                    namespace: delivery.namespace.clone(),
                    name: delivery.name.clone(),
                })
                .collect(),
            namespace,
            name,
        }
    }

    /// How well the Secret is.
    pub(super) fn tone(&self) -> Tone {
        match self.state {
            "active" => Tone::Good,
            _ if self.stalled => Tone::Bad,
            _ => Tone::Waiting,
        }
    }
}
