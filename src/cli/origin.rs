//! Where a value comes from and who sealed it, as people are shown it.

use serde::Serialize;

use crate::api::{GeneratorKind, KeyState, Moment, SealingKeyStatus, SecretStore, SecretValue};
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
    /// Made by Coffer; the id of the key that sealed it, and whether that key still seals, are null until
    /// it is made.
    Generated {
        kind: GeneratorKind,
        key_id: Option<String>,
        key_state: Option<KeyState>,
        /// When the value before it goes.
        #[serde(skip_serializing_if = "Option::is_none")]
        previous_until: Option<Moment>,
    },
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
        if let Some(generate) = &value.generate {
            let envelope = Envelope::parse(text).ok();
            let key_id = envelope.map(|envelope| envelope.key_id().to_string());
            let generated = value.generated.as_ref();
            let previous = generated.and_then(|generated| generated.previous.as_ref());
            return Self::Generated {
                kind: generate.kind,
                key_state: key_id.as_ref().and_then(|id| Some(key(store, id)?.state)),
                key_id,
                previous_until: previous.map(|previous| previous.until.clone()),
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
        let key = key(store, &key_id);
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

/// What the store tells about a key.
fn key<'s>(store: Option<&'s SecretStore>, id: &str) -> Option<&'s SealingKeyStatus> {
    let status = store?.status.as_ref()?;
    status.sealing_keys.iter().find(|key| key.id == id)
}
