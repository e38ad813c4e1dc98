//! What the PodPolicy of a namespace says: which native Secrets are for which scopes, and which accounts of the namespace
//! are in those.

mod draft;
mod room;

pub use draft::Draft;
pub use room::{MAX_BYTES, Taken};

use std::collections::BTreeSet;

use kube::ResourceExt as _;
use kube::runtime::reflector::ObjectRef;
use sha2::{Digest as _, Sha256};

use crate::api::{PodPolicySpec, Secret, SecretStore};
use crate::crypto::hex;

/// The longest list of scopes that is written out, in bytes.
const WRITTEN_OUT: usize = 100;

/// In place of store and scopes, which are not named so. The chart's policy has words of its own for what ends like this.
const NOBODY: &str = "-: left over, for nobody";

/// The scopes that a Secret is for, as a PodPolicy has them: `team-a/payments: checkout, reports`; of long lists the
/// beginning, and a digest. `None` where it names no scope: then it is not restricted in its own namespace, and nowhere
/// else.
#[must_use]
pub fn scopes_of(secret: &Secret) -> Option<String> {
    let scopes: BTreeSet<_> = secret.spec.scopes.iter().map(String::as_str).collect();
    let scopes: Vec<_> = scopes.into_iter().collect();
    let namespace = secret.namespace().unwrap_or_default();
    let store = &secret.spec.store_ref.name;
    (!scopes.is_empty()).then(|| format!("{namespace}/{store}: {}", short(&scopes.join(", "))))
}

/// The store and the scopes that such a text names, where it names them: not of long lists, nor of what is for nobody.
#[must_use]
pub fn named(scopes: &str) -> Option<(ObjectRef<SecretStore>, Vec<&str>)> {
    let (namespace, rest) = scopes.split_once('/')?;
    let (store, names) = rest.split_once(": ")?;
    let is_whole = rest != NOBODY && !names.contains('…');
    is_whole.then(|| {
        let store = ObjectRef::new(store).within(namespace);
        (store, names.split(", ").collect())
    })
}

/// Of scopes' names, which are ASCII.
fn short(scopes: &str) -> String {
    if scopes.len() <= WRITTEN_OUT {
        return scopes.to_owned();
    }
    let digest = hex(&Sha256::digest(scopes)[..16]);
    let beginning = &scopes[..scopes.floor_char_boundary(WRITTEN_OUT)];
    format!("{beginning}… ({digest})")
}

/// Whether a PodPolicy lists a native Secret with these scopes, or keeps every pod from it.
#[must_use]
pub fn restricts(policy: &PodPolicySpec, native: &str, scopes: &str) -> bool {
    let listed = policy.secrets.get(native);
    let is_listed = listed.is_some_and(|it| it == scopes || *it == nobody(scopes));
    let is_closed = || {
        policy
            .closed
            .iter()
            .any(|closed| *closed == origin_of(scopes))
    };
    is_listed || listed.is_none() && is_closed()
}

/// In place of these scopes, where it is for nobody.
fn nobody(scopes: &str) -> String {
    format!("{}/{NOBODY}", origin_of(scopes))
}

/// The namespace that a native Secret with these scopes comes from.
fn origin_of(scopes: &str) -> &str {
    scopes.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
