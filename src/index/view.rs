//! A Secret as the memory holds it: whole until it is in sync, without its values after that.

use std::sync::Arc;

use crate::api::{ConditionType, Secret};

/// A cached Secret. Which of the two it is follows from the object alone, so that a value is never
/// taken for missing only because the memory let go of it.
#[derive(Clone, Debug)]
pub enum View {
    /// Not in sync: everything is there.
    Whole(Arc<Secret>),
    /// In sync as far as its own status says; its values were dropped from memory. Read the object
    /// again before building from it.
    Settled(Arc<Secret>),
}

impl View {
    /// Of a cached object.
    #[must_use]
    pub fn of(secret: Arc<Secret>) -> Self {
        if is_settled(&secret) {
            Self::Settled(secret)
        } else {
            Self::Whole(secret)
        }
    }
}

/// Drops from a watched object what the memory has no use for.
pub fn slim(secret: &mut Secret) {
    secret.metadata.managed_fields = None;
    if is_settled(secret) {
        secret.metadata.annotations = None;
        for value in secret.spec.data.values_mut() {
            value.value = None;
        }
        if let Some(target) = &mut secret.spec.target {
            target.template.clear();
        }
    }
}

/// Whether the status says that this generation of the spec is done.
#[must_use]
pub fn is_settled(secret: &Secret) -> bool {
    let Some(status) = &secret.status else {
        return false;
    };
    status.observed_generation.is_some()
        && status.observed_generation == secret.metadata.generation
        && status.conditions.iter().any(|condition| {
            condition.type_ == ConditionType::Ready.as_str() && condition.status == "True"
        })
}
