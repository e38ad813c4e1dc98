//! The `value` field: a sealed envelope at rest, plaintext only on its way in.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A value as it stands in a manifest: an envelope (`coffer.v1.…`), or plaintext that is about to
/// be sealed. Erased from memory when dropped; its Debug shows nothing, and it has no Display.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Value(Zeroizing<String>);

impl Value {
    /// The text. Only for parsing, sealing and opening it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value([redacted])")
    }
}

impl JsonSchema for Value {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // No maxLength and no pattern: the API server would print the value that fails them.
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        let value = Value::from("canary".to_owned());
        assert_eq!(format!("{value:?}"), "Value([redacted])");
    }
}
