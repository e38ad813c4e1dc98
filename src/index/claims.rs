//! Native Secrets that are about to be made: what a PodPolicy lists before the watch shows it.

use super::natives::Origin;
use super::{Index, ObjectKey, read, write};

/// A native Secret that is about to be made, or was made and is not seen yet.
#[derive(Debug)]
pub(super) struct Claim {
    /// From which Secret.
    origin: Origin,
    /// The resourceVersion that it was made with; `None` while whoever makes it is at it.
    made: Option<Box<str>>,
}

impl Index {
    /// Notes that a native Secret is about to be made from a Secret. Says whether none is from another one.
    #[must_use]
    pub fn claim_native(&self, native: &ObjectKey, origin: &Origin) -> bool {
        let mut claims = write(&self.claims);
        if claims.get(native).is_some_and(|it| !self.is_open(it)) {
            claims.remove(native);
        }
        let claim = claims.entry(native.clone()).or_insert_with(|| Claim {
            origin: origin.clone(),
            made: None,
        });
        let is_own = claim.origin == *origin;
        if is_own {
            claim.made = None;
        }
        is_own
    }

    /// It was made, with this resourceVersion, or not: then, nobody is going to. Says whether the watch is still to show
    /// it.
    pub fn end_claim(&self, native: &ObjectKey, origin: &Origin, made: Option<&str>) -> bool {
        let mut claims = write(&self.claims);
        let Some(claim) = claims.get_mut(native).filter(|it| it.origin == *origin) else {
            return false;
        };
        claim.made = made.map(Box::from);
        let is_awaited = made.is_some() && self.is_open(claim);
        if !is_awaited {
            claims.remove(native);
        }
        is_awaited
    }

    /// Forgets the claim on a native Secret that the watch has shown since it was made, there or gone.
    pub(super) fn settle_claim(&self, native: &ObjectKey) {
        let mut claims = write(&self.claims);
        if claims.get(native).is_some_and(|it| !self.is_open(it)) {
            claims.remove(native);
        }
    }

    /// The same for all, as after a new list.
    pub(super) fn settle_claims(&self) {
        write(&self.claims).retain(|_, claim| self.is_open(claim));
    }

    /// Those of a namespace, each with its Secret.
    pub(super) fn claimed(&self, namespace: &str) -> Vec<(ObjectKey, ObjectKey)> {
        let claims = read(&self.claims);
        let here = claims
            .iter()
            .filter(|(native, claim)| *native.namespace == *namespace && self.is_open(claim));
        here.map(|(native, claim)| (native.clone(), claim.origin.key.clone()))
            .collect()
    }

    /// Whether it is being made, or the watch has not come so far as to show it.
    fn is_open(&self, claim: &Claim) -> bool {
        claim
            .made
            .as_ref()
            .is_none_or(|version| !self.natives_have_seen(version) && !self.is_gone(&claim.origin))
    }
}

#[cfg(test)]
mod tests;
