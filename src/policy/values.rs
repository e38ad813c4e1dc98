//! From the values of a spec to bytes: what is sealed is opened, what is plaintext is decoded.

use std::collections::BTreeMap;

use subtle::ConstantTimeEq as _;

use super::encoding::{self, Unusable};
use super::{MAX_TOTAL_BYTES, MAX_VALUE_BYTES, Problem};
use crate::api::{Encoding, Reason, Secret, SecretKeySource, SecretValue, Value};
use crate::crypto::{BindingKind, Envelope, Error, KeyId, Place, Plaintext, StoreKey, Suite};

/// The keys that may open and seal a store's values.
pub trait Keys {
    /// The key of this id, if the store has it.
    fn find(&self, id: KeyId) -> Option<&StoreKey>;
    /// The key that Coffer itself seals with.
    fn symmetric(&self) -> Option<&StoreKey>;
    /// Whose a key is that the store does not have.
    fn elsewhere(&self, id: KeyId) -> Elsewhere;
}

/// Whose a key is that a store does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// Nobody's: it may be brought back by an import.
    Unknown,
    /// That of another store of the same namespace.
    Store(String),
    /// That of a store of another namespace. Which one is not for the people of this one.
    Namespace,
}

/// The data of the native Secrets that `fromSecret` follows, as far as they may be read.
pub trait Sources {
    /// The bytes of one key.
    ///
    /// # Errors
    /// The problem that a user sees when the source is not there or does not consent.
    fn read(&self, source: &SecretKeySource) -> Result<Plaintext, Problem>;
}

/// The values of a secret, in clear.
#[derive(Debug)]
pub struct Values {
    /// By key.
    pub by_key: BTreeMap<String, Plaintext>,
    /// Whether Coffer itself sealed one of them, which means: it came as plaintext.
    pub sealed_by_coffer: bool,
}

/// Where a value of this object stands.
#[must_use]
pub fn place<'a>(secret: &'a Secret, key: &'a str) -> Place<'a> {
    Place {
        kind: "Secret",
        namespace: secret.metadata.namespace.as_deref().unwrap_or_default(),
        store: &secret.spec.store_ref.name,
        name: secret.metadata.name.as_deref().unwrap_or_default(),
        key,
    }
}

/// What became of the plaintext values of a Secret.
#[derive(Debug, Default)]
pub struct Sealing {
    /// Key and text of the envelope that takes the value's place.
    pub sealed: Vec<(String, String)>,
    /// Why the others cannot be sealed as they are written.
    pub problems: Vec<Problem>,
    /// How many were compared with what is stored, and differed.
    pub differing: usize,
}

/// Seals the values that are still plaintext for their place. One that is equal to what the `stored`
/// object holds there keeps the stored envelope, so that applying a manifest again changes nothing.
pub fn seal_plaintext(secret: &Secret, stored: Option<&Secret>, keys: &impl Keys) -> Sealing {
    let mut sealing = Sealing::default();
    for (key, value, encoding) in plaintexts(secret) {
        let plaintext = match decode(key, value, encoding) {
            Ok(plaintext) => plaintext,
            Err(problem) => {
                sealing.problems.push(problem);
                continue;
            }
        };
        let held = stored.and_then(|stored| held(secret, stored, keys, key));
        if let Some((envelope, held)) = held {
            if bool::from(held.expose().ct_eq(plaintext.expose())) {
                sealing.sealed.push((key.clone(), envelope.to_owned()));
                continue;
            }
            sealing.differing += 1;
        }
        match seal_one(secret, keys, key, &plaintext) {
            Ok(envelope) => sealing.sealed.push((key.clone(), envelope.to_string())),
            Err(problem) => sealing.problems.push(problem),
        }
    }
    sealing
}

/// The envelope that is stored under a key, opened, if it belongs to the same place.
fn held<'a>(
    secret: &Secret,
    stored: &'a Secret,
    keys: &impl Keys,
    key: &str,
) -> Option<(&'a str, Plaintext)> {
    if place(secret, key) != place(stored, key) {
        return None;
    }
    let text = stored.spec.data.get(key)?.value.as_ref()?.expose();
    let envelope = Envelope::parse(text).ok()?;
    let (plaintext, _) = keys
        .find(envelope.key_id())?
        .open(&envelope, &[BindingKind::Strict], &place(stored, key))
        .ok()?;
    Some((text, plaintext))
}

