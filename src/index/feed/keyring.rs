//! The root keyring, in the operator's namespace: a new root key is taken up as it comes, and it is noticed when
//! the keyring goes.

use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::runtime::watcher::{self, Event};

use super::{Feeds, Seen};
use crate::api::wellknown::KEYRING_NAME;
use crate::index::roots::PUT_RIGHT;
use crate::index::{AtRest, ObjectKey, Roots};
use crate::telemetry;

impl Feeds {
    /// Watches the keyring.
    pub async fn keyring(self, operator_namespace: String, roots: Roots) {
        let of = |client| Api::namespaced(client, &operator_namespace);
        let config = watcher::Config::default().fields(&format!("metadata.name={KEYRING_NAME}"));
        let mut listed = false;
        self.run("keyring", of, config, |event: Event<Seen<core::Secret>>| {
            let before = roots.at_rest();
            match &event {
                Event::Init => listed = false,
                Event::InitApply(object) => {
                    listed = true;
                    self.keyring_seen(object, &roots);
                }
                Event::InitDone if listed => {}
                Event::InitDone | Event::Delete(_) => {
                    roots.lost(AtRest::Missing);
                    tracing::error!(
                        "the keyring was deleted: nothing is wrapped by it until it is there again, and without it no \
                         operator starts. The replica that leads puts it back after ten seconds; if it does not, bring \
                         the keys back with `coffer keys import FILE`"
                    );
                }
                Event::Apply(object) => self.keyring_seen(object, &roots),
            }
            if before != AtRest::Stored && roots.at_rest() == AtRest::Stored {
                tracing::info!("the keyring is there again");
                for store in self.index.stores.state() {
                    self.triggers.store(&ObjectKey::of(&*store));
                }
            }
        })
        .await;
    }

    fn keyring_seen(&self, object: &Seen<core::Secret>, roots: &Roots) {
        let Ok(object) = object else {
            roots.lost(AtRest::Other);
            return;
        };
        match roots.take_up(object) {
            Ok(false) => {}
            Ok(true) => {
                let active = roots.current().active();
                tracing::info!(active, "took up the root keyring");
                self.read_again(roots);
            }
            Err(error) => {
                let error = telemetry::chain(&error);
                tracing::error!(
                    error,
                    "the keyring cannot be used, going on with the former one: {PUT_RIGHT}. Until then nothing is \
                     wrapped by it, and no operator starts"
                );
            }
        }
    }

    /// Records that were wrapped by a root key which this replica did not know.
    fn read_again(&self, roots: &Roots) {
        for object in self.index.take_unread() {
            self.take_up_keys(&object, roots);
        }
    }
}
