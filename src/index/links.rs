//! What each Secret points at, and the way back: from a store or a followed native Secret to the
//! Secrets that depend on it. A change costs what changed, not what exists.

use std::collections::{BTreeSet, HashMap};

use super::ObjectKey;
use crate::api::{self, Value};
use crate::crypto::{Envelope, KeyId};

/// Something that a Secret points at, in its own namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// A SecretStore, by `storeRef`.
    Store(ObjectKey),
    /// A scope of that SecretStore, by name, whether the store has it or not.
    Scope(ObjectKey, Box<str>),
    /// A native Secret, by `fromSecret`.
    Source(ObjectKey),
    /// A key that sealed one of its values, and the store that it names. The key need not be that store's.
    Key(ObjectKey, KeyId),
}

/// Both directions of all links.
#[derive(Debug, Default)]
pub struct Links {
    forward: HashMap<ObjectKey, Vec<Link>>,
    reverse: HashMap<Link, BTreeSet<ObjectKey>>,
    /// Those that name a scope.
    scoped: BTreeSet<ObjectKey>,
}

impl Links {
    /// Takes over what the Secret now points at; returns the links that it gained or lost.
    pub fn set(&mut self, secret: &ObjectKey, links: Vec<Link>) -> Vec<Link> {
        if self.forward.get(secret) == Some(&links) {
            return Vec::new();
        }
        let mut changed = self.remove(secret);
        for link in &links {
            self.reverse
                .entry(link.clone())
                .or_default()
                .insert(secret.clone());
        }
        changed.extend(links.iter().cloned());
        if links.iter().any(|link| matches!(link, Link::Scope(..))) {
            self.scoped.insert(secret.clone());
        }
        self.forward.insert(secret.clone(), links);
        changed
    }

    /// Forgets a Secret; returns the links that it had.
    pub fn remove(&mut self, secret: &ObjectKey) -> Vec<Link> {
        let links = self.forward.remove(secret).unwrap_or_default();
        self.scoped.remove(secret);
        for link in &links {
            if let Some(secrets) = self.reverse.get_mut(link) {
                secrets.remove(secret);
                if secrets.is_empty() {
                    self.reverse.remove(link);
                }
            }
        }
        links
    }

    /// Forgets every Secret that is not in `present`, as after a new list; returns their links.
    pub fn retain(&mut self, present: &std::collections::HashSet<ObjectKey>) -> Vec<Link> {
        let gone: Vec<_> = self
            .forward
            .keys()
            .filter(|key| !present.contains(key))
            .cloned()
            .collect();
        gone.iter().flat_map(|key| self.remove(key)).collect()
    }

    /// The Secrets that point there.
    pub fn dependents(&self, link: &Link) -> impl Iterator<Item = &ObjectKey> {
        self.reverse.get(link).into_iter().flatten()
    }

    /// The Secrets of a namespace that name a scope.
    pub fn scoped(&self, namespace: &str) -> impl Iterator<Item = &ObjectKey> {
        let from = self.scoped.range(ObjectKey::new(namespace, "")..);
        from.take_while(move |key| *key.namespace == *namespace)
    }

    /// How many Secrets of a store hold something that none of its `keys` sealed. Looks at all of them.
    pub fn sealed_otherwise(&self, store: &ObjectKey, keys: impl Fn(KeyId) -> bool) -> usize {
        let is_other = |link: &Link| matches!(link, Link::Key(_, key) if !keys(*key));
        let links = |secret| self.forward.get(secret).into_iter().flatten();
        self.dependents(&Link::Store(store.clone()))
            .filter(|secret| links(*secret).any(is_other))
            .count()
    }

    /// How many Secrets point there.
    #[must_use]
    pub fn count(&self, link: &Link) -> usize {
        self.reverse.get(link).map_or(0, BTreeSet::len)
    }
}

