//! Step two: whose keys are these? No client.

use super::dereference::Found;
use crate::api::Reason;
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
/// Keys of a namespace of the same name that was deleted: whoever owns the name now may be someone
/// else, so an administrator decides.
pub(super) fn run(found: &Found) -> Result<Step, Problem> {
    let Some(keys) = &found.keys else {
        return Ok(Step::Make);
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
