//! Who has a place where there is not one for everyone: the oldest. Who has one keeps it, also where there come to
//! be fewer places than are taken.

use std::str::FromStr;

use jiff::Timestamp;
use kube::{Resource, ResourceExt as _};
use uuid::Uuid;

use super::Problem;
use crate::api::wellknown::ACCOUNT_QUOTA_ANNOTATION;
use crate::api::{Reason, Secret, SecretStore, id};
use crate::policy::conditions;

/// How old an object is, from old to young: when it was created, in whole seconds as Kubernetes has it, and then its
/// UID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Age {
    created: Timestamp,
    uid: Uuid,
}

impl Age {
    /// Of an object that the API server made; `None` of any other.
    pub fn of(object: &impl Resource) -> Option<Self> {
        let meta = object.meta();
        Some(Self {
            created: meta.creation_timestamp.as_ref()?.0,
            uid: meta.uid.as_deref()?.parse().ok()?,
        })
    }
}

/// How many Secrets a store may have; `None`: any number.
#[must_use]
pub fn of(store: &SecretStore) -> Option<usize> {
    let quota = store.spec.quota.as_ref()?.secrets?;
    usize::try_from(quota).ok()
}

/// Whether the Secret has its place in this store: the status says that this store served it, or what else than the
/// quota keeps it from being served.
#[must_use]
pub fn has_place(secret: &Secret, store: &SecretStore) -> bool {
    let Some(status) = &secret.status else {
        return false;
    };
    let said = conditions::ready_reason(&status.conditions).map(|(_, reason)| reason);
    let without = [Reason::QuotaExceeded, Reason::StoreNotFound].map(Reason::as_str);
    said.is_some_and(|reason| !without.contains(&reason))
        && status.store_id.is_some()
        && status.store_id == id(&store.metadata)
}

/// How many of those that wait get a place now; the oldest do.
#[must_use]
pub const fn free(quota: usize, taken: usize) -> usize {
    quota.saturating_sub(taken)
}

/// Which quota it is that has no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// That of the store.
    Store,
    /// That of the namespace.
    Account,
}

/// What is said to those that have no place, by the quota that is in the way.
#[must_use]
pub fn exceeded(store: &SecretStore, limit: Limit, quota: usize) -> Problem {
    let message = match limit {
        Limit::Store => format!(
            "SecretStore `{}` has a quota of {quota} Secrets, and older ones have all places: delete one of them, or \
             raise `spec.quota.secrets`",
            store.name_any()
        ),
        Limit::Account => format!(
            "namespace `{}` has a quota of {quota} Secrets, and older ones have all places: delete one of them, or \
             have an administrator raise it (annotation {ACCOUNT_QUOTA_ANNOTATION} of the namespace)",
            store.namespace().unwrap_or_default()
        ),
    };
    Problem::new(Reason::QuotaExceeded, message)
}

/// How many Secrets a namespace may have, as an annotation or an argument says it: a number of at most seven digits, or
/// `unlimited`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountQuota {
    /// Any number.
    #[default]
    Unlimited,
    /// So many.
    AtMost(usize),
}

impl AccountQuota {
    /// The number; `None`: any.
    #[must_use]
    pub const fn limit(self) -> Option<usize> {
        match self {
            Self::Unlimited => None,
            Self::AtMost(quota) => Some(quota),
        }
    }
}

impl FromStr for AccountQuota {
    type Err = NoQuota;

    fn from_str(text: &str) -> Result<Self, NoQuota> {
        match text {
            "unlimited" => Ok(Self::Unlimited),
            number if number.len() <= 7 && number.bytes().all(|digit| digit.is_ascii_digit()) => {
                number.parse().map(Self::AtMost).map_err(|_| NoQuota)
            }
            _ => Err(NoQuota),
        }
    }
}

/// It is no quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give a number of at most seven digits, or `unlimited`")]
pub struct NoQuota;

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(status: &str) -> Secret {
        let text =
            format!("metadata: {{name: a}}\nspec: {{storeRef: {{name: s}}}}\nstatus: {status}\n");
        serde_yaml::from_str(&text).unwrap()
    }

    fn said(store: &str, reason: &str) -> String {
        format!(
            "{{storeId: {store}, conditions: [{{type: Ready, status: 'False', reason: {reason}, message: '', lastTransitionTime: '2026-01-01T00:00:00Z'}}]}}"
        )
    }

    fn store() -> SecretStore {
        let text = "metadata: {name: s, labels: {coffer.dev/id: ours}}\nspec: {}\n";
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn who_was_served_or_has_another_problem_has_a_place() {
        for reason in ["Delivered", "Kept", "TemplateFailed", "StoreNotReady"] {
            assert!(
                has_place(&secret(&said("ours", reason)), &store()),
                "{reason}"
            );
        }
    }

    #[test]
    fn who_is_new_waits_or_comes_from_another_store_has_none() {
        for status in [
            "{}".to_owned(),
            "{storeId: ours}".to_owned(),
            said("ours", "QuotaExceeded"),
            said("ours", "StoreNotFound"),
            said("theirs", "Delivered"),
        ] {
            assert!(!has_place(&secret(&status), &store()), "{status}");
        }
    }

    #[test]
    fn the_older_comes_first_and_of_one_second_the_lower_uid() {
        let of = |created: &str, uid: &str| {
            let text = format!(
                "metadata: {{name: a, creationTimestamp: '{created}', uid: '{uid}'}}\nspec: {{storeRef: {{name: s}}}}\n"
            );
            Age::of(&serde_yaml::from_str::<Secret>(&text).unwrap())
        };
        let low = "00000000-0000-4000-8000-000000000001";
        let high = "f0000000-0000-4000-8000-000000000000";
        let first = of("2026-01-01T00:00:00Z", high).unwrap();
        let second = of("2026-01-01T00:00:01Z", low).unwrap();
        let third = of("2026-01-01T00:00:01Z", high).unwrap();
        assert!(first < second && second < third);
        assert_eq!(of("2026-01-01T00:00:01Z", "no UID"), None);
    }

    #[test]
    fn a_namespace_has_a_number_or_no_limit() {
        assert_eq!("0".parse(), Ok(AccountQuota::AtMost(0)));
        assert_eq!("9999999".parse(), Ok(AccountQuota::AtMost(9_999_999)));
        assert_eq!("unlimited".parse(), Ok(AccountQuota::Unlimited));
        for wrong in ["", "-1", "+1", "1.5", " 1", "10000000", "Unlimited", "many"] {
            assert_eq!(wrong.parse::<AccountQuota>(), Err(NoQuota), "{wrong}");
        }
    }
}
