//! What a service account asks for, by its annotations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

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

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.store)?;
        let Some(secret) = &self.secret else {
            return Ok(());
        };
        write!(f, "/{secret}")
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
    let (types, unusable): (Vec<_>, Vec<_>) = types
        .enumerate()
        .partition(|(number, type_)| *number < MAX_REQUESTS && type_.len() <= 253);
    wrong.extend(unusable.into_iter().map(|(_, type_)| type_));
    let types = types.into_iter().map(|(_, type_)| type_.into()).collect();
    Some((Requests { of, types }, wrong))
}

/// So many bytes of requests are told, or one.
const SHOWN: usize = 200;

/// What an account is told of requests that are not met, and of entries that name nothing. The words are the same whatever
/// there is on the other side.
#[must_use]
pub fn unmet(requests: &[&Request], wrong: usize) -> Option<String> {
    let unmet = (!requests.is_empty()).then(|| {
        let mut shown = String::new();
        let mut left = requests.iter();
        for request in left.by_ref() {
            let request = format!("`{request}`, ");
            if !shown.is_empty() && shown.len() + request.len() > SHOWN {
                break;
            }
            shown += &request;
        }
        let more = requests.len() - shown.matches(", ").count();
        shown.truncate(shown.len() - ", ".len());
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(
            "annotation `{CONSUME_ANNOTATION}`: nothing is delivered for {shown}{more}: those who keep the store have to let \
             this service account have one of its scopes, and to keep a Secret for that"
        )
    });
    let left_out = (wrong > 0).then(|| {
        format!(
            "{wrong} entries of `{CONSUME_ANNOTATION}` or `{CONSUME_TYPES_ANNOTATION}` are left out: write \
             `namespace/store` or `namespace/store/secret`, or a type, and at most {MAX_REQUESTS} of each"
        )
    });
    let told: Vec<_> = [unmet, left_out].into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("; "))
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
mod tests;
