//! A native Secret after it was taken over, beside what it was before. No client.

use k8s_openapi::api::core::v1 as core;

use super::owners::{self, Kinds};
use super::refusal::Refusal;
use crate::policy::native;

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
    let keys = native::differing(native::content(before), native::content(after));
    if keys.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Differs(format!("`{}`", keys.join("`, `"))))
    }
}
