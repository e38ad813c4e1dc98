//! The keys of a cluster, in the operator's namespace: read and unwrapped, and written.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1 as core;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use zeroize::Zeroizing;

use super::clear_keys::{ClearKeys, encoded};
use super::entry::PurposeKey;
use crate::api::wellknown::{KEYRING_NAME, PART_LABEL, STORE_KEYS_PART};
use crate::cli::cluster::{Cluster, CoreError, FIELD_MANAGER, next_page};
use crate::crypto::{Fingerprinter, Keyring};
use crate::index::StoreKeys;
use crate::index::store_keys::{Record, native_name};
use crate::keys;

/// Objects of one answer; each has some kilobytes.
const PAGE: u32 = 250;

/// The name of the one purpose key that there is.
pub(super) const FINGERPRINT: &str = "fingerprint";

/// The keys that everything else hangs on. Has no Debug.
pub(in crate::cli) struct Root {
    pub(in crate::cli) keyring: Arc<Keyring>,
    pub(super) fingerprinter: Arc<Fingerprinter>,
}

/// The operator's namespace. Has no Debug.
pub(in crate::cli) struct Vault<'c> {
    cluster: &'c Cluster,
    pub(super) namespace: String,
}

impl<'c> Vault<'c> {
    pub(in crate::cli) fn new(cluster: &'c Cluster, namespace: &str) -> Self {
        Self {
            cluster,
            namespace: namespace.to_owned(),
        }
    }

    /// The keyring, if there is one.
    ///
    /// # Errors
    /// Also where it is missing and stores have keys.
    pub(super) fn root(&self) -> anyhow::Result<Option<Root>> {
        let client = self.cluster.client();
        let found = self
            .cluster
            .block_on(keys::find(&client, &self.namespace))?;
        Ok(found.map(|root| Root {
            keyring: root.roots.current(),
            fingerprinter: root.fingerprinter,
        }))
    }

    /// The keyring; what is to be written down needs one.
    pub(in crate::cli) fn existing_root(&self) -> anyhow::Result<Root> {
        self.root()?.with_context(|| {
            format!(
                "there are no keys in namespace {}; is it the operator's? Give --operator-namespace",
                self.namespace
            )
        })
    }

    /// Shows the keys of each store, unwrapped, one after the other.
    pub(super) fn each(
        &self,
        keyring: &Keyring,
        mut each: impl FnMut(StoreKeys) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let label = format!("{PART_LABEL}={STORE_KEYS_PART}");
        let mut params = ListParams::default().labels(&label).limit(PAGE);
        let api = self.api();
        loop {
            let page = self.ask("list", api.list(&params))?;
            for object in page.items {
                each(StoreKeys::read(&object, keyring)?)?;
            }
            match next_page(params, &page.metadata) {
                Some(next) => params = next,
                None => return Ok(()),
            }
        }
    }

    /// The same as a file has them.
    pub(in crate::cli) fn each_clear(
        &self,
        keyring: &Keyring,
        mut each: impl FnMut(ClearKeys) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.each(keyring, |keys| each(ClearKeys::of(&keys)))
    }

    /// The keys of all stores by the name of their native Secret.
    pub(super) fn all(&self, keyring: &Keyring) -> anyhow::Result<BTreeMap<String, StoreKeys>> {
        let mut all = BTreeMap::new();
        self.each(keyring, |keys| {
            all.insert(keys.record.native_name(), keys);
            Ok(())
        })?;
        Ok(all)
    }

    /// The keys of one store, if there are any.
    pub(super) fn one(
        &self,
        clear: &ClearKeys,
        keyring: &Keyring,
    ) -> anyhow::Result<Option<StoreKeys>> {
        let name = native_name(&clear.namespace, &clear.store);
        let object = self.ask("get", self.api().get_opt(&name))?;
        let keys = object.map(|object| StoreKeys::read(&object, keyring));
        Ok(keys.transpose()?)
    }

    /// Writes a record: where there is none, or over the one that was read.
    pub(super) fn write(&self, record: &Record, over: Option<&StoreKeys>) -> Result<(), CoreError> {
        let (api, mut object) = (self.api(), record.to_native(&self.namespace));
        let Some(over) = over else {
            return self.ask("create", api.create(&post(), &object)).map(drop);
        };
        object.metadata.resource_version = Some(over.resource_version.clone());
        let params = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let name = record.native_name();
        let patch = Patch::Merge(&object);
        self.ask("patch", api.patch(&name, &params, &patch))
            .map(drop)
    }

    /// Makes the keyring.
    pub(super) fn make_root(&self, root: &Root) -> anyhow::Result<()> {
        let object = keys::native(&self.namespace, &root.keyring, &root.fingerprinter);
        match self.ask("create", self.api().create(&post(), &object)) {
            Err(CoreError::AlreadyExists) => bail!(
                "someone made the keyring {}/{KEYRING_NAME} meanwhile; nothing was written, run this again",
                self.namespace
            ),
            made => made.map(drop).with_context(|| {
                format!("cannot make the keyring in namespace {}", self.namespace)
            }),
        }
    }

    fn ask<T>(
        &self,
        verb: &'static str,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, CoreError> {
        let namespace = Some(self.namespace.as_str());
        self.cluster.ask_core((verb, "secrets"), namespace, answer)
    }

    fn api(&self) -> Api<core::Secret> {
        Api::namespaced(self.cluster.client(), &self.namespace)
    }
}

/// The purpose key as a file has it.
pub(in crate::cli) fn purpose_key(root: &Root) -> PurposeKey {
    PurposeKey {
        name: FINGERPRINT.to_owned(),
        secret: encoded(&root.fingerprinter.to_secret_bytes()),
    }
}

/// A new keyring with these purpose keys, or new ones.
pub(super) fn new_root(fingerprint: Option<&Zeroizing<Vec<u8>>>) -> anyhow::Result<Root> {
    let fingerprinter = match fingerprint {
        Some(bytes) => Fingerprinter::from_secret_bytes(bytes)?,
        None => Fingerprinter::generate(),
    };
    Ok(Root {
        keyring: Arc::new(Keyring::generate()),
        fingerprinter: Arc::new(fingerprinter),
    })
}

fn post() -> PostParams {
    PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    }
}
