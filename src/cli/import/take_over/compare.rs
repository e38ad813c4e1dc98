//! A native Secret after it was taken over, beside what it was before. No client.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1 as core;

use super::owners::{self, Kinds};
use super::refusal::Refusal;

/// # Errors
/// What is not as it should be: [`Refusal::MadeAnew`], [`Refusal::PutBack`], [`Refusal::Differs`].
pub(super) fn run(
    before: &core::Secret,
    after: &core::Secret,
    kinds: &Kinds<'_>,
) -> Result<(), Refusal> {
    if before.metadata.uid != after.metadata.uid {
        return Err(Refusal::MadeAnew);
    }
    let owners = after.metadata.owner_references.as_deref();
    let (back, _) = kinds.split(owners.unwrap_or_default())?;
    if let Some(owner) = back.first() {
        return Err(Refusal::PutBack(owners::described(owner)));
    }
    let keys = differing(before, after);
    if keys.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Differs(keys.join(", ")))
    }
}

/// The keys whose values are not what they were, or that came or went.
fn differing(before: &core::Secret, after: &core::Secret) -> Vec<String> {
    let value = |object: &core::Secret, key: &str| object.data.as_ref()?.get(key).cloned();
    let all = [before, after].into_iter().flat_map(|object| &object.data);
    let keys: BTreeSet<_> = all.flat_map(|data| data.keys()).collect();
    keys.into_iter()
        .filter(|key| value(before, key) != value(after, key))
        .map(|key| format!("`{key}`"))
        .collect()
}
