//! Step five: the status, from what was applied; and events for what a user should know.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::Found;
use super::apply::Applied;
use super::target::Repair;
use crate::api::{ConditionType, Reason, Secret, SecretState, SecretStatus, id, whole_second};
use crate::controller::context::{Context, SealedBy};
use crate::controller::error::Error;
use crate::controller::status::write;
use crate::policy::Problem;
use crate::policy::conditions::{self, Wanted};
use crate::policy::{generate, values};

/// Writes the status where it differs.
pub(super) async fn publish(
    ctx: &Context,
    found: &Found,
    outcome: Result<Applied, Problem>,
) -> Result<(), Error> {
    let before = found.secret.status.as_ref();
    let mode = ctx.config.plaintext;
    let now = whole_second(Timestamp::now());
    let wanted = wanted(found, outcome.as_ref(), mode, &now);
    let written = write(
        &ctx.client,
        &*found.secret,
        before,
        &wanted,
        "coffer/secret",
    )
    .await?;
    let version = written.and_then(|meta| meta.resource_version);
    let native = outcome.as_ref().ok().and_then(Applied::version);
    ctx.in_flight.wrote(found.uid(), version, native);
    tell(ctx, &found.secret, &outcome).await;
    Ok(())
}

fn wanted(
    found: &Found,
    outcome: Result<&Applied, &Problem>,
    mode: SealedBy,
    now: &Time,
) -> SecretStatus {
    let meta = &found.secret.metadata;
    let before = found.secret.status.clone().unwrap_or_default();
    let fingerprint = outcome.ok().map(|applied| applied.fingerprint.clone());
    let changed = fingerprint.is_some() && fingerprint != before.fingerprint;
    let (state, conditions) = match outcome {
        Ok(applied) => (SecretState::Active, all_well(found, applied, mode, changed)),
        Err(problem) => (SecretState::Pending, not_well(found, problem)),
    };
    let deliveries = match outcome {
        Ok(applied) => applied.deliveries.clone(),
        Err(_) if found.secret.spec.target.is_none() => Vec::new(),
        // What was delivered before stays until there is something better.
        Err(_) => before.deliveries,
    };
    SecretStatus {
        observed_generation: meta.generation,
        id: id(meta),
        store_id: found
            .store
            .as_ref()
            .and_then(|store| id(&store.metadata))
            .or(before.store_id),
        state: Some(state),
        created: meta.creation_timestamp.clone(),
        modified: if changed {
            Some(now.clone())
        } else {
            before.modified
        },
        version: if changed {
            Some(before.version.unwrap_or(0) + 1)
        } else {
            before.version
        },
        fingerprint: fingerprint.or(before.fingerprint),
        deliveries,
        inputs: Some(found.inputs.clone()),
        conditions: conditions::date(&before.conditions, conditions, meta.generation, now),
    }
}

fn all_well(found: &Found, applied: &Applied, mode: SealedBy, changed: bool) -> Vec<Wanted> {
    let mut wanted = match applied.deliveries.first() {
        Some(delivery) => conditions::ready(
            Reason::Delivered,
            format!("native secret `{}` has the values", delivery.name),
        ),
        None => conditions::ready(
            Reason::Kept,
            "the values are kept; there is no `spec.target`",
        ),
    };
    let has_values = found
        .secret
        .spec
        .data
        .values()
        .any(|item| item.value.is_some());
    if has_values {
        let (reason, message) = sealed_by(found, applied, mode, changed);
        wanted.push(Wanted {
            type_: ConditionType::Sealed,
            holds: true,
            reason,
            message: message.to_owned(),
        });
    }
    wanted
}

