//! `coffer keys rotate store`: asks for new keys with an annotation of the store.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::json;

use super::wait::Wait;
use crate::api::wellknown::ROTATE_ANNOTATION;
use crate::cli::cluster::{Cluster, Error};
use crate::cli::keys::args::RotateStoreArgs;
use crate::cli::keys::references::References;
use crate::cli::keys::store_name::StoreName;
use crate::cli::output::{self, NO};
use crate::crypto::{KeyId, Suite};

/// The active keys of a store before, by which the new ones are told.
type Before = BTreeSet<String>;

pub(in crate::cli::keys) fn run(args: &RotateStoreArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.connection)?;
    let mut code = ExitCode::SUCCESS;
    let asked: BTreeSet<StoreName> = if args.all {
        all(&cluster, args.namespace.as_deref())?
    } else {
        args.stores.iter().cloned().collect()
    };
    if asked.is_empty() {
        eprintln!("coffer: there are no SecretStores");
    }
    // New each time, as it is meant; to the millisecond, because it counts by being another.
    let request = Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string();
    let mut rotated = BTreeMap::new();
    for name in asked {
        if let Some(before) = rotate(&cluster, &name, &request)? {
            output::print(&format!("{name}: asked for new keys\n"))?;
            rotated.insert(name, before);
        } else {
            eprintln!("coffer: there is no SecretStore {name}; `keys list` shows those with keys");
            code = ExitCode::from(NO);
        }
    }
    if args.wait.wait && !is_done(&cluster, args, &rotated)? {
        code = ExitCode::from(NO);
    }
    Ok(code)
}

fn all(cluster: &Cluster, namespace: Option<&str>) -> anyhow::Result<BTreeSet<StoreName>> {
    let mut names = BTreeSet::new();
    let listed = cluster.pages("SecretStore", namespace, |page| {
        names.extend(page.into_iter().map(|store| StoreName {
            namespace: store.metadata.namespace.unwrap_or_default(),
            store: store.metadata.name.unwrap_or_default(),
        }));
    });
    listed.context("cannot read the stores")?;
    Ok(names)
}

/// None when there is no such store.
fn rotate(cluster: &Cluster, name: &StoreName, request: &str) -> anyhow::Result<Option<Before>> {
    let Some(store) = read(cluster, name)? else {
        return Ok(None);
    };
    let patch = json!({ "metadata": { "annotations": { ROTATE_ANNOTATION: request } } });
    match cluster.merge("SecretStore", &name.namespace, &name.store, &patch, false) {
        Ok(_) => Ok(Some(ids(&store, "Active", None))),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(anyhow::Error::from(error)
            .context(format!("cannot ask for new keys of SecretStore {name}"))),
    }
}

fn read(cluster: &Cluster, name: &StoreName) -> anyhow::Result<Option<DynamicObject>> {
    cluster
        .get("SecretStore", &name.namespace, &name.store)
        .with_context(|| format!("cannot read SecretStore {name}"))
}

/// Waits for the new keys, and then until nothing that Coffer sealed needs the old ones.
fn is_done(
    cluster: &Cluster,
    args: &RotateStoreArgs,
    rotated: &BTreeMap<StoreName, Before>,
) -> anyhow::Result<bool> {
    let wait = Wait::new(cluster, args.wait.timeout);
    let left = wait.until_nothing_left("stores without new keys", || {
        let mut left = 0;
        for (name, before) in rotated {
            let store = read(cluster, name)?;
            // One that is gone needs no new keys.
            let has_new = store.is_none_or(|store| has_new_keys(&store, before));
            left += usize::from(!has_new);
        }
        Ok(left)
    })?;
    if left > 0 {
        eprintln!(
            "coffer: {} without new keys; is the operator running? See the conditions of the stores",
            output::count(left, "store")
        );
        return Ok(false);
    }
    let left = wait.until_nothing_left("Secrets to seal anew", || {
        rotated.keys().map(|name| to_seal_anew(cluster, name)).sum()
    })?;
    if left > 0 {
        eprintln!(
            "coffer: {} still to be sealed anew; the operator goes on, and `coffer keys status` tells how far it is",
            output::count(left, "Secret")
        );
    }
    Ok(left == 0)
}

fn has_new_keys(store: &DynamicObject, before: &Before) -> bool {
    let active = ids(store, "Active", None);
    !active.is_empty() && active.is_disjoint(before)
}

/// How many Secrets need a retired key of Coffer's own, and can be sealed anew.
fn to_seal_anew(cluster: &Cluster, name: &StoreName) -> anyhow::Result<usize> {
    let Some(store) = read(cluster, name)? else {
        return Ok(0);
    };
    let retired = ids(&store, "Retired", Some(Suite::XChaCha20Poly1305));
    if retired.is_empty() {
        return Ok(0);
    }
    let needed = References::of(cluster, Some(&name.namespace))
        .with_context(|| format!("cannot read the Secrets of namespace {}", name.namespace))?;
    let ids = retired.iter().filter_map(|id| id.parse::<KeyId>().ok());
    let users = ids.filter_map(|id| needed.users(&name.namespace, id));
    Ok(users.map(|users| users.secrets - users.shut).sum())
}

/// The ids of the store's keys of this state, and of this suite.
fn ids(store: &DynamicObject, state: &str, suite: Option<Suite>) -> BTreeSet<String> {
    let keys = store.data["status"]["sealingKeys"].as_array();
    keys.into_iter()
        .flatten()
        .filter(|key| key["state"] == state)
        .filter(|key| suite.is_none_or(|suite| key["suite"] == suite.as_str()))
        .filter_map(|key| key["id"].as_str())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use kube::api::DynamicObject;
    use serde_json::{Value as Json, json};

    use super::{has_new_keys, ids};
    use crate::crypto::Suite;

    fn store(keys: &Json) -> DynamicObject {
        let metadata = json!({ "name": "a" });
        serde_json::from_value(json!({ "metadata": metadata, "status": { "sealingKeys": keys } }))
            .unwrap()
    }

    #[test]
    fn new_keys_are_told_from_those_before() {
        let before = ["a".to_owned(), "b".to_owned()].into();
        let key = |id: &str, state: &str| json!({ "id": id, "state": state, "suite": "XWing" });
        for (keys, is_new) in [
            (json!([key("a", "Retired"), key("c", "Active")]), true),
            (json!([key("b", "Active"), key("c", "Active")]), false),
            (json!([key("a", "Retired"), key("c", "Retired")]), false),
            (json!([]), false),
            (json!(null), false),
        ] {
            assert_eq!(has_new_keys(&store(&keys), &before), is_new, "{keys}");
        }
    }

    #[test]
    fn only_coffers_own_keys_are_waited_for() {
        let keys = json!([
            { "id": "a", "state": "Retired", "suite": "XWing" },
            { "id": "b", "state": "Retired", "suite": "XChaCha20Poly1305" },
            { "id": "c", "state": "Active", "suite": "XChaCha20Poly1305" },
        ]);
        let own = ids(&store(&keys), "Retired", Some(Suite::XChaCha20Poly1305));
        assert_eq!(own, ["b".to_owned()].into());
    }
}
