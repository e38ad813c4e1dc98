//! The namespaces of a cluster, and those that are to be made.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;
use kube::api::{Api, ListParams, ObjectMeta, PostParams};

use super::rights::Right;
use crate::cli::cluster::{Cluster, CoreError, FIELD_MANAGER, next_page};

/// Objects of one answer, as kubectl has it.
const PAGE: u32 = 500;

/// The one whose UID stands for the cluster: it is made with it, and cannot be deleted.
const CLUSTER: &str = "kube-system";

/// UIDs of all by name, and the names of those that are missing.
#[derive(Debug, Default)]
pub(in crate::cli) struct Namespaces {
    uids: BTreeMap<String, String>,
    /// Those that are being deleted: nothing can be made in them.
    going: BTreeSet<String>,
    missing: BTreeSet<String>,
}

impl Namespaces {
    /// Looks for the wanted ones.
    ///
    /// # Errors
    /// One that is missing, unless it is to be made.
    pub(in crate::cli) fn find(
        cluster: &Cluster,
        wanted: &BTreeSet<String>,
        create: bool,
    ) -> anyhow::Result<Self> {
        let mut namespaces = Self::default();
        let api = Api::<core::Namespace>::all(cluster.client());
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page = cluster
                .ask_core(("list", "namespaces"), None, api.list_metadata(&params))
                .context("cannot tell which namespaces there are")?;
            for namespace in page.items {
                if namespace.metadata.deletion_timestamp.is_some() {
                    namespaces.going.insert(namespace.name_any());
                    continue;
                }
                let uid = namespace.uid().unwrap_or_default();
                namespaces.uids.insert(namespace.name_any(), uid);
            }
            match next_page(params, &page.metadata) {
                Some(next) => params = next,
                None => break,
            }
        }
        let is_missing =
            |name: &&String| !namespaces.uids.contains_key(*name) && !namespaces.is_going(name);
        namespaces.missing = wanted.iter().filter(is_missing).cloned().collect();
        if !create && !namespaces.missing.is_empty() {
            let missing: Vec<_> = namespaces.missing.iter().map(String::as_str).collect();
            bail!(
                "these namespaces are not there: {}; make them, or give --create-namespaces",
                missing.join(", ")
            );
        }
        Ok(namespaces)
    }

    /// The UID of one that is there; none for one that is yet to be made.
    pub(super) fn uid(&self, name: &str) -> Option<&str> {
        self.uids.get(name).map(String::as_str)
    }

    /// Whether it is being deleted.
    pub(in crate::cli) fn is_going(&self, name: &str) -> bool {
        self.going.contains(name)
    }

    /// Whether a file is of this very cluster, as far as it says. One that does not say may be.
    pub(super) fn are_of(&self, cluster: Option<&str>) -> bool {
        cluster.is_none_or(|cluster| self.uid(CLUSTER) == Some(cluster))
    }

    /// Those that are to be made.
    pub(in crate::cli) fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().map(String::as_str)
    }

    /// What making them takes.
    pub(in crate::cli) fn rights(&self) -> Option<Right<'static>> {
        let create = Right {
            verb: "create",
            group: "",
            resource: "namespaces",
            namespace: None,
        };
        (!self.missing.is_empty()).then_some(create)
    }

    /// Makes those that are missing.
    pub(in crate::cli) fn make(&mut self, cluster: &Cluster) -> anyhow::Result<()> {
        let api = Api::<core::Namespace>::all(cluster.client());
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        for name in std::mem::take(&mut self.missing) {
            let namespace = core::Namespace {
                metadata: ObjectMeta {
                    name: Some(name.clone()),
                    ..ObjectMeta::default()
                },
                ..core::Namespace::default()
            };
            let made = cluster
                .ask_core(
                    ("create", "namespaces"),
                    None,
                    api.create(&params, &namespace),
                )
                .with_context(|| format!("cannot make namespace {name}"))?;
            self.uids.insert(name, made.uid().unwrap_or_default());
        }
        Ok(())
    }
}

/// What tells this cluster from every other; none, and a note on stderr, where it may not be read.
pub(in crate::cli) fn cluster_uid(cluster: &Cluster) -> anyhow::Result<Option<String>> {
    let api = Api::<core::Namespace>::all(cluster.client());
    let answer = cluster.ask_core(("get", "namespaces"), None, api.get_metadata_opt(CLUSTER));
    match answer {
        Ok(namespace) => Ok(namespace.and_then(|namespace| namespace.uid())),
        Err(CoreError::Forbidden { .. }) => {
            eprintln!(
                "coffer: note: you may not get namespace {CLUSTER}, so the file does not tell of which cluster it is, and bringing it into a new one will ask whose the keys are to be"
            );
            Ok(None)
        }
        Err(error) => Err(error).context("cannot tell which cluster this is"),
    }
}

#[cfg(test)]
mod tests {
    use super::{CLUSTER, Namespaces};

    #[test]
    fn a_file_that_does_not_say_of_which_cluster_it_is_may_be_of_this_one() {
        let namespaces = Namespaces {
            uids: [(CLUSTER.to_owned(), "here".to_owned())].into(),
            ..Namespaces::default()
        };
        assert!(namespaces.are_of(Some("here")) && namespaces.are_of(None));
        assert!(!namespaces.are_of(Some("elsewhere")));
    }
}
