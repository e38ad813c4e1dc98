//! Where a value stands, and how much of that its envelope is bound to.
//!
//! The additional data is a sequence of length-prefixed fields: domain, suite (16-bit big-endian),
//! binding, kind, namespace and store; for the strict binding also name and key. What is bound to
//! is inside what is authenticated, so nothing that an attacker can write widens it.

use super::{Suite, fields::Fields};

/// Opens everything that version 1 of the envelope authenticates.
pub(crate) const DOMAIN: &str = "coffer.v1";

/// How much of its place an envelope is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BindingKind {
    /// To the object and the data key: it opens nowhere else. The default.
    Strict,
    /// To the store: it opens under any name and data key, where the store allows that.
    Store,
}

impl BindingKind {
    /// In the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Strict, Self::Store];

    /// The name, as it is authenticated.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Store => "Store",
        }
    }
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place<'a> {
    /// The kind of the object that holds the value, as in `Secret`.
    pub kind: &'a str,
    /// The namespace of the object and its store.
    pub namespace: &'a str,
    /// The name of the store.
    pub store: &'a str,
    /// The name of the object.
    pub name: &'a str,
    /// The data key inside the object.
    pub key: &'a str,
}

/// What an envelope authenticates besides its plaintext.
#[must_use]
pub fn additional_data(suite: Suite, binding: BindingKind, place: &Place<'_>) -> Vec<u8> {
    let Place {
        kind,
        namespace,
        store,
        name,
        key,
    } = place;
    let fields = Fields::new(DOMAIN)
        .field(suite.id().to_be_bytes())
        .field(binding.as_str())
        .field(kind)
        .field(namespace)
        .field(store);
    match binding {
        BindingKind::Strict => fields.field(name).field(key),
        BindingKind::Store => fields,
    }
    .into_bytes()
}

/// The `info` of HPKE: domain and suite, known before the place is.
pub(crate) fn info(suite: Suite) -> Vec<u8> {
    Fields::new(DOMAIN)
        .field(suite.id().to_be_bytes())
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::{BindingKind, Place, additional_data, info};
    use crate::crypto::Suite;

    type Owned = (Suite, BindingKind, [String; 5]);

    /// Few letters and short words, so that pairs which differ only in where a word ends are
    /// common.
    fn cases() -> impl Strategy<Value = Owned> {
        let word = || "[ab\\x00\\x01]{0,2}";
        let words = [word(), word(), word(), word(), word()];
        (
            select(Suite::ALL.to_vec()),
            select(BindingKind::ALL.to_vec()),
            words,
        )
    }

    /// Two cases that agree in most of what they are made of, and often in all of it.
    fn pairs() -> impl Strategy<Value = (Owned, Owned)> {
        let agree = prop::array::uniform7(prop::bool::weighted(0.85));
        (cases(), cases(), agree).prop_map(|(left, other, agree)| {
            let [suite, binding, words @ ..] = agree;
            let words = std::array::from_fn(|at| {
                if words[at] {
                    left.2[at].clone()
                } else {
                    other.2[at].clone()
                }
            });
            let suite = if suite { left.0 } else { other.0 };
            let binding = if binding { left.1 } else { other.1 };
            (left, (suite, binding, words))
        })
    }

    fn place(words: &[String; 5]) -> Place<'_> {
        let [kind, namespace, store, name, key] = words;
        Place {
            kind,
            namespace,
            store,
            name,
            key,
        }
    }

    fn encode((suite, binding, words): &Owned) -> Vec<u8> {
        additional_data(*suite, *binding, &place(words))
    }

    /// What the binding says must match.
    fn bound((suite, binding, words): &Owned) -> (Suite, BindingKind, Vec<&String>) {
        let count = match binding {
            BindingKind::Strict => 5,
            BindingKind::Store => 3,
        };
        (*suite, *binding, words.iter().take(count).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn two_encodings_are_equal_exactly_if_all_that_is_bound_is((left, right) in pairs()) {
            prop_assert_eq!(encode(&left) == encode(&right), bound(&left) == bound(&right));
        }

        #[test]
        fn strictly_bound_places_that_differ_anywhere_never_encode_alike(
            (suite, _, words) in cases(),
            at in 0..5_usize,
        ) {
            let mut other = words.clone();
            other[at].push('x');
            let strict = BindingKind::Strict;
            prop_assert_ne!(
                additional_data(suite, strict, &place(&words)),
                additional_data(suite, strict, &place(&other))
            );
        }

        #[test]
        fn store_bound_places_that_differ_in_name_and_key_encode_alike(
            (suite, _, words) in cases(),
            name in ".{0,8}",
            key in ".{0,8}",
        ) {
            let other = Place { name: &name, key: &key, ..place(&words) };
            let store = BindingKind::Store;
            prop_assert_eq!(
                additional_data(suite, store, &place(&words)),
                additional_data(suite, store, &other)
            );
        }
    }

    #[test]
    fn the_suites_never_share_an_info() {
        let [xchacha, xwing, x25519] = Suite::ALL.map(info);
        assert!(xchacha != xwing && xwing != x25519 && x25519 != xchacha);
    }
}
