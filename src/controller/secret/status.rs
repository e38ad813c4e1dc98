//! Step five: the status, from what was applied; and events for what a user should know.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt as _;

use super::Found;
use super::apply::Applied;
use super::copies::Withdrawn;
use super::deliveries::Deliveries;
use super::said;
use super::target::Repair;
use crate::api::{FormerTarget, Reason, Secret, SecretState, SecretStatus, id, whole_second};
use crate::controller::context::{Context, SealedBy};
use crate::controller::error::Error;
use crate::controller::status::write;
use crate::policy::Problem;
use crate::policy::conditions::{self, Wanted};
use crate::policy::native::versions;

/// Writes the status where it differs.
pub(super) async fn publish(
    ctx: &Context,
    found: &Found,
    outcome: Result<Applied, Problem>,
    withdrawn: &Withdrawn,
) -> Result<(), Error> {
    let before = found.secret.status.as_ref();
    let mode = ctx.config.plaintext;
    let now = whole_second(Timestamp::now());
    let copied = said::copied(found, outcome.as_ref(), &withdrawn.problems);
    let wanted = wanted(found, outcome.as_ref(), copied.clone(), mode, &now);
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
    tell(ctx, found, outcome.as_ref(), copied.as_ref()).await;
    Ok(())
}

/// Says of one that is held by finalizers of others that it is deleted.
pub(super) async fn publish_end(ctx: &Context, secret: &Secret) -> Result<(), Error> {
    let before = secret.status.as_ref();
    let wanted = SecretStatus {
        observed_generation: secret.metadata.generation,
        state: Some(SecretState::Deleted),
        ..before.cloned().unwrap_or_default()
    };
    match write(&ctx.client, secret, before, &wanted, "coffer/secret").await {
        // Newer, or gone.
        Err(Error::Stale) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What is wrong, but for copies.
fn problem_of<'a>(outcome: Result<&'a Applied, &'a Problem>) -> Option<&'a Problem> {
    outcome.map_or_else(Some, |applied| applied.problem.as_ref())
}

fn wanted(
    found: &Found,
    outcome: Result<&Applied, &Problem>,
    copied: Option<Wanted>,
    mode: SealedBy,
    now: &Time,
) -> SecretStatus {
    let (meta, spec) = (&found.secret.metadata, &found.secret.spec);
    let before = found.secret.status.clone().unwrap_or_default();
    let fingerprint = outcome.ok().map(|applied| applied.fingerprint.clone());
    let changed = fingerprint.is_some() && fingerprint != before.fingerprint;
    let (state, mut conditions) = match (outcome, problem_of(outcome)) {
        (Ok(applied), None) => {
            let conditions = said::all_well(found, applied, mode, changed);
            (SecretState::Active, conditions)
        }
        (_, Some(problem)) | (Err(problem), None) => {
            (SecretState::Pending, said::not_well(found, problem))
        }
    };
    conditions.extend(copied);
    conditions.extend(found.name_taken.as_ref().map(conditions::not_named));
    conditions.extend(said::restarted(outcome));
    let deliveries = Deliveries::of(found, outcome, &before);
    let (target_name, former_targets) = versions(found, outcome, &before);
    let restarted = outcome.ok().and_then(|applied| applied.restarted.as_ref());
    let restarted_for = restarted.map_or_else(
        || before.restarted_for.clone(),
        |restarted| restarted.content.clone(),
    );
    SecretStatus {
        observed_generation: meta.generation,
        id: id(meta),
        store_id: found
            .store
            .as_ref()
            .and_then(|store| id(&store.metadata))
            .or(before.store_id),
        name: Some(spec.name.clone().unwrap_or_else(|| found.secret.name_any())),
        comment: spec.comment.clone(),
        scopes: BTreeSet::from_iter(spec.scopes.clone())
            .into_iter()
            .collect(),
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
        deliveries: deliveries.shown,
        target_name,
        former_targets,
        restarted_for,
        delivery_count: Some(deliveries.count),
        delivery_digest: deliveries.digest,
        inputs: Some(found.inputs.clone()),
        conditions: said::with_last_restart(
            found,
            &before.conditions,
            conditions::date(&before.conditions, conditions, meta.generation, now),
        ),
    }
}

/// The current name of an immutable target, and its former versions. What was said stays until there is something better.
fn versions(
    found: &Found,
    outcome: Result<&Applied, &Problem>,
    before: &SecretStatus,
) -> (Option<String>, Vec<FormerTarget>) {
    let made = outcome.ok().and_then(|applied| {
        let former = applied.former.clone()?;
        let current = applied.target.as_ref().map(|it| it.name.clone());
        Some((current, former))
    });
    match made {
        Some((current, former)) => {
            let current = current.filter(|_| versions::is_wanted(&found.secret));
            (current, former)
        }
        None if !found.may_have_target() => (None, Vec::new()),
        None => (before.target_name.clone(), before.former_targets.clone()),
    }
}

/// A problem is told when it begins, its end when it ends, a repair each time.
async fn tell(
    ctx: &Context,
    found: &Found,
    outcome: Result<&Applied, &Problem>,
    copied: Option<&Wanted>,
) {
    let secret = &*found.secret;
    let before = secret
        .status
        .as_ref()
        .and_then(|status| conditions::ready_reason(&status.conditions));
    let problem = problem_of(outcome);
    if let Some(problem) = problem
        && before != Some((false, problem.reason.as_str()))
    {
        ctx.events
            .warn(secret, problem.reason, &problem.message)
            .await;
    }
    if let Some(copied) = copied.filter(|copied| !copied.holds)
        && !is_told(secret, copied)
    {
        ctx.events
            .warn(secret, copied.reason, &copied.message)
            .await;
    }
    if let Some(restarted) = said::restarted(outcome) {
        let Wanted {
            reason, message, ..
        } = &restarted;
        if restarted.holds {
            ctx.events.tell(secret, *reason, message).await;
        } else if *reason != Reason::RestartPending || !is_told(secret, &restarted) {
            ctx.events.warn(secret, *reason, message).await;
        }
    }
    let Ok(applied) = outcome else { return };
    if let Some(Repair { action, note }) = &applied.repaired {
        let reason = Reason::TargetRepaired;
        ctx.events.repaired(secret, action, reason, note).await;
    } else if problem.is_none() && matches!(before, Some((false, _))) {
        let reason = said::reason(applied);
        let note = said::whereabouts(found, applied);
        ctx.events.tell(secret, reason, &note).await;
    }
}

/// Whether the status says so already.
fn is_told(secret: &Secret, wanted: &Wanted) -> bool {
    let mut conditions = secret.status.iter().flat_map(|status| &status.conditions);
    conditions.any(|it| {
        it.type_ == wanted.type_.as_str()
            && it.reason == wanted.reason.as_str()
            && it.status == "False"
    })
}
