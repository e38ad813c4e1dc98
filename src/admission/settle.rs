//! A write that changes nothing in the end leaves the object as it is.
//!
//! The API server works out who owns which field since when before it calls webhooks. Where a webhook puts back what is
//! stored, the writer's entry has a new time all the same; and as entries stand in the order of their times, it may come
//! to stand elsewhere. For new times alone the API server writes nothing. For another order it does: then each repeated
//! `kubectl apply` of a value in clear would make a new resourceVersion, and wake up whoever watches.

use json_patch::PatchOperation;
use kube::Resource;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::review::{Request, Verdict};
use crate::policy::operations::replace_with;

/// What the API server fills in after the webhooks, or looks at by itself.
const SERVERS: [&str; 4] = ["uid", "resourceVersion", "generation", "creationTimestamp"];

/// Puts the list of owners back in its order where the verdict leaves nothing else changed.
pub(super) fn owners<K: Resource + Serialize>(request: &Request<K>, verdict: &mut Verdict) {
    let (Some(new), Some(old)) = (&request.object, &request.old_object) else {
        return;
    };
    if verdict.patch.is_empty() {
        return;
    }
    if new.meta().managed_fields == old.meta().managed_fields {
        return;
    }
    if let Some(order) = order(json!(new), json!(old), &verdict.patch) {
        verdict.patch.push(order);
    }
}

fn order(mut new: Json, mut old: Json, patch: &[PatchOperation]) -> Option<PatchOperation> {
    json_patch::patch(&mut new, patch).ok()?;
    let (now, before) = (split(&mut new)?, split(&mut old)?);
    let (now, timeless) = (without_times(now), without_times(before.clone()));
    let is_same = new == old && now != timeless && sorted(now) == sorted(timeless);
    is_same.then(|| replace_with(["metadata", "managedFields"], Json::Array(before)))
}

/// Takes the owners out of an object, and with them what is the API server's.
fn split(object: &mut Json) -> Option<Vec<Json>> {
    object.as_object_mut()?.remove("status");
    let meta = object["metadata"].as_object_mut()?;
    for field in SERVERS {
        meta.remove(field);
    }
    match meta.remove("managedFields")? {
        Json::Array(owners) => Some(owners),
        _ => None,
    }
}

fn without_times(mut owners: Vec<Json>) -> Vec<Json> {
    for owner in &mut owners {
        if let Some(owner) = owner.as_object_mut() {
            owner.remove("time");
        }
    }
    owners
}

fn sorted(mut owners: Vec<Json>) -> Vec<Json> {
    owners.sort_by_cached_key(Json::to_string);
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(manager: &str, time: &str) -> Json {
        json!({ "manager": manager, "operation": "Update", "time": time, "fieldsV1": { "f:spec": {} } })
    }

    fn object(value: &str, owners: &[Json]) -> Json {
        json!({
            "metadata": { "name": "a", "resourceVersion": "1", "managedFields": owners },
            "spec": { "value": value },
            "status": {},
        })
    }

    fn sealed() -> Vec<PatchOperation> {
        vec![replace_with(["spec", "value"], json!("sealed"))]
    }

    #[test]
    fn the_former_order_comes_back_where_nothing_else_changed() {
        let before = [owner("kubectl", "1"), owner("coffer", "2")];
        let now = [owner("coffer", "2"), owner("kubectl", "3")];
        let mut new = object("clear", &now);
        // As kubectl replaces it.
        new.as_object_mut().unwrap().remove("status");
        new["metadata"]["resourceVersion"] = Json::Null;
        let old = object("sealed", &before);
        let order = order(new.clone(), old, &sealed()).unwrap();
        json_patch::patch(&mut new, &[sealed(), vec![order]].concat()).unwrap();
        assert_eq!(new["metadata"]["managedFields"], json!(before));
    }

    #[test]
    fn what_changes_something_or_only_times_is_left_alone() {
        let before = [owner("kubectl", "1"), owner("coffer", "2")];
        let turned = [owner("coffer", "2"), owner("kubectl", "3")];
        let later = [owner("kubectl", "2"), owner("coffer", "2")];
        let others = [owner("coffer", "2"), owner("flux", "3")];
        let more = [
            owner("coffer", "2"),
            owner("kubectl", "3"),
            owner("flux", "3"),
        ];
        let old = object("sealed", &before);
        for owners in [&later[..], &others, &more] {
            assert!(order(object("clear", owners), old.clone(), &sealed()).is_none());
        }
        let other = vec![replace_with(["spec", "value"], json!("another"))];
        assert!(order(object("clear", &turned), old.clone(), &other).is_none());
        let mut labelled = object("clear", &turned);
        labelled["metadata"]["labels"] = json!({ "a": "b" });
        assert!(order(labelled, old, &sealed()).is_none());
    }
}
