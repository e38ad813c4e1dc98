//! Makes the value of one item, and the next one.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Change, PREVIOUS, end, period, recipe};
use crate::api::{Generate, Generated, Moment, Period, Previous, Secret, SecretValue, Value};
use crate::policy::Problem;
use crate::policy::values::{self, Keys};

/// How long the former value stays where the spec does not say.
const OVERLAP: Duration = Duration::from_hours(24);

/// One item, and what is needed to make its value.
pub(super) struct Maker<'a, K> {
    pub(super) secret: &'a Secret,
    pub(super) keys: &'a K,
    pub(super) key: &'a str,
    pub(super) generate: &'a Generate,
    pub(super) now: Timestamp,
}

impl<K: Keys> Maker<'_, K> {
    /// What is due for the item, if anything.
    pub(super) fn change(&self, item: &SecretValue) -> Result<Option<Change>, Problem> {
        let change = match (&item.value, &item.generated) {
            (None, None) => self.new_value(None)?,
            (Some(value), Some(generated)) if self.is_old(generated)? => {
                self.new_value(self.kept(value)?)?
            }
            (_, Some(generated)) if generated.previous.iter().any(|it| end(it) <= self.now) => {
                Change {
                    key: self.key.to_owned(),
                    value: None,
                    generated: Generated {
                        at: generated.at.clone(),
                        previous: None,
                    },
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(change))
    }

    fn is_old(&self, generated: &Generated) -> Result<bool, Problem> {
        let Some(rotate) = &self.generate.rotate else {
            return Ok(false);
        };
        let problem = |field, what| recipe::invalid(self.key, &format!("{field}` is no {what}"));
        let rotate = period(rotate)
            .ok_or_else(|| problem("generate.rotate", "period: give one as `90d`"))?;
        let at = generated.at.to_timestamp();
        let at = at.ok_or_else(|| problem("generated.at", "time: correct it"))?;
        Ok(at.checked_add(rotate).is_ok_and(|due| due <= self.now))
    }

    fn new_value(&self, previous: Option<Previous>) -> Result<Change, Problem> {
        let value = recipe::generator(self.key, self.generate)?.draw();
        Ok(Change {
            key: self.key.to_owned(),
            value: Some(values::seal(self.secret, self.keys, self.key, &value)?),
            generated: Generated {
                at: Moment::from(self.now),
                previous,
            },
        })
    }

    /// The value that a new one takes the place of, sealed for its new place.
    fn kept(&self, value: &Value) -> Result<Option<Previous>, Problem> {
        let rotate = self.generate.rotate.as_ref().and_then(Period::to_duration);
        let overlap = self.generate.overlap.as_ref().and_then(Period::to_duration);
        let overlap = overlap.unwrap_or(OVERLAP).min(rotate.unwrap_or_default());
        if overlap.is_zero() {
            return Ok(None);
        }
        let value = values::open_generated(self.secret, self.keys, self.key, value)?;
        let place = format!("{}{PREVIOUS}", self.key);
        let envelope = values::seal(self.secret, self.keys, &place, &value)?;
        let until = SignedDuration::try_from(overlap)
            .ok()
            .and_then(|it| self.now.checked_add(it).ok());
        Ok(Some(Previous {
            value: Value::from(envelope.to_string()),
            until: Moment::from(until.unwrap_or(Timestamp::MAX)),
        }))
    }
}
