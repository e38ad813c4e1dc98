//! Whether a PodPolicy has a place for one more native Secret.

use crate::api::Secret;
use crate::index::{Index, ObjectKey, read};
use crate::policy::pods::Draft;

impl Index {
    /// Whether the PodPolicy of a namespace has a place for a native Secret that it does not list, beside those that are
    /// about to be made there. Costs a look at those, however many are listed.
    #[must_use]
    pub fn has_room(&self, native: &ObjectKey, secret: &Secret) -> bool {
        let namespace = &*native.namespace;
        let labels = read(&self.consumers).labels(namespace);
        let (Some(labels), Some(written)) = (labels, self.pod_policy(namespace)) else {
            return true;
        };
        let mut draft = Draft::beside(namespace, &labels, &written.spec);
        self.list_claimed(namespace, &mut draft);
        let store = self.stores.get(&ObjectKey::store_of(secret).to_ref());
        draft.add(native.name.to_string(), secret, store.as_deref());
        let is_own = secret.metadata.namespace.as_deref() == Some(namespace);
        draft.fits(written.taken, is_own)
    }
}
