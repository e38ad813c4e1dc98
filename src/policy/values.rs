//! From the values of a spec to bytes: what is sealed is opened, what is plaintext is decoded.

pub(super) mod refusal;

use std::collections::BTreeMap;

use subtle::ConstantTimeEq as _;

use super::encoding::{self, Unusable};
use super::generate::{derived, is_generated, missing};
use super::{MAX_TOTAL_BYTES, MAX_VALUE_BYTES, Problem};
use crate::api::{Encoding, Reason, Secret, SecretKeySource, SecretValue, Value};
use crate::crypto::{BindingKind, Envelope, KeyId, Place, Plaintext, StoreKey, Suite};

/// The keys that may open and seal a store's values.
pub trait Keys {
    /// The key of this id, if the store has it.
    fn find(&self, id: KeyId) -> Option<&StoreKey>;
    /// The key that Coffer itself seals with.
    fn symmetric(&self) -> Option<&StoreKey>;
    /// The key whose public half authors seal with.
    fn public(&self) -> Option<&StoreKey>;
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
    /// By key of the spec.
    pub by_key: BTreeMap<String, Plaintext>,
    /// What is delivered beside generated ones: public halves, and values before a rotation.
    pub derived: BTreeMap<String, Plaintext>,
    /// Whether Coffer itself sealed one that it did not generate: it came as plaintext.
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

/// Seals the values that are still plaintext for their place; none that stands beside `generate`, where it would
/// take the place of what Coffer made: a backup brings that back sealed. One that is equal to what the `stored`
/// object holds there keeps the stored envelope, so that applying a manifest again changes nothing.
pub fn seal_plaintext(secret: &Secret, stored: Option<&Secret>, keys: &impl Keys) -> Sealing {
    let mut sealing = Sealing::default();
    for (key, value, encoding) in plaintexts(secret) {
        if secret.spec.data[key].generate.is_some() {
            sealing.problems.push(refusal::beside_generate(key));
            continue;
        }
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
        match seal(secret, keys, key, &plaintext) {
            Ok(envelope) => sealing.sealed.push((key.clone(), envelope.to_string())),
            Err(problem) => sealing.problems.push(problem),
        }
    }
    sealing
}

/// Whether a value in clear would be compared with what an object holds.
#[must_use]
pub fn would_compare(secret: &Secret, stored: &Secret) -> bool {
    plaintexts(secret).any(|(key, ..)| {
        let held = stored.spec.data.get(key).and_then(|it| it.value.as_ref());
        let is_sealed = held.is_some_and(|held| Envelope::is_sealed(held.expose()));
        is_sealed && secret.spec.data[key].generate.is_none()
    })
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

/// Seals what Coffer has in clear for `spec.data.<key>`, for this place alone.
///
/// # Errors
/// The store has no key of its own.
pub(super) fn seal(
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
        Unusable::TooLarge(_) => refusal::too_large(key),
        Unusable::Marker => refusal::marker(key),
        Unusable::Envelope => refusal::wrapped(key),
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
        derived: BTreeMap::new(),
        sealed_by_coffer: false,
    };
    let mut problems = Vec::new();
    for (key, item) in &secret.spec.data {
        match open_one(secret, keys, allowed, sources, key, item) {
            Ok((value, suite)) => {
                let sealed_here = suite == Some(Suite::XChaCha20Poly1305);
                values.sealed_by_coffer |= sealed_here && !is_generated(item);
                match derived(secret, keys, key, item, &value) {
                    Ok(derived) => values.derived.extend(derived),
                    Err(problem) => problems.push(problem),
                }
                values.by_key.insert(key.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(no_key(secret));
    let all = values.by_key.values().chain(values.derived.values());
    if all.map(Plaintext::len).sum::<usize>() > MAX_TOTAL_BYTES {
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
        (Some(value), _) if item.generate.is_some() => {
            let plaintext = open_generated(secret, keys, key, value)?;
            (plaintext, Some(Suite::XChaCha20Poly1305))
        }
        (Some(value), _) => {
            let (plaintext, suite) = open_envelope(secret, keys, allowed, key, value)?;
            (plaintext, Some(suite))
        }
        (None, Some(source)) => (sources.read(source)?, None),
        (None, None) if item.generate.is_some() => return Err(missing(key, item)),
        (None, None) => return Err(no_value(key)),
    };
    Ok((within_limit(key, plaintext)?, suite))
}

/// What is wrong with a value that begins as an envelope does and is none, whatever the store and its keys are.
#[must_use]
pub fn malformed(key: &str, item: &SecretValue) -> Option<Problem> {
    let written = item.value.as_ref()?.expose();
    let error = Envelope::parse(written).err()?;
    encoding::is_envelope(written.as_bytes()).then(|| refusal::malformed(key, &error))
}

/// What a Secret lacks, whatever its values are.
#[must_use]
pub fn lacking(secret: &Secret) -> Vec<Problem> {
    let items = secret.spec.data.iter();
    let empty = items.filter(|(_, item)| {
        item.value.is_none() && item.from_secret.is_none() && item.generate.is_none()
    });
    let empty = empty.map(|(key, _)| no_value(key));
    no_key(secret).into_iter().chain(empty).collect()
}

fn no_key(secret: &Secret) -> Option<Problem> {
    secret.spec.data.is_empty().then(|| {
        Problem::new(
            Reason::ValueMissing,
            "`spec.data` is empty: add a key with a `value`, `fromSecret` or `generate`",
        )
    })
}

fn no_value(key: &str) -> Problem {
    Problem::new(
        Reason::ValueMissing,
        format!("`spec.data.{key}` has no value: give `value`, `fromSecret` or `generate`"),
    )
}

fn open_envelope(
    secret: &Secret,
    keys: &impl Keys,
    allowed: &[BindingKind],
    key: &str,
    value: &Value,
) -> Result<(Plaintext, Suite), Problem> {
    let envelope =
        Envelope::parse(value.expose()).map_err(|error| refusal::malformed(key, &error))?;
    let store_key = keys
        .find(envelope.key_id())
        .ok_or_else(|| refusal::not_here(secret, keys, key, envelope.key_id()))?;
    let (plaintext, _) = store_key
        .open(&envelope, allowed, &place(secret, key))
        .map_err(|error| refusal::mismatch(secret, key, &error))?;
    Ok((plaintext, store_key.suite()))
}

/// Opens what Coffer generated for this place. Nobody has it in clear, so it cannot be sealed again.
///
/// # Errors
/// As [`open`], with other remedies.
pub(super) fn open_generated(
    secret: &Secret,
    keys: &impl Keys,
    key: &str,
    value: &Value,
) -> Result<Plaintext, Problem> {
    open_envelope(secret, keys, &[BindingKind::Strict], key, value)
        .map(|(plaintext, _)| plaintext)
        .map_err(|problem| refusal::of_generated(key, &problem))
}

fn within_limit(key: &str, plaintext: Plaintext) -> Result<Plaintext, Problem> {
    if plaintext.len() > MAX_VALUE_BYTES {
        return Err(refusal::too_large(key));
    }
    Ok(plaintext)
}

#[cfg(test)]
mod tests;
