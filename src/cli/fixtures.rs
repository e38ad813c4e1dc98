//! Fixed objects for the tests of what is printed.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::cluster::Inventory;

/// A value that no output may show.
pub(super) const CANARY: &str = "hunter2-canary";

/// An envelope of the key `0123456789abcdef`, and one of `fedcba9876543210`.
const ACTIVE: &str =
    "coffer.v1.0123456789abcdef.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";
const RETIRED: &str =
    "coffer.v1.fedcba9876543210.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";

/// A delivered Secret, one that waits, one that is stuck, and one that nobody has looked at.
pub(super) fn inventory() -> Inventory {
    let text = include_str!("fixtures.yaml")
        .replace("ACTIVE-ENVELOPE", ACTIVE)
        .replace("RETIRED-ENVELOPE", RETIRED);
    let mut inventory = Inventory::default();
    for document in serde_yaml::Deserializer::from_str(&text) {
        let object: Json = serde::Deserialize::deserialize(document).unwrap();
        match object["kind"].as_str().unwrap() {
            "SecretStore" => inventory.stores.push(read(object)),
            _ => inventory.secrets.push(read(object)),
        }
    }
    inventory
}

fn read<K: DeserializeOwned>(object: Json) -> K {
    serde_json::from_value(object).unwrap()
}
