//! Copies in other namespaces: which of them are as Coffer left them, and those that are no longer to be there. No owner
//! reference reaches them, so Coffer takes them away itself: before anything else is looked at, because that needs no
//! values.

use std::time::Instant;

use futures::{StreamExt as _, stream};
use kube::{Api, ResourceExt as _};

use super::apply::AT_ONCE;
use super::deliveries::digest;
use super::natives::Natives;
use crate::api::wellknown::ORIGIN_NAME_ANNOTATION;
use crate::api::{Reason, Secret};
use crate::controller::access;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::ObjectKey;
use crate::index::natives::{Native, Origin};
use crate::index::verified::told_from;
use crate::policy::Problem;
use crate::policy::delivery::Copies;
use crate::policy::native::{conflict, copy};

/// Whether a native Secret is at the version at which Coffer left it: the recorded one, or for a copy the one that was
/// last seen in order.
pub(in crate::controller) fn is_as_left(
    ctx: &Context,
    secret: &Secret,
    key: &ObjectKey,
    live: &Native,
) -> bool {
    let recorded = conflict::recorded(secret, &key.namespace, &key.name);
    let is_recorded = recorded.is_some_and(|recorded| {
        *recorded.uid == *live.uid && *recorded.resource_version == *live.resource_version
    });
    if secret.metadata.namespace.as_deref() == Some(&*key.namespace) {
        return is_recorded;
    }
    // Two Secrets can want one name: a copy of the other's is none of this one's, whatever the status says.
    let is_its = live.is_copy && secret.metadata.uid.as_deref() == Some(&*live.origin_uid);
    is_its && (is_recorded || ctx.index.verified.is(key, &live.resource_version))
}

/// Whether a native Secret in another namespace, as memory has it, is a copy of a Secret: by its mark, or where that was
/// taken off, by what it says of its origin, and by the status. Never by the status alone.
pub(in crate::controller) fn is_own(secret: &Secret, key: &ObjectKey, native: &Native) -> bool {
    let is_of = |uid: &str| secret.metadata.uid.as_deref() == Some(uid);
    let is_recorded = || {
        let recorded = conflict::recorded(secret, &key.namespace, &key.name);
        recorded.is_some_and(|recorded| *recorded.uid == *native.uid)
    };
    native.is_copy && is_of(&native.origin_uid)
        || *native.origin_name == *ObjectKey::of(secret).to_string() && is_recorded()
}

/// The planned copies that are not as Coffer left them, or that it could not bring in order. After a restart memory has seen none of those that the status
/// does not show: their digest tells.
pub(super) fn differing(ctx: &Context, secret: &Secret, plan: &Copies) -> Vec<ObjectKey> {
    let name = copy::name(secret);
    let keys: Vec<_> = plan
        .keys()
        .map(|namespace| ObjectKey::new(namespace, &name))
        .collect();
    let is_left = |key: &&ObjectKey| {
        let live = ctx.index.native(key);
        live.is_some_and(|live| is_as_left(ctx, secret, key, &live))
            && ctx.index.is_current(secret, key)
    };
    let differing: Vec<_> = keys.iter().filter(|key| !is_left(key)).cloned().collect();
    let written = secret
        .status
        .as_ref()
        .and_then(|status| status.delivery_digest.as_ref());
    let (Some(written), false) = (written, differing.is_empty()) else {
        return differing;
    };
    if !differing
        .iter()
        .all(|key| ctx.index.is_current(secret, key))
    {
        return differing;
    }
    let live: Vec<_> = keys
        .iter()
        .filter_map(|key| ctx.index.native(key))
        .collect();
    let versions = keys.iter().zip(&live);
    let versions = versions.map(|(key, live)| (key, &*live.uid, &*live.resource_version));
    if live.len() != keys.len() || digest(versions) != *written {
        return differing;
    }
    let made_from = secret.status.as_ref().map(told_from).unwrap_or_default();
    for (key, live) in keys.iter().zip(&live) {
        let version = &live.resource_version;
        ctx.index
            .verified
            .note(key, version, &made_from, &ctx.index);
    }
    Vec::new()
}

/// Whether whoever changes them again and again has used up the looks for all of these.
pub(super) fn are_contested(ctx: &Context, uid: &str, differing: &[ObjectKey]) -> bool {
    let now = Instant::now();
    let mut budgets = differing.iter().map(|key| budget(uid, &key.namespace));
    budgets.all(|budget| !ctx.repairs.may_be_made(&budget, now))
}

/// By what repairs of a copy are counted.
pub(super) fn budget(uid: &str, namespace: &str) -> String {
    format!("{uid} {namespace}")
}

/// Copies of a Secret that memory knows and the plan does not.
fn superfluous(ctx: &Context, secret: &Secret, plan: &Copies) -> Vec<(ObjectKey, Native)> {
    let own = secret.metadata.namespace.as_deref().unwrap_or_default();
    let name = copy::name(secret);
    let uid = secret.metadata.uid.as_deref().unwrap_or_default();
    let mut copies = ctx.index.natives_of(uid);
    copies.retain(|(key, native)| {
        let is_planned = *key.name == *name && plan.contains_key(&*key.namespace);
        *key.namespace != *own && !is_planned && is_own(secret, key, native)
    });
    copies
}

/// What became of copies that were to go.
#[derive(Debug, Default)]
pub(super) struct Withdrawn {
    /// Whether there were any.
    pub(super) any: bool,
    /// Those that the API server keeps.
    pub(super) problems: Vec<Problem>,
    /// To be tried again.
    pub(super) error: Option<Error>,
}