/// What a Secret points at. It has to be whole: without its values it points at no key.
#[must_use]
pub fn of(secret: &api::Secret) -> Vec<Link> {
    let namespace = secret.metadata.namespace.as_deref().unwrap_or_default();
    let store = ObjectKey::store_of(secret);
    let keys: BTreeSet<KeyId> = envelopes(secret)
        .map(|envelope| envelope.key_id())
        .collect();
    let sources: BTreeSet<&str> = secret
        .spec
        .data
        .values()
        .filter_map(|value| {
            value
                .from_secret
                .as_ref()
                .map(|source| source.name.as_str())
        })
        .collect();
    let keys = keys.into_iter().map(|key| Link::Key(store.clone(), key));
    let scopes: BTreeSet<_> = secret.spec.scopes.iter().map(String::as_str).collect();
    let scopes = scopes
        .into_iter()
        .map(|scope| Link::Scope(store.clone(), scope.into()));
    std::iter::once(Link::Store(store.clone()))
        .chain(keys)
        .chain(scopes)
        .chain(
            sources
                .into_iter()
                .map(|name| Link::Source(ObjectKey::new(namespace, name))),
        )
        .collect()
}

/// What of a Secret is sealed: its values, and the former ones of those that are generated.
fn envelopes(secret: &api::Secret) -> impl Iterator<Item = Envelope> {
    let items = secret.spec.data.values();
    let texts = items.flat_map(|item| {
        let generated = item.generated.as_ref();
        let previous = generated.and_then(|it| it.previous.as_ref());
        item.value.iter().chain(previous.map(|it| &it.value))
    });
    texts.filter_map(|value: &Value| Envelope::parse(value.expose()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(data: &str) -> api::Secret {
        let text = format!(
            "metadata: {{name: a, namespace: team-a}}\nspec: {{storeRef: {{name: one}}, data: {data}}}\n"
        );
        serde_yaml::from_str(&text).unwrap()
    }

    fn sealed_with(id: &str) -> String {
        format!("coffer.v1.{id}.{}", "A".repeat(64))
    }

    #[test]
    fn a_secret_points_once_at_each_key_that_sealed_something_of_it() {
        let [one, two] = ["0000000000000001", "0000000000000002"].map(sealed_with);
        let secret = secret(&format!(
            "{{ a: {{ value: {one} }}, b: {{ value: {one} }}, c: {{ value: plaintext }}, g: {{ generate: {{ kind: Uuid }}, value: {one}, generated: {{ at: '2026-01-01T00:00:00Z', previous: {{ value: {two}, until: '2026-01-02T00:00:00Z' }} }} }} }}"
        ));
        let of = |id: &str| Link::Key(key("one"), id.parse().unwrap());
        assert_eq!(
            super::of(&secret),
            [store("one"), of("0000000000000001"), of("0000000000000002")]
        );
    }

    #[test]
    fn what_is_no_envelope_points_at_no_key() {
        for value in [
            "",
            "coffer.v1.0000000000000001.AA",
            "coffer.v2.0000000000000001.AAAA",
        ] {
            let secret = secret(&format!("{{ a: {{ value: '{value}' }} }}"));
            assert_eq!(of(&secret), [store("one")], "{value}");
        }
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new("team-a", name)
    }

    fn store(name: &str) -> Link {
        Link::Store(key(name))
    }

    #[test]
    fn a_secret_that_moves_to_another_store_counts_there_only() {
        let mut links = Links::default();
        links.set(&key("a"), vec![store("one")]);
        let changed = links.set(&key("a"), vec![store("two")]);
        assert_eq!(changed, [store("one"), store("two")]);
        assert_eq!(
            (links.count(&store("one")), links.count(&store("two"))),
            (0, 1)
        );
    }

    #[test]
    fn an_unchanged_secret_changes_no_link() {
        let mut links = Links::default();
        links.set(&key("a"), vec![store("one")]);
        assert!(links.set(&key("a"), vec![store("one")]).is_empty());
    }

    #[test]
    fn a_new_list_forgets_the_secrets_that_are_not_in_it() {
        let mut links = Links::default();
        links.set(&key("a"), vec![store("one")]);
        links.set(&key("b"), vec![store("one")]);
        let changed = links.retain(&[key("b")].into());
        assert_eq!(changed, [store("one")]);
        assert_eq!(
            links.dependents(&store("one")).collect::<Vec<_>>(),
            [&key("b")]
        );
    }
}
