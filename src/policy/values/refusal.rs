//! Why a value cannot be used, in words that end with the remedy. None of them holds a value.

use super::{Elsewhere, Keys, place};
use crate::api::{Reason, Secret};
use crate::crypto::{Error, KeyId, Place};
use crate::policy::{MAX_VALUE_BYTES, Problem};

pub(in crate::policy) fn too_large(key: &str) -> Problem {
    Problem::new(
        Reason::ValueTooLarge,
        format!(
            "`spec.data.{key}` has more than {MAX_VALUE_BYTES} bytes: keep the file elsewhere, and its key here"
        ),
    )
}

pub(in crate::policy) fn marker(key: &str) -> Problem {
    Problem::new(
        Reason::ValueMissing,
        format!(
            "`spec.data.{key}.value` is what stands for a value in the copy that `kubectl apply` keeps: take the \
             value from your manifest"
        ),
    )
}

pub(in crate::policy) fn wrapped(key: &str) -> Problem {
    Problem::new(
        Reason::EnvelopeMalformed,
        format!(
            "`spec.data.{key}.value` is sealed already, but has blanks, quotes or base64 around its envelope: give \
             the envelope alone, without `encoding`"
        ),
    )
}

/// Plaintext where Coffer makes the value.
pub(in crate::policy) fn beside_generate(key: &str) -> Problem {
    Problem::new(
        Reason::GeneratorInvalid,
        format!(
            "`spec.data.{key}` has a `value` in clear beside `generate`: remove `value`, Coffer fills it in, or \
             `generate`, to give your own"
        ),
    )
}

pub(in crate::policy) fn malformed(key: &str, error: &Error) -> Problem {
    Problem::new(
        Reason::EnvelopeMalformed,
        format!("`spec.data.{key}.value`: {error}"),
    )
}

/// A key that the store does not have. What tells more than that is told only of the own namespace.
pub(in crate::policy) fn not_here(
    secret: &Secret,
    keys: &impl Keys,
    key: &str,
    id: KeyId,
) -> Problem {
    let Place {
        namespace, store, ..
    } = place(secret, key);
    let (reason, why) = match keys.elsewhere(id) {
        Elsewhere::Unknown => (
            Reason::KeyUnknown,
            format!("was sealed with key {id}, which store `{store}` does not have"),
        ),
        Elsewhere::Store(other) => (
            Reason::EnvelopeMismatch,
            format!("was sealed for store `{other}`, not for store `{store}`"),
        ),
        Elsewhere::Namespace => (
            Reason::EnvelopeMismatch,
            format!("was not sealed for namespace `{namespace}`"),
        ),
    };
    Problem::new(
        reason,
        format!("`spec.data.{key}.value` {why}: seal it again with `coffer seal`"),
    )
}

pub(in crate::policy) fn mismatch(secret: &Secret, key: &str, error: &Error) -> Problem {
    let place = place(secret, key);
    let why = match error {
        Error::LowOrderPoint => "is not a genuine envelope",
        _ => {
            "does not open here: it was sealed for another namespace, store, name or key, or was changed"
        }
    };
    Problem::new(
        Reason::EnvelopeMismatch,
        format!(
            "`spec.data.{key}.value` {why}. Seal it for namespace `{}`, store `{}`, name `{}`, key `{key}`",
            place.namespace, place.store, place.name
        ),
    )
}

/// The same problem of what Coffer generated: nobody has that in clear, so it cannot be sealed again.
pub(in crate::policy) fn of_generated(key: &str, problem: &Problem) -> Problem {
    let why = if problem.reason == Reason::KeyUnknown {
        "was sealed with a key that its store does not have: restore the key"
    } else {
        "was generated for another namespace, store, name or key, or was changed: set those back"
    };
    let remedy = "or remove the key from `spec.data` and add it again for a new value";
    Problem::new(problem.reason, format!("`spec.data.{key}` {why}, {remedy}"))
}
