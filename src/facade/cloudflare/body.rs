//! Bodies, whatever their Content-Type says.

#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, Visitor};
use utoipa::ToSchema;

use super::envelope::Failure;
use crate::api::Value;
use crate::facade::body::Whole;

/// Reads JSON. What is wrong with it is not said: it could be quoted.
///
/// # Errors
/// It is too large, or does not read.
pub(super) fn read<T: DeserializeOwned>(Whole(body): Whole) -> Result<T, Failure> {
    let body = body.map_err(|trouble| Failure::of(trouble, ""))?;
    serde_json::from_slice(&body).map_err(|_| Failure::invalid_json())
}

/// A store to be made, or a list of one: today's clients send an object and expect one, older ones send a list of one and expect a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum NewStores {
    /// One.
    #[schema(value_type = NewStore)]
    One(Object<NewStore>),
    /// A list of one.
    #[schema(value_type = [NewStore; 1])]
    List([Object<NewStore>; 1]),
}

/// A store to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewStore {
    /// Unique in the account: letters, digits and signs of ASCII.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    pub(super) name: Option<String>,
}

/// A secret to be made. What is missing is said by name, as what is empty.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewSecret {
    /// Unique in the store: letters, digits and signs of ASCII.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    pub(super) name: Option<String>,
    /// At most 65,536 bytes.
    #[serde(default)]
    #[schema(required, value_type = String, write_only, min_length = 1, max_length = 65536)]
    pub(super) value: Option<Value>,
    /// Scopes of the store.
    #[serde(default, deserialize_with = "list")]
    #[schema(required, value_type = Vec<String>, min_items = 1, max_items = 64)]
    pub(super) scopes: Option<Vec<String>>,
    /// A remark.
    #[serde(default)]
    #[schema(max_length = 1024)]
    pub(super) comment: Option<String>,
}

/// What is to be changed. A name is let through, and does nothing: older clients have to send one.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Changes {
    /// Another value, at most 65,536 bytes.
    #[serde(default)]
    #[schema(value_type = String, write_only, min_length = 1, max_length = 65536)]
    pub(super) value: Option<Value>,
    /// Other scopes of the store.
    #[serde(default, deserialize_with = "list")]
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 64)]
    pub(super) scopes: Option<Vec<String>>,
    /// Another remark; null, as nothing in it, for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 1024)]
    pub(super) comment: Option<String>,
}

/// What a copy is called, and is for.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Copied {
    /// Unique in the store: letters, digits and signs of ASCII.
    #[serde(default)]
    #[schema(required, value_type = String, min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    pub(super) name: Option<String>,
    /// Scopes of the store; those of the other, where none are given: older clients do not know of them here.
    #[serde(default, deserialize_with = "list")]
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 64)]
    pub(super) scopes: Option<Vec<String>>,
    /// A remark. That of the other is not copied.
    #[serde(default)]
    #[schema(max_length = 1024)]
    pub(super) comment: Option<String>,
}

/// Which secrets.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Which {
    /// Their identifiers.
    pub(super) ids: Vec<String>,
}

/// Something that is written as an object: what is derived would take a list of its fields as well.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
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
