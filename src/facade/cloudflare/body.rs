//! Bodies, whatever their Content-Type says.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, de};

use super::envelope::Failure;
use crate::api::Value;
use crate::facade::trouble::Trouble;

/// What came, or why it did not come whole.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// Reads JSON. What is wrong with it is not said: it could be quoted.
///
/// # Errors
/// It is too large, or does not read.
pub(super) fn read<T: DeserializeOwned>(body: Body) -> Result<T, Failure> {
    let body = body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Failure::of(Trouble::TooLarge, "")
        } else {
            Failure::invalid_json()
        }
    })?;
    serde_json::from_slice(&body).map_err(|_| Failure::invalid_json())
}

/// A store to be made: today's clients send an object and expect one, older ones send a list of one and expect a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum NewStores {
    One(NewStore),
    List([NewStore; 1]),
}

#[derive(Debug, Deserialize)]
pub(super) struct NewStore {
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A secret to be made. What is missing is said by name, as what is empty.
#[derive(Debug, Deserialize)]
pub(super) struct NewSecret {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) value: Option<Value>,
    #[serde(default, deserialize_with = "list")]
    pub(super) scopes: Option<Vec<String>>,
    #[serde(default)]
    pub(super) comment: Option<String>,
}

/// What is to be changed. A name is let through, and does nothing: older clients have to send one.
#[derive(Debug, Deserialize)]
pub(super) struct Changes {
    #[serde(default)]
    pub(super) value: Option<Value>,
    #[serde(default, deserialize_with = "list")]
    pub(super) scopes: Option<Vec<String>>,
    /// Null, as nothing in it, for none.
    #[serde(default, deserialize_with = "given")]
    pub(super) comment: Option<String>,
}

/// What a copy is called, and is for.
#[derive(Debug, Deserialize)]
pub(super) struct Copied {
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) scopes: Option<Vec<String>>,
    #[serde(default)]
    pub(super) comment: Option<String>,
}

/// Which secrets.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    pub(super) ids: Vec<String>,
}

/// A text that may be null, told apart from none.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(Some(text.unwrap_or_default()))
}

/// A list of strings, or one string with commas.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        List(Vec<String>),
        Text(String),
    }
    let written = Option::<Written>::deserialize(deserializer)
        .map_err(|_| de::Error::custom("neither a list nor a string"))?;
    Ok(written.map(|written| match written {
        Written::List(list) => list,
        Written::Text(text) => {
            let parts = text.split(',').map(str::trim);
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        }
    }))
}
