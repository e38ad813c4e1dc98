//! The steps of a take-over in the cluster, each said when it is done.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::anyhow;
use k8s_openapi::api::core::v1 as core;
use kube::api::{ListParams, Patch, PatchParams};
use kube::runtime::wait::await_condition;
use kube::{Api, Client, ResourceExt as _};
use tokio::time::timeout;

use super::compare;
use super::handover::{self, Handover};
use super::owners::{self, Kinds};
use super::refusal::{Failure, Refusal};
use crate::api::Secret;

const MANAGER: &str = "coffer/import";

/// For one answer, and for the operator to look at a Secret that was just applied.
const PATIENCE: Duration = Duration::from_secs(30);

/// For the operator to see the consent: it looks again once a minute at the latest.
const ADOPTION: Duration = Duration::from_secs(90);

/// Where, and how.
pub(super) struct Follow<'a> {
    pub(super) client: Client,
    pub(super) namespace: &'a str,
    pub(super) kinds: Kinds<'a>,
    pub(super) dry_run: bool,
}

impl Follow<'_> {
    /// Takes one native Secret over, from looking at it to seeing that it is as it was.
    ///
    /// Guarantees: nothing is deleted or written over, and at no time is it in danger that it was not in before.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn one(&self, name: &str) -> Result<(), Failure> {
        let secret = self.settled_origin(name).await?;
        let before = self.native(name).await?.ok_or(Refusal::NoNative)?;
        let handover = handover::judge(&before, &secret, &self.kinds)?;
        let origin = secret.name_any();
        if let Some(patch) = &handover.patch
            && !self.dry_run
        {
            self.patch(name, patch.clone()).await?;
        }
        self.tell(name, &origin, &handover);
        if self.dry_run {
            return Ok(());
        }
        let uid = before.uid().unwrap_or_default();
        self.delivered(&origin, &uid).await?;
        let after = self.native(name).await?.ok_or(Refusal::MadeAnew)?;
        compare::run(&before, &after, &self.kinds)?;
        self.say(name, "taken over: the same object with the same content");
        for owner in &handover.former {
            let deletion = owners::deletion(owner, self.namespace);
            self.say(name, &format!("now delete the old object: {deletion}"));
        }
        Ok(())
    }

    /// The Coffer Secret of this target, once the operator has looked at it.
    async fn settled_origin(&self, native: &str) -> Result<Secret, Failure> {
        let secrets = self.secrets();
        let all = in_time(secrets.list(&ListParams::default())).await??;
        let origin = handover::origin(&all.items, native)?.name_any();
        let settled = |secret: Option<&Secret>| secret.is_none_or(handover::is_settled);
        match timeout(PATIENCE, await_condition(secrets, &origin, settled)).await {
            Ok(Ok(Some(secret))) => Ok(secret),
            Ok(Ok(None)) => Err(Refusal::NoSecret.into()),
            Ok(Err(error)) => Err(Failure::Cluster(error.into())),
            Err(_) => Err(Refusal::NotSeen(origin, PATIENCE.as_secs()).into()),
        }
    }

    async fn patch(&self, name: &str, patch: json_patch::Patch) -> Result<(), Failure> {
        let params = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let patch = Patch::Json::<()>(patch);
        match in_time(self.natives().patch(name, &params, &patch)).await? {
            // A test that fails makes the patch invalid; whoever is quicker makes a conflict.
            Err(kube::Error::Api(status)) if status.is_invalid() || status.is_conflict() => {
                Err(Refusal::Changed.into())
            }
            Err(kube::Error::Api(status)) if status.is_not_found() => Err(Refusal::NoNative.into()),
            answer => Ok(answer.map(drop)?),
        }
    }

    async fn delivered(&self, origin: &str, uid: &str) -> Result<(), Failure> {
        let decided = |secret: Option<&Secret>| {
            secret
                .is_some_and(|it| handover::delivers(it, uid) || handover::difference(it).is_some())
        };
        match timeout(ADOPTION, await_condition(self.secrets(), origin, decided)).await {
            Ok(Ok(secret)) => match secret.as_ref().and_then(handover::difference) {
                Some(message) => Err(Refusal::Another(message.to_owned()).into()),
                None => Ok(()),
            },
            Ok(Err(error)) => Err(Failure::Cluster(error.into())),
            Err(_) => Err(Refusal::NotTaken(ADOPTION.as_secs(), origin.to_owned()).into()),
        }
    }

    async fn native(&self, name: &str) -> Result<Option<core::Secret>, Failure> {
        Ok(in_time(self.natives().get_opt(name)).await??)
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), self.namespace)
    }

    fn natives(&self) -> Api<core::Secret> {
        Api::namespaced(self.client.clone(), self.namespace)
    }

    /// What the patch does, or did.
    fn tell(&self, name: &str, origin: &str, handover: &Handover) {
        for owner in &handover.former {
            let owner = owners::described(owner);
            self.say(name, &format!("takes away the owner reference to {owner}"));
        }
        if let Some(release) = &handover.release {
            let keep = format!("a part of Helm release {release}: tells Helm to keep it");
            self.say(name, &keep);
        }
        if handover.consents {
            let consent =
                format!("lets Coffer Secret {origin} take it over, if it has the same content");
            self.say(name, &consent);
        }
    }

    fn say(&self, name: &str, what: &str) {
        let dry = if self.dry_run { " (dry run)" } else { "" };
        // Who closes stdout does not want to know; what was begun goes on.
        let _ = writeln!(io::stdout(), "{}/{name}{dry}: {what}", self.namespace);
    }
}

async fn in_time<T>(
    answer: impl Future<Output = kube::Result<T>>,
) -> Result<kube::Result<T>, Failure> {
    let answer = timeout(PATIENCE, answer).await;
    let late = |_| Failure::Cluster(anyhow!("the cluster did not answer within {PATIENCE:?}"));
    answer.map_err(late)
}
