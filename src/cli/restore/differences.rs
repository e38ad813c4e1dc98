//! By which fields the objects that are there differ from the backup. Each of them is asked for once more: of all the
//! others a digest was enough.

use std::collections::HashMap;

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::ListParams;

use super::plan::{Plan, Step};
use super::write::{CONCURRENCY, in_time};
use crate::cli::archive::Entry;
use crate::cli::archive::input::Unlocked;
use crate::cli::archive::object::{KINDS, Object};
use crate::cli::archive::progress::Progress;
use crate::cli::cluster::{Cluster, Error};

/// The paths of the fields, by the label of the object.
pub(super) type Differences = HashMap<String, Vec<String>>;

/// Of all objects that would take the place of another.
pub(super) fn of(cluster: &Cluster, file: &Unlocked, plan: &Plan) -> anyhow::Result<Differences> {
    if plan.differing() == 0 {
        return Ok(Differences::default());
    }
    let mut progress = Progress::new("objects compared", None);
    let replaces = |object: &Object| plan.step(object) == Some(Step::Replace);
    let objects = file.entries()?.filter_map(|entry| match entry {
        Ok(Entry::Object(object)) => replaces(&object).then_some(Ok(object)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    });
    let differences = stream::iter(objects)
        .map(|object| async {
            let object = object?;
            let there = there(cluster, &object).await;
            let there = there.with_context(|| format!("cannot read {}", object.label()))?;
            let paths = there.map(|there| object.differences(&there));
            anyhow::Ok((object.label(), paths.unwrap_or_default()))
        })
        .buffer_unordered(CONCURRENCY)
        .inspect(|_| progress.step())
        .try_collect();
    cluster.block_on(differences)
}

/// By listing it, which is a right that a restore needs in any case; to get it is another one.
async fn there(cluster: &Cluster, object: &Object) -> Result<Option<Object>, Error> {
    let Some(kind) = KINDS.into_iter().find(|kind| *kind == object.kind) else {
        return Ok(None);
    };
    let namespace = Some(object.namespace.as_str());
    let api = cluster.api(kind, namespace);
    let params = ListParams::default().fields(&format!("metadata.name={}", object.name));
    let list = in_time("list", kind, namespace, api.list(&params)).await?;
    let there = list.items.into_iter().next();
    Ok(there.and_then(|there| Object::of(kind, there)))
}
