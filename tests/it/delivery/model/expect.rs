//! What there is to be in the end, and what there is.

use std::collections::{BTreeMap, BTreeSet};

use coffer::api::SecretStore;
use coffer::policy::access;
use coffer::policy::delivery::{self, Asking};
use coffer::policy::native;
use coffer::policy::requests::{self, Requests};
use coffer::policy::scopes::{Account, Labels};
use k8s_openapi::api::{core::v1 as core, rbac::v1 as rbac};
use kube::api::ListParams;
use kube::{Api, ResourceExt as _};

use super::world::World;

impl World {
    /// Who asks, with the labels of where.
    async fn asking(&self) -> Vec<(String, String, Labels, Requests)> {
        let mut asking = Vec::new();
        for shop in self.places() {
            let labels = self.team.namespaces().get(&shop.name).await.unwrap();
            let client = self.team.cluster.client.clone();
            let accounts = Api::<core::ServiceAccount>::namespaced(client, &shop.name);
            for account in accounts.list(&ListParams::default()).await.unwrap() {
                if let Some((requests, _)) = requests::read(account.annotations()) {
                    let labels = labels.labels().clone();
                    asking.push((shop.name.clone(), account.name_any(), labels, requests));
                }
            }
        }
        asking
    }

    /// The values that should be where, by `namespace/name`; and of Roles the names in them.
    pub(super) async fn expected(&self, values: &BTreeMap<&str, u8>) -> BTreeMap<String, String> {
        let asking = self.asking().await;
        let mut expected = BTreeMap::new();
        let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for secret in self
            .team
            .secrets()
            .list(&ListParams::default())
            .await
            .unwrap()
        {
            let store: Option<SecretStore> = self
                .team
                .stores()
                .get_opt(&secret.spec.store_ref.name)
                .await
                .unwrap();
            let Some(store) = store else { continue };
            let value = format!("v{}", values[secret.name_any().as_str()]);
            let asking = asking
                .iter()
                .map(|(namespace, name, labels, requests)| Asking {
                    account: Account {
                        namespace,
                        labels,
                        name,
                    },
                    requests,
                });
            let secret = native::with_target(&secret, Some(&store));
            let copies = delivery::copies(&secret, &store, asking.clone());
            let own = native::name_of(&secret).map(|name| format!("{}/{name}", self.team.name));
            let name = native::copy::name(&secret);
            for reader in asking.filter(|it| delivery::may_read(&secret, &store, *it)) {
                let Account {
                    namespace,
                    name: account,
                    ..
                } = reader.account;
                let read = if namespace == self.team.name {
                    native::name_of(&secret)
                } else {
                    Some(name.clone())
                };
                let role = format!("{namespace}/{}", access::name(account));
                roles.entry(role).or_default().extend(read);
            }
            let copies = copies
                .into_keys()
                .map(|namespace| format!("{namespace}/{name}"));
            expected.extend(
                own.into_iter()
                    .chain(copies)
                    .map(|place| (place, value.clone())),
            );
        }
        roles.retain(|_, names| !names.is_empty());
        expected.extend(
            roles
                .into_iter()
                .map(|(role, names)| (role, format!("{names:?}"))),
        );
        for ns in self.places() {
            expected.insert(format!("{}/theirs", ns.name), "kept".to_owned());
        }
        expected
    }

    pub(super) async fn found(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for ns in self.places() {
            for native in ns.natives().list(&ListParams::default()).await.unwrap() {
                let value = crate::support::bytes(&native, "value");
                let value = String::from_utf8(value.clone()).unwrap();
                found.insert(format!("{}/{}", ns.name, native.name_any()), value);
            }
        }
        for ns in self.places() {
            let client = self.team.cluster.client.clone();
            let bindings = Api::<rbac::RoleBinding>::namespaced(client.clone(), &ns.name);
            let bindings = bindings.list(&ListParams::default()).await.unwrap();
            let bindings = bindings.iter().map(|it| (it.name_any(), bound(it)));
            let mut bindings: BTreeMap<_, _> = bindings.collect();
            for role in Api::<rbac::Role>::namespaced(client, &ns.name)
                .list(&ListParams::default())
                .await
                .unwrap()
            {
                let rules = role.rules.clone().unwrap();
                let [rule] = &rules[..] else {
                    panic!("{rules:?}")
                };
                assert_eq!(
                    (&*rule.verbs, rule.resources.as_deref()),
                    (&["get".to_owned()][..], Some(&["secrets".to_owned()][..]))
                );
                let names: BTreeSet<_> = rule.resource_names.iter().flatten().cloned().collect();
                let bound = bindings.remove(&role.name_any()).unwrap_or_default();
                let names = if role.name_any() == access::name(&bound) {
                    format!("{names:?}")
                } else {
                    format!("{names:?} of {bound}")
                };
                found.insert(format!("{}/{}", ns.name, role.name_any()), names);
            }
            found.extend(
                bindings
                    .into_iter()
                    .map(|(name, bound)| (format!("{}/{name}", ns.name), bound)),
            );
        }
        found
    }
}

/// The one account that a RoleBinding is for, and nothing where it is not of just one and for the Role of its name.
fn bound(binding: &rbac::RoleBinding) -> String {
    match binding.subjects.as_deref() {
        Some([subject])
            if binding.role_ref.name == binding.name_any()
                && subject.namespace == binding.namespace() =>
        {
            subject.name.clone()
        }
        _ => String::new(),
    }
}
