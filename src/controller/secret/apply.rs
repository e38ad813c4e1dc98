//! Step four: the writes. Each one either makes something new or carries what it was decided on.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::ResourceExt as _;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};

use super::Found;
use super::build::Plan;
use super::patch;
use crate::api::wellknown::{
    ADOPT_LABEL, FINGERPRINT_ANNOTATION, GROUP, ORIGIN_LABEL, ORIGIN_NAME_ANNOTATION,
};
use crate::api::{Delivery, Reason, Secret};
use crate::controller::context::Context;
use crate::controller::error::{Error, Failure};
use crate::index::ObjectKey;
use crate::index::natives::Native;
use crate::policy::Problem;
use crate::policy::native::{self, Desired};
use crate::telemetry;

/// What was delivered.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) fingerprint: String,
    pub(super) sealed_by_controller: bool,
    /// Something that was put back: what an event tells.
    pub(super) repaired: Option<String>,
}

impl Applied {
    /// The resourceVersion of the native Secret.
    pub(super) fn version(&self) -> Option<String> {
        let delivery = self.deliveries.first();
        delivery.map(|delivery| delivery.resource_version.clone())
    }
}

/// Brings the native Secret in order, then removes those that the plan no longer names.
pub(super) async fn run(ctx: &Context, found: &Found, plan: Plan) -> Result<Applied, Failure> {
    let Plan {
        native,
        fingerprint,
        sealed_by_controller,
    } = plan;
    let mut applied = Applied {
        deliveries: Vec::new(),
        fingerprint,
        sealed_by_controller,
        repaired: None,
    };
    if let Some((desired, fingerprint)) = native {
        let target = Target {
            ctx,
            found,
            desired: &desired,
            fingerprint: &fingerprint,
        };
        let (delivery, repaired) = target.bring_in_order().await?;
        applied.deliveries.push(delivery);
        applied.repaired = repaired;
    }
    sweep(ctx, found, &applied.deliveries).await?;
    Ok(applied)
}

/// Removes the native Secrets that came from this Secret and are not in the plan. Those that are
/// retained have no owner reference, and stay.
pub(super) async fn sweep(ctx: &Context, found: &Found, keep: &[Delivery]) -> Result<(), Error> {
    for (key, native) in ctx.index.natives_of(found.uid()) {
        let kept = keep
            .iter()
            .any(|d| *d.namespace == *key.namespace && *d.name == *key.name);
        if !kept && native.owned && is_ours(ctx, found, &key, &native).await? {
            delete(ctx, &key, &native.uid, &native.resource_version).await?;
        }
    }
    Ok(())
}

async fn is_ours(
    ctx: &Context,
    found: &Found,
    key: &ObjectKey,
    native: &Native,
) -> Result<bool, Error> {
    if recorded(&found.secret, key).is_some_and(|delivery| *delivery.uid == *native.uid) {
        return Ok(true);
    }
    let object = api(ctx, &key.namespace)
        .get_opt(&key.name)
        .await
        .map_err(failed("read", key))?;
    Ok(object.is_some_and(|object| native::is_genuine(&object, &ctx.fingerprinter, found.uid())))
}

async fn delete(ctx: &Context, key: &ObjectKey, uid: &str, version: &str) -> Result<(), Error> {
    let params = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(uid.to_owned()),
            resource_version: Some(version.to_owned()),
        }),
        ..DeleteParams::default()
    };
    match api(ctx, &key.namespace).delete(&key.name, &params).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(failed("delete", key)(error)),
    }
}

/// The native Secret that is to be brought in order.
struct Target<'a> {
    ctx: &'a Context,
    found: &'a Found,
    desired: &'a Desired,
    fingerprint: &'a str,
}

