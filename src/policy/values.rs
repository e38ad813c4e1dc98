//! From the values of a spec to bytes: what is sealed is opened, what is plaintext is decoded.

mod refusal;

use std::collections::BTreeMap;

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
    /// Whether Coffer itself sealed one that it did not generate: it was stored as plaintext.
    pub sealed_by_controller: bool,
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

/// The values that are still plaintext, sealed for their place: key and envelope. Beside them the
/// problems of those that cannot be sealed as they are written.
pub fn seal_plaintext(
    secret: &Secret,
    keys: &impl Keys,
) -> (Vec<(String, Envelope)>, Vec<Problem>) {
    let mut sealed = Vec::new();
    let mut problems = Vec::new();
    for (key, value, encoding) in plaintexts(secret) {
        match seal_one(secret, keys, key, value, encoding) {
            Ok(envelope) => sealed.push((key.clone(), envelope)),
            Err(problem) => problems.push(problem),
        }
    }
    (sealed, problems)
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
    value: &Value,
    encoding: Encoding,
) -> Result<Envelope, Problem> {
    seal(secret, keys, key, &decode(key, value, encoding)?)
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
        sealed_by_controller: false,
    };
    let mut problems = Vec::new();
    for (key, item) in &secret.spec.data {
        match open_one(secret, keys, allowed, sources, key, item) {
            Ok((value, suite)) => {
                let sealed_here = suite == Some(Suite::XChaCha20Poly1305);
                values.sealed_by_controller |= sealed_here && !is_generated(item);
                match derived(secret, keys, key, item, &value) {
                    Ok(derived) => values.derived.extend(derived),
                    Err(problem) => problems.push(problem),
                }
                values.by_key.insert(key.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if secret.spec.data.is_empty() {
        problems.push(Problem::new(
            Reason::ValueMissing,
            "`spec.data` is empty: add a key with a `value`, `fromSecret` or `generate`",
        ));
    }
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
        (None, None) => {
            return Err(Problem::new(
                Reason::ValueMissing,
                format!("`spec.data.{key}` has no value: give `value`, `fromSecret` or `generate`"),
            ));
        }
    };
    Ok((within_limit(key, plaintext)?, suite))
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
        .ok_or_else(|| refusal::key_unknown(key, envelope.key_id(), &secret.spec.store_ref.name))?;
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
