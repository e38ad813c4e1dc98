//! What authors may bind their envelopes to.

use crate::api::{EnvelopeBinding, SecretStore};
use crate::crypto::BindingKind;

/// Of a store. Strict is always allowed: it opens in fewer places than any other.
#[must_use]
pub fn of(store: &SecretStore) -> Vec<BindingKind> {
    let sealing = store.spec.sealing.as_ref();
    let allows_store =
        sealing.is_some_and(|sealing| sealing.bindings.contains(&EnvelopeBinding::Store));
    if allows_store {
        vec![BindingKind::Strict, BindingKind::Store]
    } else {
        vec![BindingKind::Strict]
    }
}
