//! Who asks for what: the service accounts of all namespaces, where the person may look at them.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use k8s_openapi::api::core::v1 as core;
use kube::api::{Api, ListParams, PartialObjectMeta};
use kube::{Resource, ResourceExt as _};
use serde::de::DeserializeOwned;

use crate::api::{Scope, Secret, SecretStore};
use crate::cli::cluster::{Cluster, CoreError, next_page};
use crate::policy::delivery::{self, Asking};
use crate::policy::requests::{self, Requests};
use crate::policy::scopes::{Account, Labels};

/// Objects of one answer, as kubectl has it.
const PAGE: u32 = 500;

/// The accounts that ask for something, by the namespace and the name of the store.
#[derive(Debug, Default)]
pub(super) struct Askers(HashMap<StoreKey, Vec<Rc<Asker>>>);

type StoreKey = (Box<str>, Box<str>);

#[derive(Debug)]
struct Asker {
    namespace: String,
    labels: Labels,
    name: String,
    requests: Requests,
}

impl Askers {
    /// Asks for all service accounts, and for the labels of their namespaces.
    pub(super) fn of(cluster: &Cluster) -> Result<Self, CoreError> {
        let accounts = all::<core::ServiceAccount>(cluster, "serviceaccounts")?;
        let namespaces = all::<core::Namespace>(cluster, "namespaces")?;
        let labels = namespaces
            .into_iter()
            .map(|it| (it.name_any(), it.labels().clone()));
        Ok(Self::among(accounts, &labels.collect()))
    }

    fn among<K: Resource>(
        accounts: Vec<PartialObjectMeta<K>>,
        labels: &HashMap<String, Labels>,
    ) -> Self {
        let mut by_store: HashMap<_, Vec<_>> = HashMap::new();
        for account in accounts {
            let read = requests::read(account.annotations());
            let (Some((requests, _)), Some(namespace)) = (read, account.namespace()) else {
                continue;
            };
            let of = requests.of.iter();
            let stores: HashSet<_> = of
                .map(|it| (it.namespace.clone(), it.store.clone()))
                .collect();
            let asker = Rc::new(Asker {
                labels: labels.get(&namespace).cloned().unwrap_or_default(),
                namespace,
                name: account.name_any(),
                requests,
            });
            for store in stores {
                by_store.entry(store).or_default().push(asker.clone());
            }
        }
        Self(by_store)
    }

    /// Those that ask for the Secret and are in this scope of its store, with their namespace.
    pub(super) fn within<'a>(
        &'a self,
        secret: &Secret,
        store: &SecretStore,
        scope: &Scope,
    ) -> impl Iterator<Item = Account<'a>> {
        let (namespace, name) = (store.namespace().unwrap_or_default(), store.name_any());
        let of_store = self.0.get(&(namespace.into(), name.into()));
        let asking = of_store.into_iter().flatten().map(|asker| Asking {
            account: Account {
                namespace: &asker.namespace,
                labels: &asker.labels,
                name: &asker.name,
            },
            requests: &asker.requests,
        });
        let within = asking.filter(|asking| delivery::is_within(secret, store, scope, *asking));
        within.map(|asking| asking.account)
    }
}

/// The metadata of all objects of a kind.
fn all<K>(cluster: &Cluster, resource: &'static str) -> Result<Vec<PartialObjectMeta<K>>, CoreError>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let api = Api::<K>::all(cluster.client());
    let mut params = ListParams::default().limit(PAGE);
    let mut all = Vec::new();
    loop {
        let page = cluster.ask_core(("list", resource), None, api.list_metadata(&params))?;
        all.extend(page.items);
        match next_page(params, &page.metadata) {
            Some(next) => params = next,
            None => return Ok(all),
        }
    }
}

#[cfg(test)]
impl Askers {
    /// Accounts as `namespace/name what-it-asks-for`; every namespace has the label `stage: live`.
    pub(super) fn fixed(accounts: &[&str]) -> Self {
        let mut labels = HashMap::new();
        let accounts = accounts.iter().map(|text| {
            let (account, asks) = text.split_once(' ').unwrap();
            let (namespace, name) = account.split_once('/').unwrap();
            let live = [("stage".to_owned(), "live".to_owned())].into();
            labels.insert(namespace.to_owned(), live);
            let mut account = core::ServiceAccount::default();
            account.metadata.namespace = Some(namespace.to_owned());
            account.metadata.name = Some(name.to_owned());
            account
                .annotations_mut()
                .insert("coffer.dev/consume".to_owned(), asks.to_owned());
            PartialObjectMeta::<core::ServiceAccount> {
                metadata: account.metadata,
                ..PartialObjectMeta::default()
            }
        });
        let accounts = accounts.collect();
        Self::among(accounts, &labels)
    }
}
