//! Step two: whose keys are these? No client.

use super::dereference::Found;
use crate::api::Reason;
use crate::keys::{MOST_ORPHANED_KEYS, too_many_orphaned};
use crate::policy::Problem;

/// What there is to do about the keys.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// There are none: make them.
    Make,
    /// They are those of a former store of this name in this very namespace: they are this one's.
    TakeUp,
    /// They are this store's.
    Keep,
}

/// # Errors
/// No keys, and as many as there can be of deleted stores. Or keys of a namespace of the same name that was
/// deleted: whoever owns the name now may be someone else, so an administrator decides.
pub(super) fn run(found: &Found) -> Result<Step, Problem> {
    let Some(keys) = &found.keys else {
        return match too_many_orphaned(&found.key.namespace, found.orphaned_keys) {
            Some(problem) => Err(problem),
            None => Ok(Step::Make),
        };
    };
    if keys.record.store_uid == found.uid() {
        return Ok(Step::Keep);
    }
    if found.namespace_uid.as_deref() == Some(keys.record.namespace_uid.as_str()) {
        return Ok(Step::TakeUp);
    }
    Err(Problem::new(
        Reason::KeysOfFormerNamespace,
        format!(
            "the keys of this store belong to a former namespace `{}`. An administrator lets this one have \
             them with `coffer keys adopt {store}`; or, to start with new keys, destroys them with \
             `coffer keys shred {store} --force`: what was sealed for the former store can then never be \
             opened again",
            found.key.namespace,
            store = found.key,
        ),
    ))
}

/// Whether it is only the keys of deleted stores that keep it from having some.
pub(super) fn waits_for_room(found: &Found) -> bool {
    found.keys.is_none() && found.orphaned_keys >= MOST_ORPHANED_KEYS
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::index::ObjectKey;

    fn found(orphaned_keys: usize) -> Found {
        let store = serde_yaml::from_str("metadata: { name: s, namespace: a }\nspec: {}\n");
        Found {
            store: Arc::new(store.unwrap()),
            key: ObjectKey::new("a", "s"),
            keys: None,
            namespace_uid: None,
            usage: 0,
            orphaned_keys,
        }
    }

    #[test]
    fn a_namespace_with_too_many_keys_of_deleted_stores_gets_no_more() {
        assert!(matches!(
            run(&found(MOST_ORPHANED_KEYS - 1)),
            Ok(Step::Make)
        ));
        let problem = run(&found(MOST_ORPHANED_KEYS)).err().unwrap();
        assert_eq!(problem.reason, Reason::TooManyKeys);
        assert!(
            problem.message.contains("coffer keys shred"),
            "{}",
            problem.message
        );
    }
}
