//! The objects that the benchmarks work on: each Coffer Secret yields one native Secret with three
//! keys of 64 characters, and they are spread over twenty namespaces with one store each.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use coffer::{
    api::{Secret, SecretStore},
    crypto::{BindingKind, Suite},
    index::StoreKeys,
    policy::values,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Over how many namespaces the objects are spread.
pub const NAMESPACES: usize = 20;
/// The name of the store in each of them.
pub const STORE: &str = "store";

const KEYS: [&str; 3] = ["username", "password", "token"];

/// What the values are sealed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sealing {
    /// Coffer's own symmetric key.
    Coffer,
    /// The store's public key, X25519.
    X25519,
    /// The store's public key, X-Wing.
    Xwing,
}

impl Sealing {
    /// As crypto calls it.
    #[must_use]
    pub const fn suite(self) -> Suite {
        match self {
            Self::Coffer => Suite::XChaCha20Poly1305,
            Self::X25519 => Suite::X25519,
            Self::Xwing => Suite::XWing,
        }
    }
}

/// The namespace of an object.
#[must_use]
pub fn namespace(number: usize) -> String {
    format!("bench-{:02}", number % NAMESPACES)
}

/// The name of an object.
#[must_use]
pub fn name(number: usize) -> String {
    format!("secret-{number:06}")
}

/// The store of a namespace.
pub fn store(namespace: &str, sealing: Sealing) -> Result<SecretStore> {
    let suite = match sealing {
        Sealing::Coffer | Sealing::Xwing => "XWing",
        Sealing::X25519 => "X25519",
    };
    object(json!({
        "apiVersion": "coffer.dev/v1alpha1",
        "kind": "SecretStore",
        "metadata": { "namespace": namespace, "name": STORE },
        "spec": { "sealing": { "suite": suite } },
    }))
}

/// A Coffer Secret with sealed values.
pub fn secret(namespace: &str, name: &str, keys: &StoreKeys, sealing: Sealing) -> Result<Secret> {
    let mut secret: Secret = object(json!({
        "apiVersion": "coffer.dev/v1alpha1",
        "kind": "Secret",
        "metadata": { "namespace": namespace, "name": name },
        "spec": { "storeRef": { "name": STORE }, "data": {}, "target": {} },
    }))?;
    let key = keys
        .active(sealing.suite())
        .context("the store has no such key")?;
    let mut data = BTreeMap::new();
    for (name, value) in plaintexts(&secret) {
        let place = values::place(&secret, name);
        let envelope = key.seal(BindingKind::Strict, &place, value.as_bytes())?;
        data.insert(
            name.to_owned(),
            object(json!({ "value": envelope.to_string() }))?,
        );
    }
    secret.spec.data = data;
    Ok(secret)
}

/// The values of a Secret in clear, which follow from its name.
#[must_use]
pub fn plaintexts(secret: &Secret) -> BTreeMap<&'static str, String> {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    KEYS.map(|key| {
        let digest = Sha256::digest(format!("{name}/{key}"));
        (key, hex(&digest))
    })
    .into()
}

/// An identifier for a Secret, as the webhook would give it one; it follows from its name.
#[must_use]
pub fn identifier(secret: &Secret) -> String {
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    hex(&Sha256::digest(name)[..16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn object<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).context("an object of the workload does not fit its type")
}

#[cfg(test)]
mod tests {
    use super::{Secret, plaintexts};

    #[test]
    fn the_values_are_three_of_64_characters() {
        let secret = Secret::new(
            "name",
            serde_json::from_str(r#"{"storeRef":{"name":"s"}}"#).unwrap(),
        );
        let lengths: Vec<_> = plaintexts(&secret).values().map(String::len).collect();
        assert_eq!(lengths, [64, 64, 64]);
    }
}
