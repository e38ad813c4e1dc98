//! Generated values: what has to be made, replaced or let go, and when.
//!
//! A value is made once. Whether it was follows from the spec alone (`generated` stands beside it), so
//! that neither a restart nor a restore makes another. One whose `value` is gone while `generated` is
//! there was lost, and is not made anew: whoever uses it would be locked out without a word.

mod derived;
mod maker;
mod recipe;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub(super) use derived::derived;
pub use derived::{PREVIOUS, PUBLIC};

use super::Problem;
use super::values::Keys;
use crate::api::{Generate, Generated, Period, Previous, Reason, Secret, SecretValue};
use crate::crypto::Envelope;
use maker::Maker;

/// The longest wait for a moment. Clocks are set, and machines sleep; looking costs no request.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// What is to be written into one item of `spec.data`.
#[derive(Debug)]
pub struct Change {
    /// Its key.
    pub key: String,
    /// The new value; `None` where it stays.
    pub value: Option<Envelope>,
    /// Beside it, whole.
    pub generated: Generated,
}

/// Whether Coffer made the value. Then `generated` stands beside it, also where `generate` was taken away
/// since.
#[must_use]
pub fn is_generated(item: &SecretValue) -> bool {
    item.generate.is_some() || item.generated.is_some()
}

/// Everything that is due at `now`. Beside it the problems of values that cannot be made.
pub fn changes(secret: &Secret, keys: &impl Keys, now: Timestamp) -> (Vec<Change>, Vec<Problem>) {
    let mut changes = Vec::new();
    let mut problems = Vec::new();
    for (key, item, generate) in items(secret) {
        let maker = Maker {
            secret,
            keys,
            key,
            generate,
            now,
        };
        match maker.change(item) {
            Ok(change) => changes.extend(change),
            Err(problem) => problems.push(problem),
        }
    }
    (changes, problems)
}

/// Whether [`changes`] could find anything. For this the values need not be there.
#[must_use]
pub fn is_due(secret: &Secret, now: Timestamp) -> bool {
    items(secret).any(|(_, item, generate)| match &item.generated {
        None => true,
        Some(generated) => moments(generate, generated).any(|moment| moment <= now),
    })
}

/// The generated values that are stored and that a writer dropped, as a `replace` from a manifest does:
/// by key, as they are stored.
#[must_use]
pub fn dropped<'a>(secret: &'a Secret, stored: &'a Secret) -> Vec<(&'a String, &'a SecretValue)> {
    let items = secret.spec.data.iter();
    items
        .filter(|(_, item)| item.generate.is_some())
        .filter_map(|(key, item)| {
            let before = stored.spec.data.get(key)?;
            let lacks = |is_there: bool, was_there: bool| was_there && !is_there;
            let is_dropped = before.generate.is_some()
                && (lacks(item.value.is_some(), before.value.is_some())
                    || lacks(item.generated.is_some(), before.generated.is_some()));
            is_dropped.then_some((key, before))
        })
        .collect()
}

/// How long to wait until something is due, at most a day; `None` when nothing will be.
#[must_use]
pub fn wait(secret: &Secret, now: Timestamp) -> Option<Duration> {
    items(secret)
        .filter_map(|(_, item, generate)| Some(moments(generate, item.generated.as_ref()?)))
        .flatten()
        // What is overdue waits for someone to mend what keeps it.
        .filter(|moment| *moment > now)
        .map(|moment| moment.duration_since(now))
        .filter_map(|wait| Duration::try_from(wait).ok())
        .min()
        .map(|wait| wait.min(LONGEST_WAIT))
}

fn items(secret: &Secret) -> impl Iterator<Item = (&String, &SecretValue, &Generate)> {
    let items = secret.spec.data.iter();
    items.filter_map(|(key, item)| Some((key, item, item.generate.as_ref()?)))
}

/// When the item has to be looked at.
fn moments(generate: &Generate, generated: &Generated) -> impl Iterator<Item = Timestamp> {
    let rotation = rotation(generate, generated);
    let end = generated.previous.as_ref().map(end);
    rotation.into_iter().chain(end)
}

/// When the next value is made.
fn rotation(generate: &Generate, generated: &Generated) -> Option<Timestamp> {
    let rotate = period(generate.rotate.as_ref()?)?;
    generated.at.to_timestamp()?.checked_add(rotate).ok()
}

/// When the former value goes. One that says nothing of its end has come to it.
fn end(previous: &Previous) -> Timestamp {
    previous.until.to_timestamp().unwrap_or(Timestamp::MIN)
}

fn period(period: &Period) -> Option<SignedDuration> {
    SignedDuration::try_from(period.to_duration()?).ok()
}

/// A generated value that is not there.
pub(super) fn missing(key: &str, item: &SecretValue) -> Problem {
    let message = if item.generated.is_some() {
        format!(
            "the generated value of `spec.data.{key}` is gone: restore the Secret from a backup, or \
             remove the key and add it again for a new value"
        )
    } else {
        format!(
            "the value of `spec.data.{key}` is not made yet: it will be once the store has its keys"
        )
    };
    Problem::new(Reason::ValueMissing, message)
}

#[cfg(test)]
mod tests;
