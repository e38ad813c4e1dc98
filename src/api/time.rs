//! Times and periods in a spec, as texts.
//!
//! They are read where they are used: an object with a text that means nothing must not keep the
//! objects beside it from being read.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A length of time: a whole number and its unit, as in `90d`, `12h`, `30m`, `45s`; or `0`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Period(String);

/// A point in time: RFC 3339, in UTC and whole seconds, as in `2026-11-24T12:30:00Z`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(String);

/// A time as the API server keeps it, without what is less than a second.
#[must_use]
pub fn whole_second(time: Timestamp) -> Time {
    Time(Timestamp::from_second(time.as_second()).unwrap_or(time))
}

impl Period {
    /// How long it is; `None` for a text that is no period.
    #[must_use]
    pub fn to_duration(&self) -> Option<Duration> {
        if self.0 == "0" {
            return Some(Duration::ZERO);
        }
        let (number, unit) = self.0.split_at_checked(self.0.len().checked_sub(1)?)?;
        let is_number =
            (1..=5).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = number.parse().ok().filter(|_| is_number)?;
        let seconds = match unit {
            "d" => 24 * 60 * 60,
            "h" => 60 * 60,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        Some(Duration::from_secs(number * seconds))
    }
}

impl From<&str> for Period {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Moment {
    /// When it is; `None` for a text that is no time.
    #[must_use]
    pub fn to_timestamp(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }
}

impl From<Timestamp> for Moment {
    /// Drops what is less than a second.
    fn from(time: Timestamp) -> Self {
        Self(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

impl JsonSchema for Period {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // The form is a rule of the parent, with words of its own; the length bounds its cost.
        json_schema!({ "type": "string", "maxLength": 6 })
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 20,
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        Period::from(text)
            .to_duration()
            .map(|period| period.as_secs())
    }

    #[test]
    fn a_period_has_a_number_and_a_unit() {
        assert_eq!(seconds("90d"), Some(90 * 86_400));
        assert_eq!(seconds("12h"), Some(43_200));
        assert_eq!(seconds("30m"), Some(1_800));
        assert_eq!(seconds("45s"), Some(45));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("0h"), Some(0));
        assert_eq!(seconds("99999d"), Some(99_999 * 86_400));
    }

    #[test]
    fn what_is_no_period_is_not_guessed_at() {
        for text in [
            "", "d", "1", "-1d", "+1d", "1.5h", "1w", "1D", " 1d", "1d ", "1d12h", "100000d", "1é",
            "٣d",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_reads_back_in_whole_seconds() {
        let time = Timestamp::from_millisecond(1_764_000_000_999).unwrap();
        let moment = Moment::from(time);
        assert_eq!(moment.0, "2025-11-24T16:00:00Z");
        assert_eq!(moment.to_timestamp().unwrap().as_second(), time.as_second());
        assert_eq!(
            Moment("2026-13-01T00:00:00Z".to_owned()).to_timestamp(),
            None
        );
    }
}
