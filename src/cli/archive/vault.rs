//! The keys of a cluster, in the operator's namespace: read and unwrapped, and written.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::ResourceExt as _;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use zeroize::Zeroizing;

use super::clear_keys::{ClearKeys, encoded};
use super::entry::PurposeKey;
use super::salvage::{Salvaged, highest_root};
use crate::api::wellknown::{KEYRING_NAME, KEYRING_PART, PART_LABEL, STORE_KEYS_PART};
use crate::cli::cluster::{Cluster, CoreError, FIELD_MANAGER, next_page};
use crate::crypto::{Fingerprinter, Keyring};
use crate::index::store_keys::{Record, native_name};
use crate::{keys, telemetry};

/// Objects of one answer; each has some kilobytes.
const PAGE: u32 = 250;

/// The name of the one purpose key that there is.
pub(super) const FINGERPRINT: &str = "fingerprint";

/// The name of the binding that the chart makes for the operator.
const CHART_BINDING: &str = "coffer";

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

    /// The keyring, if there is one: stores may have keys that a lost one wrapped.
    pub(super) fn root(&self) -> anyhow::Result<Option<Root>> {
        let Some(object) = self.ask("get", self.api().get_opt(KEYRING_NAME))? else {
            return Ok(None);
        };
        let root = keys::open(&object, &self.namespace)?;
        Ok(Some(Root {
            keyring: root.roots.current(),
            fingerprinter: root.fingerprinter,
        }))
    }

    /// The keyring; what is to be written down needs one.
    pub(in crate::cli) fn existing_root(&self) -> anyhow::Result<Root> {
        if let Some(root) = self.root()? {
            return Ok(root);
        }
        let (mut stores, namespace) = (0, &self.namespace);
        self.each(|_| {
            stores += 1;
            Ok(())
        })?;
        if stores > 0 {
            return Err(keys::missing(namespace, stores));
        }
        bail!(
            "there are no keys in namespace {namespace}; is it the operator's? Give --operator-namespace"
        )
    }

    /// Shows what each store has, one after the other.
    fn each(&self, mut each: impl FnMut(core::Secret) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let label = format!("{PART_LABEL}={STORE_KEYS_PART}");
        let mut params = ListParams::default().labels(&label).limit(PAGE);
        let api = self.api();
        loop {
            let page = self.ask("list", api.list(&params))?;
            page.items.into_iter().try_for_each(&mut each)?;
            match next_page(params, &page.metadata) {
                Some(next) => params = next,
                None => return Ok(()),
            }
        }
    }

    /// Shows the keys of each store, unwrapped, or at least its name, and whether some do not read. Says on
    /// stderr which do not, where `each` wants the store, and gives how many stores those are of: what is
    /// written of the others is worth having.
    pub(in crate::cli) fn each_clear(
        &self,
        keyring: &Keyring,
        mut each: impl FnMut(&str, Option<ClearKeys>, bool) -> anyhow::Result<bool>,
    ) -> anyhow::Result<usize> {
        let mut damaged = 0;
        self.each(|object| {
            let found = Salvaged::of(&object, keyring);
            let store = found.label();
            let keys = found.keys.as_ref().map(ClearKeys::of);
            let keys = keys.filter(|keys| found.damage.is_empty() || keys.ids().next().is_some());
            let is_damaged = !found.damage.is_empty();
            if each(&store, keys, is_damaged)? && is_damaged {
                damaged += 1;
                for damage in &found.damage {
                    let damage = telemetry::chain(damage);
                    eprintln!("coffer: keys of {store}: not in the file: {damage}");
                }
            }
            Ok(())
        })?;
        Ok(damaged)
    }

    /// What all stores have, by the name of the native Secret.
    pub(super) fn all(&self, keyring: &Keyring) -> anyhow::Result<BTreeMap<String, Salvaged>> {
        let mut all = BTreeMap::new();
        self.each(|object| {
            let found = Salvaged::of(&object, keyring);
            all.insert(found.native.clone(), found);
            Ok(())
        })?;
        Ok(all)
    }

    /// The highest number of a root key that wrapped something here.
    pub(super) fn highest_root(&self) -> anyhow::Result<u32> {
        let mut highest = 0;
        self.each(|object| {
            highest = highest.max(highest_root([&object]));
            Ok(())
        })?;
        Ok(highest)
    }

    /// What one store has, if there is anything.
    pub(super) fn one(
        &self,
        clear: &ClearKeys,
        keyring: &Keyring,
    ) -> anyhow::Result<Option<Salvaged>> {
        let name = native_name(&clear.namespace, &clear.store);
        let object = self.ask("get", self.api().get_opt(&name))?;
        Ok(object.map(|object| Salvaged::of(&object, keyring)))
    }

    /// Writes a record: where there is none, or over the one that was read.
    pub(super) fn write(&self, record: &Record, over: Option<&Salvaged>) -> Result<(), CoreError> {
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

    /// The namespace of another operator than that of this namespace, where there is one and this person may
    /// see it: a cluster has one.
    pub(super) fn other(&self) -> anyhow::Result<Option<String>> {
        let parts = format!("{PART_LABEL} in ({KEYRING_PART}, {STORE_KEYS_PART})");
        let elsewhere = format!("metadata.namespace!={}", self.namespace);
        let params = ListParams::default().labels(&parts).fields(&elsewhere);
        let params = params.limit(1);
        let all = Api::<core::Secret>::all(self.cluster.client());
        let listed = self
            .cluster
            .ask_core(("list", "secrets"), None, all.list_metadata(&params));
        if let Some(found) = if_allowed(listed)?.and_then(|list| list.items.into_iter().next()) {
            return Ok(found.namespace());
        }
        // What the chart makes, before the operator has started for the first time.
        let bindings = Api::<ClusterRoleBinding>::all(self.cluster.client());
        let binding = self.cluster.ask_core(
            ("get", "clusterrolebindings"),
            None,
            bindings.get_opt(CHART_BINDING),
        );
        let subjects = if_allowed(binding)?.flatten().and_then(|it| it.subjects);
        let namespaces = subjects.into_iter().flatten().filter_map(|it| it.namespace);
        Ok(namespaces.into_iter().find(|name| *name != self.namespace))
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

/// None where it may not be seen.
fn if_allowed<T>(answer: Result<T, CoreError>) -> Result<Option<T>, CoreError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CoreError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A new keyring with these purpose keys, or new ones. Its root key has a number above those that wrapped
/// something here: an operator that still has the former keyring in memory takes it up, and wraps all anew.
pub(super) fn new_root(
    fingerprint: Option<&Zeroizing<Vec<u8>>>,
    above: u32,
) -> anyhow::Result<Root> {
    let fingerprinter = match fingerprint {
        Some(bytes) => Fingerprinter::from_secret_bytes(bytes)?,
        None => Fingerprinter::generate(),
    };
    let generated = Keyring::generate();
    let number = above
        .checked_add(1)
        .context("there is no number for another root key")?;
    let name = format!("root-{number}");
    let keys = generated.entries().map(|(_, key)| (name.as_str(), key));
    Ok(Root {
        keyring: Arc::new(Keyring::from_entries(keys)?),
        fingerprinter: Arc::new(fingerprinter),
    })
}

fn post() -> PostParams {
    PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    }
}
