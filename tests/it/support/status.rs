//! Reading statuses as kstatus does
//! (<https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md>).

use coffer::api::{ConditionType, Secret, SecretState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde_json::json;

/// A condition of a Secret.
pub(crate) fn condition(secret: &Secret, type_: ConditionType) -> Option<&Condition> {
    let conditions = secret.status.iter().flat_map(|status| &status.conditions);
    conditions
        .into_iter()
        .find(|condition| condition.type_ == type_.as_str())
}

/// Whether a Secret is as its present spec asks.
pub(crate) fn settled(secret: &Secret) -> Result<(), String> {
    let status = secret.status.as_ref();
    let observed = status.and_then(|status| status.observed_generation);
    let conditions = status.into_iter().flat_map(|status| &status.conditions);
    is_ready(secret.metadata.generation, observed, conditions)?;
    match status.and_then(|status| status.state) {
        Some(SecretState::Active) => Ok(()),
        state => Err(format!("{state:?}")),
    }
}

pub(super) fn is_ready<'a>(
    generation: Option<i64>,
    observed: Option<i64>,
    conditions: impl IntoIterator<Item = &'a Condition>,
) -> Result<(), String> {
    let conditions: Vec<_> = conditions.into_iter().collect();
    let current = observed == generation
        && conditions
            .iter()
            .all(|condition| condition.observed_generation == generation);
    match kstatus(&conditions) {
        "Current" if current => Ok(()),
        status => Err(format!(
            "{status}, generation {observed:?} of {generation:?}: {}",
            json!(conditions)
        )),
    }
}

/// `Current`, `InProgress` or `Failed`.
pub(crate) fn kstatus(conditions: &[&Condition]) -> &'static str {
    let is = |type_: &str, status: &str| {
        conditions
            .iter()
            .any(|condition| condition.type_ == type_ && condition.status == status)
    };
    if is("Stalled", "True") {
        "Failed"
    } else if is("Reconciling", "True") || !is("Ready", "True") {
        "InProgress"
    } else {
        "Current"
    }
}

/// Ready is False, and exactly one of the two that say why is True, with the same words.
pub(super) fn assert_not_ready(secret: &Secret, ready: &Condition) {
    let status = secret.status.as_ref().unwrap();
    assert_eq!(status.observed_generation, secret.metadata.generation);
    assert_eq!(status.state, Some(SecretState::Pending));
    let abnormal: Vec<_> = status
        .conditions
        .iter()
        .filter(|condition| condition.type_ == "Stalled" || condition.type_ == "Reconciling")
        .collect();
    let [abnormal] = abnormal[..] else {
        panic!("{}", json!(status.conditions));
    };
    assert_eq!(abnormal.status, "True");
    assert_eq!(abnormal.reason, ready.reason);
    assert_eq!(abnormal.message, ready.message);
    assert_eq!(abnormal.observed_generation, secret.metadata.generation);
}

/// The conditions of an object by type.
pub(crate) fn by_type(conditions: &[Condition]) -> Vec<(&str, &str, &str)> {
    conditions
        .iter()
        .map(|c| (c.type_.as_str(), c.status.as_str(), c.reason.as_str()))
        .collect()
}
