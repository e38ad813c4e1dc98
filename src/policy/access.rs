//! The right of a service account to read, through the Kubernetes API, what it is given: one Role and one RoleBinding for
//! each, of one name, in its namespace. Both carry a keyed mark of their place, as copies do.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1 as rbac;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sha2::{Digest as _, Sha256};

use crate::api::wellknown::{ACCESS_LABEL, ACCOUNT_ANNOTATION, MANAGED_BY_LABEL, MARK_ANNOTATION};
use crate::crypto::{Fingerprinter, hex};

/// API group of Roles and RoleBindings.
const GROUP: &str = "rbac.authorization.k8s.io";

/// The longest name of an object.
const MAX_NAME: usize = 253;

/// So many bytes of names a Role has at most: etcd takes 1.5 MB, and the owners of its fields have a part.
const MAX_BYTES: usize = 1_000_000;

/// The native Secrets that an account may read: at least one, because a rule without names is for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(BTreeSet<Box<str>>);

impl Names {
    /// `None` where there is none. Of more than a Role can hold, the first in their order, and how many are left out.
    #[must_use]
    pub fn new(names: BTreeSet<Box<str>>) -> Option<(Self, usize)> {
        let all = names.len();
        let mut bytes = 0;
        let fitting = names.into_iter().take_while(|name| {
            bytes += name.len() + 3;
            bytes <= MAX_BYTES
        });
        let fitting: BTreeSet<_> = fitting.collect();
        let left_out = all - fitting.len();
        (!fitting.is_empty()).then_some((Self(fitting), left_out))
    }

    /// As a Role grants them; `None` for a Role that grants anything else.
    #[must_use]
    pub fn of(role: &rbac::Role) -> Option<Self> {
        let [only] = role.rules.as_deref()? else {
            return None;
        };
        let names = only.resource_names.iter().flatten();
        let (names, _) = Self::new(names.map(|name| name.as_str().into()).collect())?;
        (names.rule() == *only).then_some(names)
    }

    /// Whether one is among them.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn rule(&self) -> rbac::PolicyRule {
        rbac::PolicyRule {
            api_groups: Some(vec![String::new()]),
            resources: Some(vec!["secrets".to_owned()]),
            verbs: vec!["get".to_owned()],
            resource_names: Some(self.0.iter().map(ToString::to_string).collect()),
            ..rbac::PolicyRule::default()
        }
    }
}

/// Name of the Role and the RoleBinding of an account. The name of an account has no colon.
#[must_use]
pub fn name(account: &str) -> String {
    let name = format!("coffer:{account}");
    if name.len() <= MAX_NAME {
        return name;
    }
    format!("coffer::{}", hex(&Sha256::digest(account)))
}

/// The Role of an account.
#[must_use]
pub fn role(namespace: &str, account: &str, names: &Names, keys: &Fingerprinter) -> rbac::Role {
    rbac::Role {
        metadata: metadata("role", namespace, account, keys),
        rules: Some(vec![names.rule()]),
    }
}

/// The RoleBinding of an account.
#[must_use]
pub fn binding(namespace: &str, account: &str, keys: &Fingerprinter) -> rbac::RoleBinding {
    rbac::RoleBinding {
        metadata: metadata("binding", namespace, account, keys),
        role_ref: rbac::RoleRef {
            api_group: Some(GROUP.to_owned()),
            kind: "Role".to_owned(),
            name: name(account),
        },
        subjects: Some(vec![rbac::Subject {
            kind: "ServiceAccount".to_owned(),
            name: account.to_owned(),
            namespace: Some(namespace.to_owned()),
            ..rbac::Subject::default()
        }]),
    }
}

/// The account that a Role is for, where Coffer made it; nobody else can make the mark, nor use it in another place.
#[must_use]
pub fn account_of_role(role: &ObjectMeta, keys: &Fingerprinter) -> Option<Box<str>> {
    account_of("role", role, keys)
}

/// Likewise of a RoleBinding.
#[must_use]
pub fn account_of_binding(binding: &ObjectMeta, keys: &Fingerprinter) -> Option<Box<str>> {
    account_of("binding", binding, keys)
}

fn account_of(kind: &str, meta: &ObjectMeta, keys: &Fingerprinter) -> Option<Box<str>> {
    let annotations = meta.annotations.as_ref()?;
    let account = annotations.get(ACCOUNT_ANNOTATION)?;
    let wanted = metadata(kind, meta.namespace.as_deref()?, account, keys);
    let wanted_mark = wanted.annotations.as_ref()?.get(MARK_ANNOTATION);
    (meta.name == wanted.name && annotations.get(MARK_ANNOTATION) == wanted_mark)
        .then(|| account.as_str().into())
}

fn metadata(kind: &str, namespace: &str, account: &str, keys: &Fingerprinter) -> ObjectMeta {
    let mark = keys.fingerprint("access", &[kind, namespace, account].map(str::as_bytes));
    let owned = |pairs: [(&str, &str); 2]| {
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Some(BTreeMap::from(pairs))
    };
    ObjectMeta {
        name: Some(name(account)),
        namespace: Some(namespace.to_owned()),
        labels: owned([(MANAGED_BY_LABEL, "coffer"), (ACCESS_LABEL, "true")]),
        annotations: owned([(ACCOUNT_ANNOTATION, account), (MARK_ANNOTATION, &mark)]),
        ..ObjectMeta::default()
    }
}

#[cfg(test)]
mod tests;
