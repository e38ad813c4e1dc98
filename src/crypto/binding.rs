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
