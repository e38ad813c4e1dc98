//! What a service account asks for, by its annotations.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{is_label, is_subdomain};
use crate::api::wellknown::{CONSUME_ANNOTATION, CONSUME_TYPES_ANNOTATION};

/// The most entries of one annotation that count.
pub const MAX_REQUESTS: usize = 64;

/// A store, or one Secret of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// Namespace of the store.
    pub namespace: Box<str>,
    /// Name of the store.
    pub store: Box<str>,
    /// Name of the one Secret that is asked for; all of the store otherwise.
    pub secret: Option<Box<str>>,
}

impl Request {
    /// Whether a Secret of the store is meant.
    #[must_use]
    pub fn means(&self, secret: &str) -> bool {
        self.secret.as_deref().is_none_or(|name| name == secret)
    }
}

/// What one account asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Stores and Secrets.
    pub of: BTreeSet<Request>,
    /// Types that copies may have besides `Opaque`.
    pub types: BTreeSet<Box<str>>,
}

/// Reads the annotations of an account; `None` where it asks for nothing. Entries that name nothing are left out, and
/// returned.
#[must_use]
pub fn read(annotations: &BTreeMap<String, String>) -> Option<(Requests, Vec<&str>)> {
    let asked = annotations.get(CONSUME_ANNOTATION)?;
    let (mut of, mut wrong) = (BTreeSet::new(), Vec::new());
    for (number, entry) in entries(asked).enumerate() {
        match parse(entry).filter(|_| number < MAX_REQUESTS) {
            Some(request) => {
                of.insert(request);
            }
            None => wrong.push(entry),
        }
    }
    let types = annotations.get(CONSUME_TYPES_ANNOTATION);
    let types = types.into_iter().flat_map(|types| entries(types));
    // A type has at most as many characters as the name of an object; memory keeps what is asked for.
    let types = types.filter(|type_| type_.len() <= 253);
    let types = types.take(MAX_REQUESTS).map(Box::from).collect();
    Some((Requests { of, types }, wrong))
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    let entries = list.split(',').map(str::trim);
    entries.filter(|entry| !entry.is_empty())
}

/// `namespace/store` or `namespace/store/secret`.
fn parse(entry: &str) -> Option<Request> {
    let mut parts = entry.split('/');
    let namespace = parts.next().filter(|it| is_label(it))?;
    let store = parts.next().filter(|it| is_subdomain(it))?;
    let secret = match parts.next() {
        Some(secret) => Some(Box::from(Some(secret).filter(|it| is_subdomain(it))?)),
        None => None,
    };
    parts.next().is_none().then(|| Request {
        namespace: namespace.into(),
        store: store.into(),
        secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(namespace: &str, store: &str, secret: Option<&str>) -> Request {
        Request {
            namespace: namespace.into(),
            store: store.into(),
            secret: secret.map(Box::from),
        }
    }

    fn of(asked: &str) -> (Requests, Vec<String>) {
        let annotations = [(CONSUME_ANNOTATION.to_owned(), asked.to_owned())].into();
        let (requests, wrong) = read(&annotations).unwrap();
        (requests, wrong.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn an_account_without_the_annotation_asks_for_nothing() {
        assert_eq!(read(&BTreeMap::new()), None);
        assert_eq!(of("").0, Requests::default());
    }

    #[test]
    fn stores_and_single_secrets_come_as_a_list() {
        let (requests, wrong) = of(" team-a/payments, team-a/other/stripe.live ,, team-a/payments");
        let expected = [
            request("team-a", "other", Some("stripe.live")),
            request("team-a", "payments", None),
        ];
        assert_eq!(requests.of, expected.clone().into());
        assert!(wrong.is_empty());
        assert!(expected[0].means("stripe.live") && !expected[0].means("stripe"));
        assert!(expected[1].means("anything"));
    }

    #[test]
    fn what_names_nothing_is_left_out_and_the_rest_counts() {
        let wrongs = [
            "payments",
            "/",
            "a/",
            "/b",
            "a//c",
            "a/b/",
            "a/b/c/d",
            "a/*",
            "*/b",
            "A/b",
            "a.b/c",
            "team-а/payments",
            "a/b c",
        ];
        for wrong in wrongs {
            let (requests, left_out) = of(&format!("{wrong},a/b"));
            assert_eq!(requests.of, [request("a", "b", None)].into(), "{wrong}");
            assert_eq!(left_out, [wrong]);
        }
    }

    #[test]
    fn more_than_the_limit_does_not_count() {
        let many: Vec<_> = (0..=MAX_REQUESTS).map(|n| format!("a/s{n}")).collect();
        let (requests, wrong) = of(&many.join(","));
        assert_eq!((requests.of.len(), wrong.len()), (MAX_REQUESTS, 1));
    }

    #[test]
    fn types_are_a_list_as_well() {
        let annotations = [
            (CONSUME_ANNOTATION.to_owned(), "a/b".to_owned()),
            (
                CONSUME_TYPES_ANNOTATION.to_owned(),
                "kubernetes.io/tls, x".to_owned(),
            ),
        ];
        let annotations = annotations.into();
        let (requests, _) = read(&annotations).unwrap();
        assert_eq!(
            requests.types,
            ["kubernetes.io/tls", "x"].map(Box::from).into()
        );
    }
}