/// Who sealed the values. That one was stored in plaintext is said for as long as the values are the same.
fn sealed_by(
    found: &Found,
    applied: &Applied,
    mode: SealedBy,
    changed: bool,
) -> (Reason, &'static str) {
    let said = found.secret.status.as_ref();
    let was_stored = said.is_some_and(|said| was_stored(&said.conditions, changed));
    let by_controller = mode == SealedBy::Controller || was_stored;
    let items = found.secret.spec.data.values();
    let mut given = items.filter(|item| item.value.is_some());
    if found.held_plaintext || (applied.sealed_by_coffer && by_controller) {
        (
            Reason::SealedByController,
            "a value was stored in plaintext until the controller sealed it: if etcd, a backup or an \
             audit log may have kept it, change it, and seal it with `coffer seal` before applying",
        )
    } else if applied.sealed_by_coffer {
        (
            Reason::SealedAtAdmission,
            "a value came in plaintext and was sealed before it was stored: Git, or an audit log of \
             request bodies, may have it in plaintext",
        )
    } else if given.clone().all(generate::is_generated) {
        (
            Reason::SealedAtGeneration,
            "the values were generated by Coffer, and sealed before they were stored",
        )
    } else if given.any(generate::is_generated) {
        (
            Reason::SealedByAuthor,
            "the values are sealed by their author, or were generated and sealed by Coffer",
        )
    } else {
        (
            Reason::SealedByAuthor,
            "the values are sealed by their author",
        )
    }
}

/// Whether a value that is now sealed was stored in plaintext, as far as the former conditions tell. Where it rested
/// so until now, nobody knows whether it is the same: it is said rather once too often.
fn was_stored(conditions: &[Condition], changed: bool) -> bool {
    let sealed = ConditionType::Sealed.as_str();
    let mut said = conditions.iter().filter(|it| it.type_ == sealed);
    said.any(|it| {
        it.reason == Reason::StoredInPlaintext.as_str()
            || !changed && it.reason == Reason::SealedByController.as_str()
    })
}

/// A value that still rests in plaintext is said, whatever else is wrong.
fn not_well(found: &Found, problem: &Problem) -> Vec<Wanted> {
    let mut wanted = conditions::not_ready(problem);
    let keys: Vec<_> = values::plaintexts(&found.secret)
        .map(|(key, ..)| key.as_str())
        .collect();
    if !keys.is_empty() {
        wanted.push(Wanted {
            type_: ConditionType::Sealed,
            holds: false,
            reason: Reason::StoredInPlaintext,
            message: format!(
                "`{}` of `spec.data` rests in plaintext until what keeps it from being sealed is \
                 mended: remove it, or seal it with `coffer seal` before applying",
                keys.join("`, `")
            ),
        });
    }
    wanted
}

/// A problem is told when it begins, its end when it ends, a repair each time.
async fn tell(ctx: &Context, secret: &Secret, outcome: &Result<Applied, Problem>) {
    let before = secret
        .status
        .as_ref()
        .and_then(|status| conditions::ready_reason(&status.conditions));
    match outcome {
        Err(problem) if before != Some((false, problem.reason.as_str())) => {
            ctx.events
                .warn(secret, problem.reason, &problem.message)
                .await;
        }
        Ok(applied) => {
            if let Some(Repair { action, note }) = &applied.repaired {
                let reason = Reason::TargetRepaired;
                ctx.events.repaired(secret, action, reason, note).await;
            } else if matches!(before, Some((false, _))) {
                let (reason, note) = match applied.deliveries.first() {
                    Some(d) => (
                        Reason::Delivered,
                        format!("native secret `{}` has the values", d.name),
                    ),
                    None => (Reason::Kept, "the values are kept".to_owned()),
                };
                ctx.events.tell(secret, reason, &note).await;
            }
        }
        Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_a_value_was_stored_in_plaintext_is_not_forgotten_by_a_change_of_mode() {
        let said = |reason: Reason| {
            vec![Condition {
                type_: ConditionType::Sealed.as_str().to_owned(),
                reason: reason.as_str().to_owned(),
                status: "False".to_owned(),
                message: String::new(),
                last_transition_time: Time(Timestamp::UNIX_EPOCH),
                observed_generation: None,
            }]
        };
        for changed in [true, false] {
            assert!(was_stored(&said(Reason::StoredInPlaintext), changed));
            assert!(!was_stored(&said(Reason::SealedAtAdmission), changed));
            assert!(!was_stored(&[], changed));
        }
        assert!(was_stored(&said(Reason::SealedByController), false));
        assert!(!was_stored(&said(Reason::SealedByController), true));
    }
}
