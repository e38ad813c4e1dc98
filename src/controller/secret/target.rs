//! One native Secret: made, kept, repaired. In the own namespace, or a copy in another one.

mod whose;

use std::time::Instant;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::ResourceExt as _;

use super::natives::Natives;
use super::{Found, patch};
use crate::api::wellknown::{FINGERPRINT_ANNOTATION, GROUP};
use crate::api::{Delivery, Reason};
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::controller::pods;
use crate::controller::repairs::INTERVAL;
use crate::index::ObjectKey;
use crate::index::natives::Native;
use crate::policy::native::{self, Desired, conflict};
use crate::policy::{Problem, conditions};
use crate::telemetry;

/// The native Secret that is to be brought in order.
pub(super) struct Target<'a> {
    pub(super) ctx: &'a Context,
    pub(super) found: &'a Found,
    pub(super) desired: &'a Desired,
    pub(super) fingerprint: &'a str,
}

/// How it was left, and what an event tells where something was put back.
pub(super) type Outcome = (Delivery, Option<Repair>);

/// Something that someone else did to the native Secret, and that was put right.
#[derive(Debug)]
pub(super) struct Repair {
    /// What was done about it.
    pub(super) action: &'static str,
    /// For people.
    pub(super) note: String,
}

impl Target<'_> {
    /// Without a request where memory knows that it is in order; with one where it is missing.
    pub(super) async fn bring_in_order(&self) -> Result<Outcome, Failure> {
        let key = self.key();
        let live = self.ctx.index.native(&key);
        if let Some(live) = live.as_ref().filter(|live| self.is_as_left(live)) {
            return Ok((self.known(live), None));
        }
        if let Some(anothers) = live.as_ref().and_then(|live| self.is_anothers(live)) {
            return Err(anothers);
        }
        // To look after a copy is a cost that others can cause.
        let is_missed = live.is_none() && self.was_there();
        if (is_missed || self.is_copy() && live.is_some()) && self.spec_is_unchanged() {
            self.within_repairs()?;
        }
        if live.is_none() {
            if !self.is_known_conflict() {
                if let Some(made) = self.make(is_missed).await? {
                    return Ok(made);
                }
                tracing::debug!(%key, "the target exists already: looking whose it is");
            }
            // What someone else made is not read, only looked at.
            match self.natives().metadata(&key).await? {
                Some(metadata) if self.is_possible(&metadata) => {}
                Some(_) => return Err(self.taken(None)),
                None => return Ok(self.make(is_missed).await?.ok_or(Error::Stale)?),
            }
        }
        let object = self.natives().get(&key).await?.ok_or(Error::Stale)?;
        self.update(object).await
    }

    /// Makes it; `None` where something has the name.
    async fn make(&self, is_missed: bool) -> Result<Option<Outcome>, Failure> {
        let (key, secret) = (self.key(), &self.found.secret);
        if pods::are_to_list(self.ctx, secret, &key)
            && self.natives().metadata(&key).await?.is_some()
        {
            return Ok(None);
        }
        pods::list(self.ctx, secret, &key).await?;
        let made = self.create().await;
        let metadata = made.as_ref().ok().and_then(Option::as_ref);
        pods::ended(self.ctx, secret, &key, metadata.map(|it| &it.metadata));
        let made = made?;
        Ok(made.map(|object| {
            let is_repair = is_missed && self.spec_is_unchanged();
            let repair = is_repair.then(|| self.repaired("Recreate", "was deleted"));
            (delivery(&object.metadata), repair)
        }))
    }

    fn known(&self, live: &Native) -> Delivery {
        Delivery {
            namespace: self.desired.namespace.clone(),
            name: self.desired.name.clone(),
            uid: live.uid.to_string(),
            resource_version: live.resource_version.to_string(),
        }
    }

    /// Whether the status says that someone else has the name. Then the values are not sent along
    /// again only to be refused.
    fn is_known_conflict(&self) -> bool {
        let status = self.found.secret.status.as_ref();
        status
            .and_then(|status| conditions::ready_reason(&status.conditions))
            .is_some_and(|(_, reason)| {
                [Reason::TargetConflict, Reason::TargetDiffers]
                    .map(Reason::as_str)
                    .contains(&reason)
            })
    }

    async fn update(&self, object: core::Secret) -> Result<Outcome, Failure> {
        self.check(&object).await?;
        if object.metadata.deletion_timestamp.is_some() {
            return Err(self.terminating().into());
        }
        let written = object.annotations().get(FINGERPRINT_ANNOTATION);
        let fingerprint =
            native::fingerprint_of(&object, &self.ctx.fingerprinter, self.found.uid());
        let is_sealed = object.immutable == Some(true);
        if fingerprint == self.fingerprint
            && written == Some(&fingerprint)
            && (is_sealed || !self.desired.immutable)
        {
            if self.is_copy() && self.spec_is_unchanged() {
                self.ctx.repairs.made(&self.budget(), Instant::now());
            }
            return Ok((delivery(&object.metadata), None));
        }
        let is_known = self.is_copy() || conflict::is_recorded(&self.found.secret, &object);
        let drifted = is_known && self.spec_is_unchanged();
        if drifted {
            self.within_repairs()?;
        }
        let (key, secret) = (self.key(), &self.found.secret);
        pods::list(self.ctx, secret, &key).await?;
        let updated = self.write(&object).await;
        pods::ended(self.ctx, secret, &key, updated.as_ref().ok());
        let updated = updated?;
        Ok((
            delivery(&updated),
            drifted.then(|| self.repaired("Restore", "was changed")),
        ))
    }

    /// Makes what is there what it should be.
    async fn write(&self, object: &core::Secret) -> Result<ObjectMeta, Failure> {
        let is_sealed = object.immutable == Some(true);
        let stays_sealed = self.desired.immutable && self.desired.differing(object).is_empty();
        if object.type_.as_deref().unwrap_or(native::OPAQUE) != self.desired.type_
            || is_sealed && !stays_sealed
        {
            return Ok(self.make_anew(object).await?.metadata);
        }
        let patch = patch::to_desired(object, self.desired, self.fingerprint, self.owner());
        let patched = self.natives().patch(&self.desired.name, patch).await;
        patched.map_err(|error| self.refused("update", error))
    }

    async fn create(&self) -> Result<Option<core::Secret>, Failure> {
        let created = self.natives().create(&self.object()).await;
        created.map_err(|error| self.refused("create", error))
    }

    /// Neither a type nor an immutable object can be changed.
    async fn make_anew(&self, former: &core::Secret) -> Result<core::Secret, Failure> {
        // The API server judges a new object before it looks for the name, so what it would refuse is
        // known while the old one is still there. Only a quota counts the old one as well.
        match self.natives().create(&self.object()).await {
            Ok(Some(object)) => return Ok(object),
            Ok(None) => {}
            Err(error) if is_over_quota(&error) => {}
            Err(error) => return Err(self.refused("create", error)),
        }
        let (uid, version) = (former.uid(), former.resource_version());
        let (uid, version) = (uid.unwrap_or_default(), version.unwrap_or_default());
        self.natives()
            .delete(&self.key(), &uid, Some(&version))
            .await?;
        Ok(self.create().await?.ok_or(Error::Stale)?)
    }

    fn natives(&self) -> Natives {
        Natives::of(&self.ctx.client, &self.desired.namespace)
    }

    fn object(&self) -> core::Secret {
        let mut annotations = self.desired.annotations.clone();
        annotations.insert(
            FINGERPRINT_ANNOTATION.to_owned(),
            self.fingerprint.to_owned(),
        );
        core::Secret {
            metadata: ObjectMeta {
                name: Some(self.desired.name.clone()),
                namespace: Some(self.desired.namespace.clone()),
                labels: Some(self.desired.labels.clone()),
                annotations: Some(annotations),
                owner_references: self.owner().map(|owner| vec![owner]),
                ..ObjectMeta::default()
            },
            type_: Some(self.desired.type_.clone()),
            immutable: self.desired.immutable.then_some(true),
            data: Some(
                self.desired
                    .data
                    .iter()
                    .map(|(key, value)| (key.clone(), ByteString(value.expose().to_vec())))
                    .collect(),
            ),
            ..core::Secret::default()
        }
    }

    fn owner(&self) -> Option<OwnerReference> {
        self.desired.owned.then(|| OwnerReference {
            api_version: format!("{GROUP}/v1alpha1"),
            kind: "Secret".to_owned(),
            name: self.found.secret.name_any(),
            uid: self.found.uid().to_owned(),
            // Not the controller: an object that is adopted may have one, and there is no second.
            controller: None,
            block_owner_deletion: None,
        })
    }

    fn key(&self) -> ObjectKey {
        ObjectKey::new(&self.desired.namespace, &self.desired.name)
    }

    /// Whether the target's own side called for the write: then it is no repair.
    fn spec_is_unchanged(&self) -> bool {
        self.found.secret.status.as_ref().is_some_and(|status| {
            status.observed_generation == self.found.secret.metadata.generation
                && status.inputs.as_ref() == Some(&self.found.inputs)
        })
    }

    /// Its end wakes this Secret up.
    fn terminating(&self) -> Problem {
        let called = self.called();
        Problem::new(
            Reason::TargetTerminating,
            format!(
                "{called} is being deleted, and made anew once it is gone: if this lasts, \
                 see what its `metadata.finalizers` wait for"
            ),
        )
    }

    /// Fails when this Secret was put back too often lately.
    fn within_repairs(&self) -> Result<(), Problem> {
        let repairs = &self.ctx.repairs;
        if repairs.may_be_made(&self.budget(), Instant::now()) {
            return Ok(());
        }
        let Desired {
            namespace, name, ..
        } = self.desired;
        let called = self.called();
        Err(Problem::new(
            Reason::TargetContested,
            format!(
                "{called} is changed or deleted again and again, so it is put back only once in {INTERVAL:?}: see who \
                 else writes it with `kubectl get secret {name} -n {namespace} -o yaml --show-managed-fields`, or \
                 choose another `spec.target.name`"
            ),
        ))
    }

    /// Something was put back: counted, and told by an event.
    fn repaired(&self, action: &'static str, what: &str) -> Repair {
        self.ctx.repairs.made(&self.budget(), Instant::now());
        let note = format!("{} {what}, and was put back", self.called());
        Repair { action, note }
    }

    /// What the API server will not take is for the user; that the namespace is going is for nobody.
    fn refused(&self, action: &'static str, error: kube::Error) -> Failure {
        let Desired {
            name, namespace, ..
        } = self.desired;
        let (name, namespace) = (name.clone(), namespace.clone());
        let what = format!("native secret {namespace}/{name}");
        match Error::api(action, what)(error) {
            Error::Api { source, .. } if is_refusal(&source) => {
                let why = if is_over_quota(&source) {
                    "a ResourceQuota of the namespace is used up".to_owned()
                } else {
                    telemetry::kube_error(&source)
                };
                Problem::new(
                    Reason::TargetRejected,
                    format!(
                        "the API server refuses {}: {why}. Correct `spec.target`, or what forbids it",
                        self.called()
                    ),
                )
                .into()
            }
            error => error.into(),
        }
    }
}

/// The API server has no reason of its own for it.
fn is_over_quota(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.is_forbidden() && status.message.contains("exceeded quota"))
}

fn is_refusal(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.is_invalid() || status.is_forbidden())
}

fn delivery(native: &ObjectMeta) -> Delivery {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    Delivery {
        namespace: text(&native.namespace),
        name: text(&native.name),
        uid: text(&native.uid),
        resource_version: text(&native.resource_version),
    }
}
