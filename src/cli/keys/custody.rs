//! The operator's namespace as administrators ask for it: the stores' records, and the keyring. Every
//! write has a precondition.

use anyhow::anyhow;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, Preconditions};
use serde_json::{Value as Json, json};

use super::record::Stored;
use super::store_name::StoreName;
use crate::api::wellknown::{KEYRING_NAME, PART_LABEL, STORE_KEYS_PART};
use crate::cli::cluster::{Cluster, Error, FIELD_MANAGER, PlaceArgs, Request, next_page};
use crate::index::store_keys::{ENTRY, native_name};
use crate::keys;

/// Records of one answer: each has a few kilobytes.
const PAGE: u32 = 200;

/// The keys at rest.
pub(super) struct Custody<'c> {
    pub(super) cluster: &'c Cluster,
    namespace: &'c str,
}

impl<'c> Custody<'c> {
    pub(super) fn new(cluster: &'c Cluster, place: &'c PlaceArgs) -> Self {
        let namespace = &place.operator_namespace;
        Self { cluster, namespace }
    }

    /// All records, by the name of their native Secret.
    pub(super) fn records(&self) -> Result<Vec<Stored>, Error> {
        let label = format!("{PART_LABEL}={STORE_KEYS_PART}");
        let mut params = ListParams::default().labels(&label).limit(PAGE);
        let mut records = Vec::new();
        loop {
            let page = self
                .cluster
                .ask(self.request("list"), self.api().list(&params))?;
            records.extend(page.items.into_iter().map(Stored::of));
            match next_page(params, &page.metadata) {
                Some(next) => params = next,
                None => return Ok(records),
            }
        }
    }

    /// The record of one store; none when there is none.
    pub(super) fn record(&self, store: &StoreName) -> Result<Option<Stored>, Error> {
        let name = native_name(&store.namespace, &store.store);
        Ok(self.get(&name)?.map(Stored::of))
    }

    /// The keyring; none when there is none.
    pub(super) fn keyring(&self) -> Result<Option<core::Secret>, Error> {
        self.get(KEYRING_NAME)
    }

    /// What there is to say where there is no keyring: it is lost, or there never was one.
    pub(super) fn no_keyring(&self) -> anyhow::Error {
        match self.records() {
            Ok(records) if records.is_empty() => anyhow!(
                "there is no keyring {}/{KEYRING_NAME}: the operator makes the first one. Is it the --operator-namespace?",
                self.namespace
            ),
            Ok(records) => keys::missing(self.namespace, records.len()),
            Err(error) => anyhow::Error::from(error).context("cannot read the stores' keys"),
        }
    }

    /// Writes a record over the one that was read, and gives it as it is now.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is another by now.
    pub(super) fn write(&self, before: &Stored, record: &Json) -> Result<Stored, Error> {
        let bytes = ByteString(record.to_string().into_bytes());
        let patch = json!({
            "metadata": { "uid": before.uid, "resourceVersion": before.version },
            "data": { ENTRY: bytes },
        });
        self.patch(&before.native, &patch).map(Stored::of)
    }

    /// Deletes a record as it was read.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is another by now.
    pub(super) fn delete(&self, stored: &Stored) -> Result<(), Error> {
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(stored.uid.clone()),
                resource_version: Some(stored.version.clone()),
            }),
            ..DeleteParams::default()
        };
        let api = self.api();
        let deleted = api.delete(&stored.native, &params);
        self.cluster.ask(self.request("delete"), deleted).map(drop)
    }

    /// Writes entries of the keyring over the one that was read; none takes an entry away.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is another by now.
    pub(super) fn change_keyring(
        &self,
        before: &core::Secret,
        entries: impl IntoIterator<Item = (String, Option<ByteString>)>,
    ) -> Result<core::Secret, Error> {
        let data: Json = entries
            .into_iter()
            .map(|(name, bytes)| (name, json!(bytes)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let (uid, version) = (&before.metadata.uid, &before.metadata.resource_version);
        let patch = json!({ "metadata": { "uid": uid, "resourceVersion": version }, "data": data });
        self.patch(KEYRING_NAME, &patch)
    }

    fn get(&self, name: &str) -> Result<Option<core::Secret>, Error> {
        self.cluster
            .ask(self.request("get"), self.api().get_opt(name))
    }

    fn patch(&self, name: &str, patch: &Json) -> Result<core::Secret, Error> {
        let params = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let (api, patch) = (self.api(), Patch::Merge(patch));
        let patched = api.patch(name, &params, &patch);
        self.cluster.ask(self.request("patch"), patched)
    }

    fn api(&self) -> Api<core::Secret> {
        Api::namespaced(self.cluster.client(), self.namespace)
    }

    fn request(&self, verb: &str) -> Request {
        Request {
            verb: verb.to_owned(),
            resource: "secrets",
            namespace: Some(self.namespace.to_owned()),
        }
    }
}
