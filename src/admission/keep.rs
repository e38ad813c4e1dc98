//! Webhook `keep`: what Coffer sealed once, and comes back from a copy of the cluster in Git, does not take the
//! place of what is stored when it is only older.
//!
//! After a rotation such a copy holds envelopes of a former key, and Coffer seals anew what it finds of those. Each
//! apply would undo that, and each time it would be done again. No answer is no harm: then it is so.

use std::time::Instant;

use super::door::Door;
use super::review::{Request, Verdict};
use crate::api::{Secret, SecretStore};
use crate::index::{ObjectKey, UsableKeys};
use crate::policy::operations::replace;
use crate::policy::reseal::older;

/// Puts the stored envelope back where the one that comes was sealed by Coffer with a former key, for this very
/// place, and holds the same.
pub(super) async fn secret(door: &Door, request: &Request<Secret>) -> Verdict {
    let (Some(secret), Some(old)) = (&request.object, &request.old_object) else {
        return Verdict::default();
    };
    let key = ObjectKey::of(secret);
    let Some(keys) = keys_of(door, &key, secret) else {
        return Verdict::default();
    };
    let now = Instant::now();
    // As where a value comes in clear: whoever may change a Secret must not try one envelope after another, nor
    // with what is not stored.
    if older(secret, old, &keys).is_empty() || !door.guesses.may_compare(&key, now) {
        return Verdict::default();
    }
    let Some(stored) = door.stored(&key, old).await else {
        return Verdict::default();
    };
    let older = older(secret, &stored, &keys);
    door.count_differing(&key, older.differing, now);
    let back = older.swaps.iter();
    Verdict {
        patch: back
            .map(|swap| replace(swap.path(), swap.envelope.to_string()))
            .collect(),
        ..Verdict::default()
    }
}

/// Those that memory has of a store that is there. None are made for this.
fn keys_of(door: &Door, key: &ObjectKey, secret: &Secret) -> Option<UsableKeys> {
    let store = ObjectKey::new(&key.namespace, &secret.spec.store_ref.name);
    let keys = door.index.keys(&store)?;
    let living = door.index.stores.get(&store.to_ref::<SecretStore>())?;
    keys.are_of(&living)
        .then(|| UsableKeys::new(door.index.clone(), keys))
}
