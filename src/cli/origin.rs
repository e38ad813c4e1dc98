//! Where a value comes from and who sealed it, as people are shown it.

use serde::Serialize;

use crate::api::{KeyState, SecretStore, SecretValue};
use crate::crypto::{Envelope, Suite};

/// Where the value of a key comes from.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "from"
)]
pub(super) enum Origin {
    /// An envelope, by whom it was sealed, and whether its key still seals: null where the store does
    /// not tell.
    Sealed {
        key_id: String,
        by: Option<&'static str>,
        key_state: Option<KeyState>,
    },
    /// A text that starts like an envelope and is none.
    Malformed,
    /// Not sealed yet.
    Plaintext,
    /// Followed from a native Secret.
    Secret { secret: String, key: String },
    /// Made by Coffer; the id of the key that sealed it is null until it is made.
    Generated { key_id: Option<String> },
    /// Not there.
    Nowhere,
}

impl Origin {
    /// Looks at one key of a Secret; the store tells whose the sealing key is.
    pub(super) fn of(value: &SecretValue, store: Option<&SecretStore>) -> Self {
        let (text, source) = match (&value.value, &value.from_secret) {
            (Some(text), _) => (text.expose(), None),
            (None, source) => ("", source.as_ref()),
        };
        if let Some(source) = source {
            return Self::Secret {
                secret: source.name.clone(),
                key: source.key.clone(),
            };
        }
        if value.generate.is_some() {
            let envelope = Envelope::parse(text).ok();
            return Self::Generated {
                key_id: envelope.map(|envelope| envelope.key_id().to_string()),
            };
        }
        if value.value.is_none() {
            return Self::Nowhere;
        }
        if !Envelope::is_sealed(text) {
            return Self::Plaintext;
        }
        let Ok(envelope) = Envelope::parse(text) else {
            return Self::Malformed;
        };
        let key_id = envelope.key_id().to_string();
        let keys = store.and_then(|store| store.status.as_ref());
        let key = keys
            .into_iter()
            .flat_map(|status| &status.sealing_keys)
            .find(|key| key.id == key_id);
        Self::Sealed {
            by: key.map(|key| match key.suite.parse() {
                Ok(Suite::XChaCha20Poly1305) => "coffer",
                _ => "author",
            }),
            key_state: key.map(|key| key.state),
            key_id,
        }
    }
}
