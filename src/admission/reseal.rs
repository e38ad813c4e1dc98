//! The part of webhook `seal` that an annotation asks for: envelopes of retired keys give way to such of
//! the active ones, in place. A change made here leaves the ownership of the fields as it was, so that a
//! later server-side apply meets no conflict.

use std::time::Duration;

use json_patch::PatchOperation;
use kube::ResourceExt as _;
use tokio::task::block_in_place;

use super::door::Door;
use super::review::Refusal;
use super::seal;
use crate::api::wellknown::{RESEAL_ALL, RESEAL_ANNOTATION, RESEAL_MANAGER, RESEAL_OWN};
use crate::api::{Reason, Secret};
use crate::index::ObjectKey;
use crate::policy::Problem;
use crate::policy::operations::{remove, replace};
use crate::policy::reseal::{Extent, swaps};

/// How long to wait for a place. The API server waits for ten seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the annotation asks for, and its removal; nothing without it.
///
/// # Errors
/// A word that means nothing; no keys; and where all is asked for, an envelope that does not open here.
pub(super) async fn asked(
    door: &Door,
    secret: &Secret,
    dry_run: bool,
) -> Result<Vec<PatchOperation>, Refusal> {
    let Some(asked) = secret.annotations().get(RESEAL_ANNOTATION) else {
        return Ok(Vec::new());
    };
    let extent = match asked.as_str() {
        RESEAL_OWN => Extent::Own,
        RESEAL_ALL => Extent::All,
        _ => return Err(Refusal::invalid(&meaningless())),
    };
    let key = ObjectKey::of(secret);
    let store = ObjectKey::new(&key.namespace, &secret.spec.store_ref.name);
    let keys = seal::keys_of(door, &store, dry_run).await?;
    let store = door.index.stores.get(&store.to_ref());
    let swaps = || swaps(secret, &keys, store.as_deref(), extent);
    let swaps = match extent {
        Extent::Own => swaps(),
        Extent::All => {
            let turn = door.turn(secret, PATIENCE).await;
            let _turn = turn.ok_or_else(|| Refusal::unavailable(crowded()))?;
            block_in_place(swaps)
        }
    };
    let swaps = swaps.map_err(|problem| Refusal::invalid(&problem))?;
    let mut operations: Vec<_> = swaps
        .iter()
        .map(|swap| replace(swap.path(), swap.envelope.to_string()))
        .collect();
    operations.push(remove(["metadata", "annotations", RESEAL_ANNOTATION]));
    operations.extend(unowned(secret));
    Ok(operations)
}

/// By its request the operator came to own an annotation that is never stored.
fn unowned(secret: &Secret) -> Option<PatchOperation> {
    let owners = secret.managed_fields().iter();
    let mut owners = owners.map(|owner| owner.manager.as_deref());
    let index = owners.position(|manager| manager == Some(RESEAL_MANAGER))?;
    Some(remove(["metadata", "managedFields", &index.to_string()]))
}

fn meaningless() -> Problem {
    Problem::new(
        Reason::ValueMissing,
        format!(
            "annotation `{RESEAL_ANNOTATION}` is `{RESEAL_OWN}`, for what Coffer sealed, or `{RESEAL_ALL}`, also \
             for what authors sealed"
        ),
    )
}

fn crowded() -> String {
    "the values of too many others are sealed again just now: try again".to_owned()
}
