//! What keeps an object from being ready, in words that end with the remedy.

use crate::api::{ConditionType, Reason};

/// One problem. The message names the field and the remedy, and never holds a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The machine-readable side.
    pub reason: Reason,
    /// The side for people.
    pub message: String,
}

impl Problem {
    /// A problem with its message.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    /// The store that a Secret names is not there.
    #[must_use]
    pub fn no_store(name: &str) -> Self {
        Self::new(
            Reason::StoreNotFound,
            format!(
                "SecretStore `{name}` does not exist in this namespace: create it, or correct `spec.storeRef.name`"
            ),
        )
    }

    /// Whether Coffer goes on by itself once something arrives (`Reconciling`), or someone has to
    /// change the object (`Stalled`).
    #[must_use]
    pub const fn condition(&self) -> ConditionType {
        match self.reason {
            Reason::StoreNotFound
            | Reason::StoreNotReady
            | Reason::ScopeUnknown
            | Reason::ValueMissing
            | Reason::SourceNotFound
            | Reason::SourceKeyMissing
            | Reason::TargetTerminating => ConditionType::Reconciling,
            _ => ConditionType::Stalled,
        }
    }

    /// Several problems as one: the reason of the first, the messages of the first five.
    #[must_use]
    pub fn join(problems: &[Self]) -> Option<Self> {
        const SHOWN: usize = 5;
        let first = problems.first()?;
        let mut message = problems
            .iter()
            .take(SHOWN)
            .map(|p| p.message.as_str())
            .collect::<Vec<_>>()
            .join("; ");
        if problems.len() > SHOWN {
            use std::fmt::Write as _;
            let _ = write!(message, "; and {} more", problems.len() - SHOWN);
        }
        Some(Self {
            reason: first.reason,
            message,
        })
    }
}
