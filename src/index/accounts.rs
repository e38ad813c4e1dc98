//! How many Secrets the namespaces may have.

use std::collections::HashMap;

use crate::policy::quota::AccountQuota;

/// The quotas of namespaces.
#[derive(Debug, Default)]
pub struct Accounts {
    /// Of those that have none of their own.
    pub default: AccountQuota,
    own: HashMap<Box<str>, AccountQuota>,
}

impl Accounts {
    /// How many Secrets a namespace may have.
    #[must_use]
    pub fn quota(&self, namespace: &str) -> AccountQuota {
        self.own.get(namespace).copied().unwrap_or(self.default)
    }

    /// What somebody said of a namespace: its own quota, or the default where that is a number.
    #[must_use]
    pub fn said(&self, namespace: &str) -> Option<AccountQuota> {
        let is_number = |quota: &AccountQuota| quota.limit().is_some();
        let default = Some(self.default).filter(is_number);
        self.own.get(namespace).copied().or(default)
    }

    /// Notes the quota of a namespace, or that it has none of its own. Says whether that is news.
    pub fn set(&mut self, namespace: &str, own: Option<AccountQuota>) -> bool {
        match own {
            Some(quota) => self.own.insert(namespace.into(), quota) != Some(quota),
            None => self.own.remove(namespace).is_some(),
        }
    }

    /// Takes over a new list; returns the namespaces of which it is news.
    pub fn renew(&mut self, own: HashMap<Box<str>, AccountQuota>) -> Vec<Box<str>> {
        let before = std::mem::replace(&mut self.own, own);
        let all = before.keys().chain(self.own.keys());
        let mut changed: Vec<_> = all
            .filter(|namespace| before.get(*namespace) != self.own.get(*namespace))
            .cloned()
            .collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AccountQuota::{AtMost, Unlimited};

    #[test]
    fn a_namespace_has_its_own_quota_or_the_default() {
        let mut accounts = Accounts {
            default: AtMost(5),
            ..Accounts::default()
        };
        assert!(accounts.set("few", Some(AtMost(1))) && accounts.set("any", Some(Unlimited)));
        assert!(!accounts.set("any", Some(Unlimited)) && !accounts.set("other", None));
        let of = |accounts: &Accounts| ["few", "any", "other"].map(|name| accounts.quota(name));
        assert_eq!(of(&accounts), [AtMost(1), Unlimited, AtMost(5)]);
        assert!(accounts.set("few", None));
        assert_eq!(of(&accounts), [AtMost(5), Unlimited, AtMost(5)]);
    }

    #[test]
    fn of_a_new_list_only_what_changed_is_news() {
        let mut accounts = Accounts::default();
        let list = |of: &[(&str, usize)]| {
            let of = of.iter();
            of.map(|(name, quota)| (Box::from(*name), AtMost(*quota)))
                .collect()
        };
        let boxed = |names: &[&str]| {
            names
                .iter()
                .map(|it| Box::from(*it))
                .collect::<Vec<Box<str>>>()
        };
        assert_eq!(
            accounts.renew(list(&[("a", 1), ("b", 1), ("c", 1)])),
            boxed(&["a", "b", "c"])
        );
        assert_eq!(
            accounts.renew(list(&[("b", 1), ("c", 2), ("d", 1)])),
            boxed(&["a", "c", "d"])
        );
    }
}
