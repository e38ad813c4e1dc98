//! The stores and secrets of a namespace, or of all.

use kube::api::{DynamicObject, ListParams};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::objects::request;
use super::{Cluster, Error, next_page};
use crate::api::{Secret, SecretStore};

/// Objects of one answer, as kubectl has it.
const PAGE: u32 = 500;

/// What there is. Objects that this version cannot read are left out.
#[derive(Default)]
pub(in crate::cli) struct Inventory {
    pub(in crate::cli) stores: Vec<SecretStore>,
    pub(in crate::cli) secrets: Vec<Secret>,
    /// Kind, namespace and name of what could not be read.
    pub(in crate::cli) unreadable: Vec<String>,
}

impl Inventory {
    /// Asks for both kinds.
    pub(in crate::cli) fn of(cluster: &Cluster, namespace: Option<&str>) -> Result<Self, Error> {
        let mut inventory = Self::stores_of(cluster, namespace)?;
        let secrets = cluster.list("Secret", namespace)?;
        inventory.secrets = readable("Secret", secrets, &mut inventory.unreadable);
        Ok(inventory)
    }

    /// Asks for the stores only.
    pub(in crate::cli) fn stores_of(
        cluster: &Cluster,
        namespace: Option<&str>,
    ) -> Result<Self, Error> {
        let mut inventory = Self::default();
        let stores = cluster.list("SecretStore", namespace)?;
        inventory.stores = readable("SecretStore", stores, &mut inventory.unreadable);
        Ok(inventory)
    }

    /// Asks for both kinds, and does without the stores where they may not be listed.
    pub(in crate::cli) fn with_stores_if_allowed(
        cluster: &Cluster,
        namespace: Option<&str>,
    ) -> Result<Self, Error> {
        match Self::of(cluster, namespace) {
            Err(Error::Forbidden(request)) if request.resource == "secretstores.coffer.dev" => {
                Self::secrets_of(cluster, namespace)
            }
            other => other,
        }
    }

    /// One Secret with the stores of its namespace; none when it is not there.
    pub(in crate::cli) fn one(
        cluster: &Cluster,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Self>, Error> {
        let Some(secret) = cluster.get("Secret", namespace, name)? else {
            return Ok(None);
        };
        let mut inventory = Self::default();
        inventory.secrets = readable("Secret", vec![secret], &mut inventory.unreadable);
        match cluster.list("SecretStore", Some(namespace)) {
            Ok(stores) => {
                inventory.stores = readable("SecretStore", stores, &mut inventory.unreadable);
            }
            Err(Error::Forbidden(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(Some(inventory))
    }

    fn secrets_of(cluster: &Cluster, namespace: Option<&str>) -> Result<Self, Error> {
        let mut inventory = Self::default();
        let secrets = cluster.list("Secret", namespace)?;
        inventory.secrets = readable("Secret", secrets, &mut inventory.unreadable);
        Ok(inventory)
    }

    /// Says on stderr what is left out.
    pub(in crate::cli) fn say_unreadable(&self) {
        for object in &self.unreadable {
            eprintln!("coffer: {object} is left out: this version of coffer cannot read it");
        }
    }
}

impl Cluster {
    /// All objects of a kind, page by page, in the order of namespace and name.
    fn list(
        &self,
        kind: &'static str,
        namespace: Option<&str>,
    ) -> Result<Vec<DynamicObject>, Error> {
        let mut objects = Vec::new();
        self.pages(kind, namespace, |page| objects.extend(page))?;
        Ok(objects)
    }

    /// The same, one page at a time, for what need not be in memory all at once.
    pub(in crate::cli) fn pages(
        &self,
        kind: &'static str,
        namespace: Option<&str>,
        mut visit: impl FnMut(Vec<DynamicObject>),
    ) -> Result<(), Error> {
        let api = self.api(kind, namespace);
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page = self.ask(request("list", kind, namespace), api.list(&params))?;
            visit(page.items);
            match next_page(params, &page.metadata) {
                Some(next) => params = next,
                None => return Ok(()),
            }
        }
    }
}

/// The objects as this version knows them. The deserialiser's error is not passed on: it quotes what
/// it found.
fn readable<K: DeserializeOwned>(
    kind: &str,
    objects: Vec<DynamicObject>,
    unreadable: &mut Vec<String>,
) -> Vec<K> {
    let mut read = Vec::with_capacity(objects.len());
    for object in objects {
        let (namespace, name) = (
            object.metadata.namespace.clone().unwrap_or_default(),
            object.metadata.name.clone().unwrap_or_default(),
        );
        let json = json!({ "metadata": object.metadata, "spec": object.data["spec"], "status": object.data["status"] });
        match serde_json::from_value(with_type(kind, json)) {
            Ok(object) => read.push(object),
            Err(_) => unreadable.push(format!("{kind} {namespace}/{name}")),
        }
    }
    read
}

/// Lists leave out what their items are.
fn with_type(kind: &str, mut object: serde_json::Value) -> serde_json::Value {
    object["apiVersion"] = json!("coffer.dev/v1alpha1");
    object["kind"] = json!(kind);
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::readable;
    use crate::api::Secret;

    #[test]
    fn an_object_of_another_time_is_left_out_and_not_quoted() {
        let objects = [
            json!({ "value": "hunter2" }),
            json!("hunter2"),
            json!({ "new": 1 }),
        ]
        .map(|data| {
            serde_json::from_value(json!({
                "metadata": { "name": "a", "namespace": "team-a" },
                "spec": { "storeRef": { "name": "s" }, "data": { "k": data } },
            }))
            .unwrap()
        });
        let mut unreadable = Vec::new();
        let read: Vec<Secret> = readable("Secret", objects.into(), &mut unreadable);
        assert_eq!(read.len(), 2);
        assert_eq!(unreadable, ["Secret team-a/a"]);
    }
}