impl Target<'_> {
    async fn bring_in_order(&self) -> Result<(Delivery, Option<String>), Failure> {
        let key = self.key();
        let recorded = recorded(&self.found.secret, &key);
        let live = self.ctx.index.native(&key);
        if let (Some(recorded), Some(live)) = (recorded, &live)
            && *recorded.uid == *live.uid
            && *recorded.resource_version == *live.resource_version
            && live.fingerprint.as_deref() == Some(self.fingerprint)
        {
            return Ok((recorded.clone(), None));
        }
        if live.is_none() {
            if let Some(object) = self.create().await? {
                let deleted = recorded.filter(|_| self.spec_is_unchanged());
                return Ok((delivery(&object), deleted.map(|_| self.note("was deleted"))));
            }
            tracing::debug!(%key, "the target exists already: looking whose it is");
        }
        let Some(object) = api(self.ctx, &key.namespace)
            .get_opt(&key.name)
            .await
            .map_err(failed("read", &key))?
        else {
            return Err(Error::Stale.into());
        };
        self.update(object, recorded).await
    }

    /// `None` where an object of this name exists.
    async fn create(&self) -> Result<Option<core::Secret>, Failure> {
        let api = api(self.ctx, &self.desired.namespace);
        match api.create(&post_params(), &self.object()).await {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
            Err(error) => Err(self.refused("create", error)),
        }
    }

    async fn update(
        &self,
        object: core::Secret,
        recorded: Option<&Delivery>,
    ) -> Result<(Delivery, Option<String>), Failure> {
        let uid = self.found.uid();
        let is_recorded =
            recorded.is_some_and(|recorded| Some(&recorded.uid) == object.metadata.uid.as_ref());
        if !is_recorded
            && !native::is_genuine(&object, &self.ctx.fingerprinter, uid)
            && !self.is_left_by_a_former(&object).await?
        {
            if let Some(other) = self.delivered_by_another(&object) {
                return Err(self.shared(&other).into());
            }
            if !self.may_adopt(&object) {
                return Err(self.conflict().into());
            }
        }
        let written = object
            .annotations()
            .get(FINGERPRINT_ANNOTATION)
            .map(String::as_str);
        if written == Some(self.fingerprint)
            && native::fingerprint_of(&object, &self.ctx.fingerprinter, uid) == self.fingerprint
        {
            return Ok((delivery(&object), None));
        }
        let drifted = is_recorded && self.spec_is_unchanged();
        let updated = if object.type_.as_deref().unwrap_or(native::OPAQUE) != self.desired.type_
            || object.immutable == Some(true)
        {
            // Neither a type nor an immutable object can be changed: it is made anew. The API server
            // judges a new object before it looks for the name, so what it would refuse is known
            // while the old one is still there.
            if let Some(object) = self.create().await? {
                return Ok((delivery(&object), None));
            }
            let (uid, version) = (object.uid(), object.resource_version());
            let (uid, version) = (uid.unwrap_or_default(), version.unwrap_or_default());
            delete(self.ctx, &self.key(), &uid, &version).await?;
            self.create().await?.ok_or(Error::Stale)?
        } else {
            let patch = patch::to_desired(&object, self.desired, self.fingerprint, self.owner());
            api(self.ctx, &self.desired.namespace)
                .patch(
                    &self.desired.name,
                    &patch_params(),
                    &Patch::Json::<()>(patch),
                )
                .await
                .map_err(|error| self.refused("update", error))?
        };
        Ok((
            delivery(&updated),
            drifted.then(|| self.note("was changed")),
        ))
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
            controller: Some(true),
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

    fn note(&self, what: &str) -> String {
        format!(
            "native secret `{}` {what}, and was put back",
            self.desired.name
        )
    }

    fn may_adopt(&self, object: &core::Secret) -> bool {
        object
            .labels()
            .get(ADOPT_LABEL)
            .is_some_and(|name| *name == self.found.secret.name_any())
    }

    /// Whether Coffer made the object for a former Secret of this name, which was deleted and made
    /// anew before the garbage collector came. What was retained on purpose is not meant.
    async fn is_left_by_a_former(&self, object: &core::Secret) -> Result<bool, Error> {
        let Some(former) = object.labels().get(ORIGIN_LABEL) else {
            return Ok(false);
        };
        let origin = &self.found.secret;
        let is_left = object.annotations().get(ORIGIN_NAME_ANNOTATION) == Some(&origin.name_any())
            && native::is_owned_by(object, former)
            && native::is_genuine(object, &self.ctx.fingerprinter, former);
        if !is_left {
            return Ok(false);
        }
        // The memory could be the one that is behind: then this is the former.
        let key = ObjectKey::of(&**origin);
        let live = Api::<Secret>::namespaced(self.ctx.client.clone(), &key.namespace)
            .get_metadata_opt(&key.name)
            .await
            .map_err(Error::api("look for", format!("Secret {key}")))?;
        match live {
            Some(live) if live.metadata.uid == origin.metadata.uid => Ok(true),
            _ => Err(Error::Stale),
        }
    }

    /// The name of another Coffer Secret that lives and delivers this object. Between the two there
    /// would be no end of repairing.
    fn delivered_by_another(&self, object: &core::Secret) -> Option<String> {
        let name = object.annotations().get(ORIGIN_NAME_ANNOTATION)?;
        let other = ObjectKey::new(&self.desired.namespace, name);
        let other = self.ctx.index.secrets.get(&other.to_ref())?;
        let delivers = recorded(&other, &self.key())
            .is_some_and(|delivery| Some(&delivery.uid) == object.metadata.uid.as_ref());
        delivers.then(|| name.clone())
    }

    fn shared(&self, other: &str) -> Problem {
        let Desired { name, .. } = self.desired;
        Problem::new(
            Reason::TargetConflict,
            format!(
                "native secret `{name}` is the target of Secret `{other}`: choose another \
                 `spec.target.name` for one of them"
            ),
        )
    }

    fn conflict(&self) -> Problem {
        let Desired { name, .. } = self.desired;
        let origin = self.found.secret.name_any();
        Problem::new(
            Reason::TargetConflict,
            format!(
                "native secret `{name}` exists and is not Coffer's, so it was left alone: delete it, \
                 choose another `spec.target.name`, or let Coffer take it over with \
                 `kubectl label secret {name} {ADOPT_LABEL}={origin}`"
            ),
        )
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
                let why = match &*source {
                    kube::Error::Api(status) if status.message.contains("exceeded quota") => {
                        "a ResourceQuota of the namespace is used up".to_owned()
                    }
                    error => telemetry::kube_error(error),
                };
                Problem::new(
                    Reason::TargetRejected,
                    format!(
                        "the API server refuses native secret `{name}`: {why}. Correct \
                         `spec.target`, or what forbids it"
                    ),
                )
                .into()
            }
            error => error.into(),
        }
    }
}

fn is_refusal(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.is_invalid() || status.is_forbidden())
}

/// What the status says about an object of this name.
fn recorded<'a>(secret: &'a Secret, key: &ObjectKey) -> Option<&'a Delivery> {
    secret
        .status
        .as_ref()?
        .deliveries
        .iter()
        .find(|delivery| *delivery.namespace == *key.namespace && *delivery.name == *key.name)
}

fn delivery(object: &core::Secret) -> Delivery {
    Delivery {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        uid: object.uid().unwrap_or_default(),
        resource_version: object.resource_version().unwrap_or_default(),
    }
}

fn api(ctx: &Context, namespace: &str) -> Api<core::Secret> {
    Api::namespaced(ctx.client.clone(), namespace)
}

fn failed(action: &'static str, key: &ObjectKey) -> impl FnOnce(kube::Error) -> Error {
    Error::api(action, format!("native secret {key}"))
}

fn post_params() -> PostParams {
    PostParams {
        field_manager: Some("coffer/secret".to_owned()),
        ..PostParams::default()
    }
}

fn patch_params() -> PatchParams {
    PatchParams {
        field_manager: Some("coffer/secret".to_owned()),
        ..PatchParams::default()
    }
}
