//! The root keyring, in the operator's namespace: a new root key is taken up as it comes.

use k8s_openapi::api::core::v1 as core;
use kube::runtime::watcher::{self, Event};

use super::{Feeds, Seen};
use crate::api::wellknown::KEYRING_NAME;
use crate::index::Roots;
use crate::telemetry;

impl Feeds {
    /// Watches the keyring.
    pub async fn keyring(self, operator_namespace: String, roots: Roots) {
        let namespace = Some(operator_namespace.as_str());
        let config = watcher::Config::default().fields(&format!("metadata.name={KEYRING_NAME}"));
        self.run("keyring", namespace, config, |event: Event<Seen<core::Secret>>| match &event {
            Event::InitApply(Ok(object)) | Event::Apply(Ok(object)) => match roots.take_up(object) {
                Ok(false) => {}
                Ok(true) => {
                    let active = roots.current().active();
                    tracing::info!(active, "took up the root keyring");
                    self.read_again(&roots);
                }
                Err(error) => {
                    let error = telemetry::chain(&error);
                    tracing::error!(
                        error,
                        "the keyring cannot be used, going on with the former one: restore it from a backup"
                    );
                }
            },
            Event::Delete(_) => tracing::error!(
                "the keyring was deleted: restore it from a backup before any operator is started again, \
                 or nothing can be opened"
            ),
            Event::InitApply(Err(_)) | Event::Apply(Err(_)) | Event::Init | Event::InitDone => {}
        })
        .await;
    }

    /// Records that were wrapped by a root key which this replica did not know.
    fn read_again(&self, roots: &Roots) {
        for object in self.index.take_unread() {
            self.take_up_keys(&object, roots);
        }
    }
}
