//! The Role and the RoleBinding of one account as they are to be: one write for each that is not, however many native
//! Secrets changed.

use k8s_openapi::api::rbac::v1 as rbac;

use super::{objects, plan};
use crate::api::Reason;
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::{ObjectKey, rights};
use crate::policy::Problem;
use crate::policy::access::{self, Names};

/// Brings them in order. Those who wait for their turn find nothing left to do where one before them did it. Says whether
/// anything was written.
pub(super) async fn settle(ctx: &Context, account: &ObjectKey) -> Result<bool, Failure> {
    let turn = ctx.access.turn(account);
    let _turn = turn.lock().await;
    match Names::new(plan::names(ctx, account)) {
        None => Ok(remove(ctx, account).await?),
        Some((names, left_out)) => {
            let of_role = grant(ctx, account, &names).await?;
            let of_binding = bind(ctx, account).await?;
            let has_written = of_role || of_binding;
            if has_written {
                // What was withdrawn while that was on its way found no Role to change.
                ctx.triggers.account(account);
            }
            if left_out > 0 {
                return Err(too_many(account, left_out).into());
            }
            Ok(has_written)
        }
    }
}

async fn grant(ctx: &Context, account: &ObjectKey, names: &Names) -> Result<bool, Failure> {
    let wanted = access::role(&account.namespace, &account.name, names, &ctx.fingerprinter);
    let mut known = ctx.index.role(account);
    if known.is_none() {
        if let Some(made) = create(ctx, account, &wanted).await? {
            take_role(ctx, &made);
            return Ok(true);
        }
        let found = objects::get(&ctx.client, &wanted).await?;
        let found = found.ok_or(Error::Stale)?;
        let Some((_, ours)) = rights::role(&found, &ctx.fingerprinter) else {
            return Err(conflict("Role", account).into());
        };
        known = Some(ours);
    }
    let known = known.ok_or(Error::Stale)?;
    if known.says.as_deref() == Some(names) {
        ctx.index.put_role(account, known);
        return Ok(false);
    }
    let restored = objects::restore(&ctx.client, &wanted, &known.uid).await;
    if matches!(restored, Err(Error::Stale)) {
        ctx.index.forget_role(account, &known.uid);
    }
    take_role(ctx, &refused(account, restored)?);
    Ok(true)
}

/// The role that a RoleBinding refers to cannot be changed, so one that is not as it was is made anew.
async fn bind(ctx: &Context, account: &ObjectKey) -> Result<bool, Failure> {
    let wanted = access::binding(&account.namespace, &account.name, &ctx.fingerprinter);
    let mut known = ctx.index.binding(account);
    if known.is_none() {
        if let Some(made) = create(ctx, account, &wanted).await? {
            take_binding(ctx, &made);
            return Ok(true);
        }
        let found = objects::get(&ctx.client, &wanted).await?;
        let found = found.ok_or(Error::Stale)?;
        let Some((_, ours)) = rights::binding(&found, &ctx.fingerprinter) else {
            return Err(conflict("RoleBinding", account).into());
        };
        known = Some(ours);
    }
    let known = known.ok_or(Error::Stale)?;
    if known.says.is_some() {
        ctx.index.put_binding(account, known);
        return Ok(false);
    }
    let deleted = objects::delete(&ctx.client, &wanted, &known.uid).await;
    refused(account, deleted)?;
    ctx.index.forget_binding(account, &known.uid);
    let made = create(ctx, account, &wanted).await?.ok_or(Error::Stale)?;
    take_binding(ctx, &made);
    Ok(true)
}

/// Without the RoleBinding nobody has the Role, so it goes first.
async fn remove(ctx: &Context, account: &ObjectKey) -> Result<bool, Failure> {
    let mut removed = false;
    if let Some(binding) = ctx.index.binding(account) {
        let named = access::binding(&account.namespace, &account.name, &ctx.fingerprinter);
        let deleted = objects::delete(&ctx.client, &named, &binding.uid).await;
        refused(account, deleted)?;
        ctx.index.forget_binding(account, &binding.uid);
        removed = true;
    }
    if let Some(role) = ctx.index.role(account) {
        let named = rbac::Role {
            metadata: access::binding(&account.namespace, &account.name, &ctx.fingerprinter)
                .metadata,
            rules: None,
        };
        let deleted = objects::delete(&ctx.client, &named, &role.uid).await;
        if refused(account, deleted)? {
            ctx.index.forget_role(account, &role.uid);
        } else {
            // It grants what it lists for as long as the finalizer of someone else holds it, and the RoleBinding.
            refused(
                account,
                objects::empty(&ctx.client, &named, &role.uid).await,
            )?;
        }
        removed = true;
    }
    Ok(removed)
}

async fn create<K: objects::Kind>(
    ctx: &Context,
    account: &ObjectKey,
    wanted: &K,
) -> Result<Option<K>, Failure> {
    refused(account, objects::create(&ctx.client, wanted).await)
}

fn take_role(ctx: &Context, role: &rbac::Role) {
    if let Some((account, role)) = rights::role(role, &ctx.fingerprinter) {
        ctx.index.put_role(&account, role);
    }
}

fn take_binding(ctx: &Context, binding: &rbac::RoleBinding) {
    if let Some((account, binding)) = rights::binding(binding, &ctx.fingerprinter) {
        ctx.index.put_binding(&account, binding);
    }
}

fn refused<T>(account: &ObjectKey, done: Result<T, Error>) -> Result<T, Failure> {
    done.map_err(|error| {
        if !error.is_refusal() {
            return error.into();
        }
        let ObjectKey { name, .. } = account;
        let message =
            format!("service account `{name}` may not be let read what it is given: {error}");
        Problem::new(Reason::AccessRejected, message).into()
    })
}

fn conflict(kind: &str, account: &ObjectKey) -> Problem {
    let name = access::name(&account.name);
    Problem::new(
        Reason::AccessConflict,
        format!(
            "{kind} `{name}` exists, and is not Coffer's, so service account `{}` may not read what it is given: delete it",
            account.name
        ),
    )
}

fn too_many(account: &ObjectKey, left_out: usize) -> Problem {
    Problem::new(
        Reason::AccessRejected,
        format!(
            "service account `{}` is given more than a Role can list, and may not read the last {left_out} of it: let \
             another account ask for some of it",
            account.name
        ),
    )
}