/// Takes away what the plan does not have. One that cannot be taken away keeps no other from it.
pub(super) async fn withdraw(ctx: &Context, secret: &Secret, plan: &Copies) -> Withdrawn {
    let mut outcomes = Vec::new();
    for (key, native) in superfluous(ctx, secret, plan) {
        let outcome = withdraw_one(ctx, &key, &native.uid).await;
        outcomes.push((key, outcome));
    }
    for (key, uid) in unlabelled(ctx, secret, plan) {
        let outcome = withdraw_unlabelled(ctx, secret, &key, &uid).await;
        outcomes.push((key, outcome));
    }
    let mut withdrawn = Withdrawn {
        any: !outcomes.is_empty(),
        ..Withdrawn::default()
    };
    for (key, outcome) in outcomes {
        match outcome {
            Ok(()) => {}
            Err(error) if error.is_refusal() => withdrawn.problems.push(kept(&key, &error)),
            Err(error) => withdrawn.error = withdrawn.error.or(Some(error)),
        }
    }
    withdrawn
}

/// Those that were recorded, and that memory does not know: they lost the label by which they are watched, or are gone.
fn unlabelled(ctx: &Context, secret: &Secret, plan: &Copies) -> Vec<(ObjectKey, String)> {
    let own = secret.namespace().unwrap_or_default();
    let name = copy::name(secret);
    let recorded = secret.status.iter().flat_map(|it| &it.deliveries);
    let unplanned = recorded.filter(|it| {
        let is_planned = it.name == name && plan.contains_key(&it.namespace);
        it.namespace != own && !is_planned
    });
    let keyed = unplanned.map(|it| (ObjectKey::new(&it.namespace, &it.name), it.uid.clone()));
    keyed
        .filter(|(key, _)| ctx.index.native(key).is_none())
        .collect()
}

/// Only what says that it came from this Secret: who may write a status need have no right in other namespaces.
async fn withdraw_unlabelled(
    ctx: &Context,
    secret: &Secret,
    key: &ObjectKey,
    uid: &str,
) -> Result<(), Error> {
    let natives = Natives::of(&ctx.client, &key.namespace);
    let Some(metadata) = natives.metadata(key).await? else {
        return Ok(());
    };
    let said = metadata.annotations().get(ORIGIN_NAME_ANNOTATION);
    if said != Some(&ObjectKey::of(secret).to_string()) {
        return Ok(());
    }
    withdraw_one(ctx, key, uid).await
}

fn kept(key: &ObjectKey, error: &Error) -> Problem {
    let ObjectKey { namespace, name } = key;
    Problem::new(
        Reason::TargetRejected,
        format!(
            "native secret `{name}` in namespace `{namespace}` is to be taken away, and may not be: {error}. See what \
             forbids it"
        ),
    )
}

/// Takes away the copies of a Secret that is gone; asks for it first, because memory could be behind.
pub(in crate::controller) async fn sweep(ctx: &Context, origin: &Origin) -> Result<(), Error> {
    if !ctx.index.is_gone(origin) {
        return Ok(());
    }
    let Origin { key, uid } = origin;
    let secrets = Api::<Secret>::namespaced(ctx.client.clone(), &key.namespace);
    let live = secrets.get_metadata_opt(&key.name).await;
    let live = live.map_err(Error::api("look for", format!("Secret {key}")))?;
    if live.and_then(|live| live.metadata.uid).as_deref() == Some(&**uid) {
        return Ok(());
    }
    let mut copies = ctx.index.natives_of(uid);
    copies.retain(|(_, native)| native.is_copy);
    let work: Vec<_> = copies
        .iter()
        .map(|(key, native)| withdraw_one(ctx, key, &native.uid))
        .collect();
    // One that cannot be taken away keeps no other from it.
    let outcomes: Vec<_> = stream::iter(work).buffered(AT_ONCE).collect().await;
    outcomes.into_iter().collect()
}

/// Nobody may read the name any more before it can become free.
async fn withdraw_one(ctx: &Context, key: &ObjectKey, uid: &str) -> Result<(), Error> {
    access::revoke(ctx, key).await?;
    remove(ctx, key, uid).await
}

/// This very object, whatever was done to it. Another one of the name stays.
async fn remove(ctx: &Context, key: &ObjectKey, uid: &str) -> Result<(), Error> {
    let natives = Natives::of(&ctx.client, &key.namespace);
    match natives.delete(key, uid, None).await {
        Ok(()) | Err(Error::Stale) => {
            ctx.index.verified.forget(key);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(is_copy: bool, origin_name: &str) -> Native {
        Native {
            uid: "c".into(),
            resource_version: "1".into(),
            origin_uid: "u".into(),
            origin_name: origin_name.into(),
            owned: false,
            fingerprint: None,
            is_copy,
        }
    }

    #[test]
    fn what_the_status_alone_calls_a_copy_is_taken_for_none_by_memory_either() {
        let secret = |recorded: &str| -> Secret {
            serde_json::from_value(serde_json::json!({
                "metadata": { "namespace": "team-a", "name": "stripe", "uid": "u" },
                "spec": { "storeRef": { "name": "s" } },
                "status": { "deliveries": [
                    { "namespace": "shop", "name": "team-a.stripe", "uid": recorded, "resourceVersion": "1" },
                ]},
            }))
            .unwrap()
        };
        let key = ObjectKey::new("shop", "team-a.stripe");
        let is_own = |recorded: &str, native: &Native| is_own(&secret(recorded), &key, native);
        assert!(!is_own("c", &native(false, "other")));
        assert!(!is_own("other", &native(false, "team-a/stripe")));
        assert!(is_own("c", &native(false, "team-a/stripe")));
        assert!(is_own("other", &native(true, "")));
    }
}
