//! Bodies, whatever their Content-Type says.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, Visitor};

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

/// A store to be made: today's clients send an object and expect one, older ones send a list of one and expect a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum NewStores {
    One(Object<NewStore>),
    List([Object<NewStore>; 1]),
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
