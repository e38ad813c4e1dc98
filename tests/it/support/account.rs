//! Service accounts, by their tokens: what each can read.

use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::ListParams;

use super::{Namespace, bytes, eventually};

/// A service account that acts in its namespace.
pub(crate) struct Account {
    natives: Api<core::Secret>,
    who: String,
}

impl Account {
    /// With a token that is issued now.
    pub(crate) async fn of(ns: &Namespace, name: &str) -> Self {
        let seen = ns.cluster.account(ns, name).await;
        Self {
            natives: Api::namespaced(seen.client, &ns.name),
            who: format!("{}/{name}", ns.name),
        }
    }

    /// The value under `value` of a native Secret, or the code with which it is refused.
    pub(crate) async fn try_read(&self, native: &str) -> Result<Vec<u8>, u16> {
        match self.natives.get(native).await {
            Ok(object) => Ok(bytes(&object, "value")),
            Err(kube::Error::Api(status)) => Err(status.code),
            Err(other) => panic!("no answer of the API server: {other}"),
        }
    }

    /// Waits until it reads this value.
    pub(crate) async fn reads(&self, native: &str, value: &[u8]) {
        let what = format!("{} reads {native}", self.who);
        eventually(&what, async || match self.try_read(native).await {
            Ok(read) if read == value => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
    }

    /// Waits until it may not read it any more.
    pub(crate) async fn reads_no_more(&self, native: &str) {
        let what = format!("{} reads {native} no more", self.who);
        eventually(&what, async || match self.try_read(native).await {
            Err(403) => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
    }

    /// It may not read this, now.
    pub(crate) async fn may_not_read(&self, native: &str) {
        let read = self.try_read(native).await;
        assert_eq!(read, Err(403), "{} and {native}", self.who);
    }

    /// It may not have all of them told.
    pub(crate) async fn may_not_list(&self) {
        match self.natives.list(&ListParams::default()).await {
            Err(kube::Error::Api(status)) => assert_eq!(status.code, 403),
            other => panic!("{}: {other:?}", self.who),
        }
    }
}