/// The values that are not sealed.
pub fn plaintexts(secret: &Secret) -> impl Iterator<Item = (&String, &Value, Encoding)> {
    secret.spec.data.iter().filter_map(|(key, item)| {
        let value = item.value.as_ref()?;
        (!Envelope::is_sealed(value.expose()))
            .then(|| (key, value, item.encoding.unwrap_or_default()))
    })
}

fn seal_one(
    secret: &Secret,
    keys: &impl Keys,
    key: &str,
    plaintext: &Plaintext,
) -> Result<Envelope, Problem> {
    let unusable = || {
        Problem::new(
            Reason::KeysUnusable,
            "the store has no key to seal with: see the conditions of the SecretStore",
        )
    };
    keys.symmetric()
        .ok_or_else(unusable)?
        .seal(BindingKind::Strict, &place(secret, key), plaintext.expose())
        .map_err(|_| unusable())
}

fn decode(key: &str, value: &Value, encoding: Encoding) -> Result<Plaintext, Problem> {
    encoding::decode(value.expose(), encoding).map_err(|unusable| match unusable {
        Unusable::NotBase64 => Problem::new(
            Reason::EncodingInvalid,
            format!("`spec.data.{key}.value` is not base64: correct it, or set `encoding: Text`"),
        ),
        Unusable::TooLarge(_) => too_large(key),
    })
}

/// Opens every value.
///
/// # Errors
/// One problem for each value that is missing, broken, sealed for another place, or too large.
pub fn open(
    secret: &Secret,
    keys: &impl Keys,
    allowed: &[BindingKind],
    sources: &impl Sources,
) -> Result<Values, Vec<Problem>> {
    let mut values = Values {
        by_key: BTreeMap::new(),
        sealed_by_coffer: false,
    };
    let mut problems = Vec::new();
    for (key, item) in &secret.spec.data {
        match open_one(secret, keys, allowed, sources, key, item) {
            Ok((value, suite)) => {
                values.sealed_by_coffer |= suite == Some(Suite::XChaCha20Poly1305);
                values.by_key.insert(key.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if secret.spec.data.is_empty() {
        problems.push(Problem::new(
            Reason::ValueMissing,
            "`spec.data` is empty: add a key with a `value` or `fromSecret`",
        ));
    }
    if values.by_key.values().map(Plaintext::len).sum::<usize>() > MAX_TOTAL_BYTES {
        problems.push(Problem::new(
            Reason::ValueTooLarge,
            "the values of `spec.data` together have more than 512 KiB: split the Secret",
        ));
    }
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(problems)
    }
}

fn open_one(
    secret: &Secret,
    keys: &impl Keys,
    allowed: &[BindingKind],
    sources: &impl Sources,
    key: &str,
    item: &SecretValue,
) -> Result<(Plaintext, Option<Suite>), Problem> {
    let (plaintext, suite) = match (&item.value, &item.from_secret) {
        (Some(value), _) => {
            let envelope =
                Envelope::parse(value.expose()).map_err(|error| malformed(key, &error))?;
            let store_key = keys
                .find(envelope.key_id())
                .ok_or_else(|| not_here(secret, keys, key, envelope.key_id()))?;
            let (plaintext, _) = store_key
                .open(&envelope, allowed, &place(secret, key))
                .map_err(|error| mismatch(secret, key, &error))?;
            (plaintext, Some(store_key.suite()))
        }
        (None, Some(source)) => (sources.read(source)?, None),
        (None, None) => {
            return Err(Problem::new(
                Reason::ValueMissing,
                format!("`spec.data.{key}` has no value: give `value` or `fromSecret`"),
            ));
        }
    };
    Ok((within_limit(key, plaintext)?, suite))
}

fn within_limit(key: &str, plaintext: Plaintext) -> Result<Plaintext, Problem> {
    if plaintext.len() > MAX_VALUE_BYTES {
        return Err(too_large(key));
    }
    Ok(plaintext)
}

fn too_large(key: &str) -> Problem {
    Problem::new(
        Reason::ValueTooLarge,
        format!(
            "`spec.data.{key}` has more than {MAX_VALUE_BYTES} bytes: keep the file elsewhere, and its key here"
        ),
    )
}

fn malformed(key: &str, error: &Error) -> Problem {
    Problem::new(
        Reason::EnvelopeMalformed,
        format!("`spec.data.{key}.value`: {error}"),
    )
}

/// A key that the store does not have. What tells more than that is told only of the own namespace.
fn not_here(secret: &Secret, keys: &impl Keys, key: &str, id: KeyId) -> Problem {
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

fn mismatch(secret: &Secret, key: &str, error: &Error) -> Problem {
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

#[cfg(test)]
mod tests;
