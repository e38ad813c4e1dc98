//! What a caller may ask for: access, rules, sealing, the write, and waiting until memory shows it. The HTTP interfaces
//! come through here, and shape the answers in their own words.
//!
//! | file | what it is for |
//! |---|---|
//! | `caller` | one Kubernetes identity |
//! | `identity` | whose a bearer token is |
//! | `access` | what that identity may do: the API server's own rules, and no second set |
//! | `account` | a namespace, as the interfaces call it; its quota |
//! | `stores`, `secrets` | the operations |
//! | `listing` | order, filters, pages |
//! | `shown` | what an interface shows of an object |
//! | `naming` | names of objects that are made here |
//! | `error` | why something was not done |

mod access;
mod account;
mod caller;
mod error;
mod identity;
mod listing;
mod naming;
mod secrets;
mod shown;
mod stores;

use std::sync::Arc;
use std::time::Duration;

use kube::Client;

use crate::index::feed::Progress;
use crate::index::{Index, ObjectKey};
use crate::keys::Provider;

pub use access::{Access, Resource, Verb};
pub use account::{Account, InFlight, Usage};
pub use caller::Caller;
pub use error::{Error, Field, Missing, Wrong};
pub use identity::{Holder, Identity, Unknown};
pub use listing::{Direction, Filter, Order, Page, Query};
pub use secrets::{Changes, Copied, InStore, NewSecret, OneSecret, Read, Readable, ValueVersion};
pub use shown::{SecretShown, StoreShown};

/// How long to wait until memory shows what was written. It is there as a rule within milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Field manager of what is written here.
const MANAGER: &str = "coffer-rest";

/// The operations, over what the whole process knows.
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Operations {
    client: Client,
    index: Arc<Index>,
    progress: Progress,
    keys: Provider,
    access: Access,
    accounts: account::Accounts,
    in_flight: InFlight,
}

impl Operations {
    /// `client` must not try again by itself: whoever asks waits.
    #[must_use]
    pub fn new(client: Client, index: Arc<Index>, progress: Progress, keys: Provider) -> Self {
        Self {
            access: Access::new(client.clone()),
            accounts: account::none_known(),
            client,
            index,
            progress,
            keys,
            in_flight: InFlight::default(),
        }
    }

    /// # Errors
    /// What memory shows may be old.
    fn check_heard(&self) -> Result<(), Error> {
        match self.progress.silent() {
            Some(what) => Err(Error::CutOff(what)),
            None => Ok(()),
        }
    }

    /// Waits until memory shows an object as it was written, or later.
    async fn until_seen<K: crate::index::names::Named>(
        &self,
        written: &K,
    ) -> Result<Arc<K>, Error> {
        let (key, meta) = (ObjectKey::of(written), written.meta());
        let uid = meta.uid.clone();
        let version = version(meta.resource_version.as_deref());
        let look = |index: &Index| {
            let found = K::all(index).1.get(&key.to_ref())?;
            let is_it = found.meta().uid == uid;
            let is_new = version_of(&*found) >= version;
            // The lists follow the objects.
            (is_it && is_new && index.is_listed(&*found)).then_some(found)
        };
        let seen = self.index.until(PATIENCE, look).await;
        seen.ok_or(Error::Slow)
    }

    /// Waits until memory does not show an object any more, or shows that it is on its way out.
    async fn until_gone<K: crate::index::names::Named>(&self, key: &ObjectKey, uid: Option<&str>) {
        let look = |index: &Index| {
            let found = K::all(index).1.get(&key.to_ref());
            let is_there = found.is_some_and(|found| {
                let meta = found.meta();
                meta.uid.as_deref() == uid && meta.deletion_timestamp.is_none()
            });
            (!is_there).then_some(())
        };
        // It is gone, whether memory shows it in time or not.
        let _ = self.index.until(PATIENCE, look).await;
    }
}

/// resourceVersions of one resource are compared as numbers (Kubernetes 1.35 defines it).
fn version(text: Option<&str>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn version_of(object: &impl kube::Resource) -> u64 {
    version(object.meta().resource_version.as_deref())
}
