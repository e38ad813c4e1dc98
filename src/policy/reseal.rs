//! Sealing again, after the keys were rotated: from an envelope of a retired key to one of the active key of
//! the same class. Nothing else about the value changes.

use subtle::ConstantTimeEq as _;

use super::generate::{PREVIOUS, is_generated};
use super::values::{Keys, place, refusal};
use super::{Problem, bindings};
use crate::api::{Secret, SecretStore, SecretValue, Value};
use crate::crypto::{BindingKind, Envelope, Plaintext, StoreKey, Suite};

/// What is sealed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What Coffer itself sealed, in so far as it opens. The rest is left as it is.
    Own,
    /// Also what authors sealed; all of it has to open. What is generated is left to Coffer.
    All,
}

/// Where an envelope stands in an item of `spec.data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// In `value`.
    Value,
    /// In `generated.previous.value`.
    Previous,
}

impl Field {
    /// The data key that an envelope here is sealed for.
    fn key_of_place(self, key: &str) -> String {
        match self {
            Self::Value => key.to_owned(),
            Self::Previous => format!("{key}{PREVIOUS}"),
        }
    }
}

/// An envelope that takes the place of another.
#[derive(Debug)]
pub struct Swap {
    /// The item of `spec.data`.
    pub key: String,
    /// Where in it.
    pub field: Field,
    /// The new envelope.
    pub envelope: Envelope,
}

impl Swap {
    /// The path from the object to the text.
    #[must_use]
    pub fn path(&self) -> Vec<&str> {
        let mut path = vec!["spec", "data", &self.key];
        path.extend(match self.field {
            Field::Value => &["value"][..],
            Field::Previous => &["generated", "previous", "value"][..],
        });
        path
    }
}

/// What is to be swapped. The store, if it is there yet, says what authors may bind to.
///
/// # Errors
/// With [`Extent::All`], the problems of all envelopes that do not open at their place.
pub fn swaps(
    secret: &Secret,
    keys: &impl Keys,
    store: Option<&SecretStore>,
    extent: Extent,
) -> Result<Vec<Swap>, Problem> {
    let allowed = store.map_or_else(|| vec![BindingKind::Strict], bindings::of);
    let mut swaps = Vec::new();
    let mut problems = Vec::new();
    for (key, field, value) in sealed(secret, extent) {
        let place_key = field.key_of_place(key);
        match again(secret, keys, &allowed, &place_key, value, extent) {
            Ok(envelope) => swaps.extend(envelope.map(|envelope| Swap {
                key: key.clone(),
                field,
                envelope,
            })),
            Err(_) if extent == Extent::Own => {}
            Err(problem) => problems.push(problem),
        }
    }
    match Problem::join(&problems) {
        None => Ok(swaps),
        Some(problem) => Err(problem),
    }
}

/// What of an update is older than what is stored.
#[derive(Debug, Default)]
pub struct Older {
    /// The stored envelopes, where they hold the same as those that would take their place.
    pub swaps: Vec<Swap>,
    /// How many were compared and hold something else: they are the author's wish.
    pub differing: usize,
}

impl Older {
    /// Whether nothing was compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.swaps.is_empty() && self.differing == 0
    }
}

/// Looks for envelopes that Coffer sealed with a former key, and that would take the place of another one that
/// Coffer sealed. Both have to open for this very place; compared in constant time.
pub fn older(secret: &Secret, stored: &Secret, keys: &impl Keys) -> Older {
    let mut older = Older::default();
    for (key, item) in &secret.spec.data {
        let Some(before) = stored.spec.data.get(key) else {
            continue;
        };
        for (field, value) in fields(item) {
            let Some((_, held)) = fields(before).find(|(at, _)| *at == field) else {
                continue;
            };
            let key_of_place = field.key_of_place(key);
            if value.expose() == held.expose() || !is_of_former(keys, value) {
                continue;
            }
            let opened = open_own(secret, keys, &key_of_place, value);
            let kept = open_own(stored, keys, &key_of_place, held);
            let (Some((_, coming)), Some((envelope, there))) = (opened, kept) else {
                continue;
            };
            if bool::from(coming.expose().ct_eq(there.expose())) {
                let key = key.clone();
                older.swaps.push(Swap {
                    key,
                    field,
                    envelope,
                });
            } else {
                older.differing += 1;
            }
        }
    }
    older
}

/// Whether Coffer sealed it with a key of this store that is not the active one.
fn is_of_former(keys: &impl Keys, value: &Value) -> bool {
    let Ok(envelope) = Envelope::parse(value.expose()) else {
        return false;
    };
    let active = keys.symmetric().map(StoreKey::id);
    let key = keys.find(envelope.key_id());
    key.is_some_and(|key| is_own(key) && Some(key.id()) != active)
}

/// What Coffer sealed for this place, as text and in clear.
fn open_own(
    secret: &Secret,
    keys: &impl Keys,
    key: &str,
    value: &Value,
) -> Option<(Envelope, Plaintext)> {
    let envelope = Envelope::parse(value.expose()).ok()?;
    let own = keys.find(envelope.key_id()).filter(|key| is_own(key))?;
    let place = place(secret, key);
    let (plaintext, _) = own.open(&envelope, &[BindingKind::Strict], &place).ok()?;
    Some((envelope, plaintext))
}

fn is_own(key: &StoreKey) -> bool {
    key.suite() == Suite::XChaCha20Poly1305
}

/// The envelopes that are looked at.
fn sealed(secret: &Secret, extent: Extent) -> impl Iterator<Item = (&String, Field, &Value)> {
    let items = secret.spec.data.iter();
    items
        .filter(move |(_, item)| extent == Extent::Own || !is_generated(item))
        .flat_map(|(key, item)| fields(item).map(move |(field, value)| (key, field, value)))
        .filter(|(.., value)| Envelope::is_sealed(value.expose()))
}

fn fields(item: &SecretValue) -> impl Iterator<Item = (Field, &Value)> {
    let generated = item.generated.as_ref();
    let previous = generated.and_then(|it| it.previous.as_ref());
    let value = item.value.as_ref().map(|value| (Field::Value, value));
    let previous = previous.map(|it| (Field::Previous, &it.value));
    value.into_iter().chain(previous)
}

/// The envelope that takes the place of one; `None` where it is as it should be.
fn again(
    secret: &Secret,
    keys: &impl Keys,
    allowed: &[BindingKind],
    key: &str,
    value: &Value,
    extent: Extent,
) -> Result<Option<Envelope>, Problem> {
    let envelope =
        Envelope::parse(value.expose()).map_err(|error| refusal::malformed(key, &error))?;
    let old = keys
        .find(envelope.key_id())
        .ok_or_else(|| refusal::not_here(secret, keys, key, envelope.key_id()))?;
    let is_own = is_own(old);
    if !is_own && extent == Extent::Own {
        return Ok(None);
    }
    let active = if is_own {
        keys.symmetric()
    } else {
        keys.public()
    };
    let Some(active) = active.filter(|active: &&StoreKey| active.id() != old.id()) else {
        return Ok(None);
    };
    let place = place(secret, key);
    let (plaintext, binding) = old
        .open(&envelope, allowed, &place)
        .map_err(|error| refusal::mismatch(secret, key, &error))?;
    let envelope = active
        .seal(binding, &place, plaintext.expose())
        .map_err(|_| refusal::too_large(key))?;
    Ok(Some(envelope))
}

#[cfg(test)]
mod tests;
