//! What differs between a target in the own namespace and a copy in another one: whose it is, and what it is called.
//!
//! A target is known by the status or its fingerprint, and may be handed over by a label. A copy is known by
//! its mark, and cannot be handed over: the namespace belongs to others. For the same reason the status alone makes none.

use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::core::PartialObjectMeta;

use super::super::{copies, ownership};
use super::Target;
use crate::controller::error::{Error, Failure};
use crate::index::natives::Native;
use crate::policy::native::{Desired, conflict, copy};

impl Target<'_> {
    pub(super) fn is_copy(&self) -> bool {
        Some(&self.desired.namespace) != self.found.secret.metadata.namespace.as_ref()
    }

    /// Whether Coffer left it just so: as the status recorded it, or as it was found since.
    pub(super) fn is_as_left(&self, live: &Native) -> bool {
        live.fingerprint.as_deref() == Some(self.fingerprint)
            && copies::is_as_left(self.ctx, &self.found.secret, &self.key(), live)
    }

    /// Whether it was there already, so that someone else took it away where it is not.
    pub(super) fn was_there(&self) -> bool {
        let key = self.key();
        conflict::recorded(&self.found.secret, &key.namespace, &key.name).is_some()
            || self.is_copy() && self.ctx.index.verified.has(&key)
    }

    /// Whether it could be Coffer's, by its metadata alone.
    pub(super) fn is_possible(&self, metadata: &PartialObjectMeta<core::Secret>) -> bool {
        if self.is_copy() {
            copy::is_own(&self.found.secret, self.desired, metadata)
        } else {
            conflict::is_possible(&self.found.secret, metadata)
        }
    }

    /// Fails with what the user is told when the object may not be written.
    pub(super) async fn check(&self, object: &core::Secret) -> Result<(), Failure> {
        if !self.is_copy() {
            return ownership::check(self.ctx, self.found, self.desired, object).await;
        }
        if copy::is_own(&self.found.secret, self.desired, object) {
            return Ok(());
        }
        Err(self.taken(None))
    }

    /// Why a native Secret that memory knows is not this copy: without a look at its content.
    pub(super) fn is_anothers(&self, live: &Native) -> Option<Failure> {
        let is_ours = || copies::is_own(&self.found.secret, &self.key(), live);
        (self.is_copy() && !is_ours()).then(|| self.taken(Some(live)))
    }

    /// Someone else has the name.
    pub(super) fn taken(&self, live: Option<&Native>) -> Failure {
        let Desired {
            namespace, name, ..
        } = self.desired;
        if !self.is_copy() {
            return conflict::taken(name, &self.found.secret).into();
        }
        let other = live.filter(|live| live.is_copy);
        match other.and_then(|live| copy::origin(&live.origin_name)) {
            // Of a former Secret of this name: it is taken away in a moment.
            Some((_, other)) if other == self.found.secret.name_any() => Error::Stale.into(),
            Some((_, other)) => conflict::shared(name, other).into(),
            None => conflict::taken_elsewhere(namespace, name).into(),
        }
    }

    /// The native Secret, as messages name it.
    pub(super) fn called(&self) -> String {
        let Desired {
            namespace, name, ..
        } = self.desired;
        if self.is_copy() {
            format!("native secret `{name}` in namespace `{namespace}`")
        } else {
            format!("native secret `{name}`")
        }
    }

    /// Whose budget of repairs it uses: one consumer's quarrel is not another's.
    pub(super) fn budget(&self) -> String {
        if self.is_copy() {
            copies::budget(self.found.uid(), &self.desired.namespace)
        } else {
            self.found.uid().to_owned()
        }
    }
}
