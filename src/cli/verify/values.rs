//! The values of a Secret: sealed, whole, and with a key that its store has.

use serde_json::Value as Json;

use super::finding::{Path, Remark};
use super::stores::{Known, Stores};
use crate::api::{Encoding, KeyState};
use crate::crypto::Envelope;
use crate::policy::encoding::{self, Unusable};
use crate::policy::{MAX_TOTAL_BYTES, MAX_VALUE_BYTES};

/// What the values are judged by.
pub(super) struct Judge<'a> {
    pub(super) stores: &'a Stores,
    /// Of the manifest, or of the command line.
    pub(super) namespace: Option<&'a str>,
    pub(super) allow_plaintext: bool,
}

/// What is wrong with the values.
pub(super) fn check(secret: &Json, judge: &Judge<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let data = Path::default().fields("spec.data");
    let store = secret.pointer("/spec/storeRef/name").and_then(Json::as_str);
    let mut bytes = 0;
    for (key, item) in entries(secret) {
        let Some(value) = item["value"].as_str() else {
            continue;
        };
        let at = data.field(key).field("value");
        let advice = match &item["generate"] {
            Json::Null => &AUTHORED,
            _ => &GENERATED,
        };
        if let Some(previous) = item.pointer("/generated/previous/value") {
            let at = data.field(key).fields("generated.previous.value");
            let sealed = previous.as_str().filter(|text| Envelope::is_sealed(text));
            remarks.extend(sealed.and_then(|text| envelope(text, &at, store, judge, advice)));
        }
        if Envelope::is_sealed(value) {
            remarks.extend(envelope(value, &at, store, judge, advice));
        } else if judge.allow_plaintext {
            let encoding = match item["encoding"].as_str() {
                Some("Base64") => Encoding::Base64,
                _ => Encoding::Text,
            };
            match encoding::decode(value, encoding) {
                Ok(decoded) => bytes += decoded.len(),
                Err(unusable) => remarks.push(unusable_value(unusable, &at)),
            }
        } else {
            remarks.push(Remark::error(
                &at,
                "is in clear; seal it with `coffer seal`",
            ));
        }
    }
    if bytes > MAX_TOTAL_BYTES {
        let message = "the values together have more than 512 KiB; split the Secret";
        remarks.push(Remark::error(&data, message));
    }
    remarks
}

/// Whether a value is in clear: such an object is sent nowhere.
pub(super) fn in_clear(secret: &Json) -> bool {
    let is_clear = |value: &Json| match value.as_str() {
        Some(text) => !Envelope::is_sealed(text),
        None => !value.is_null(),
    };
    entries(secret).any(|(_, item)| is_clear(&item["value"]))
}

fn entries(secret: &Json) -> impl Iterator<Item = (&String, &Json)> {
    let data = secret.pointer("/spec/data").and_then(Json::as_object);
    data.into_iter().flatten()
}

/// What to do about an envelope.
struct Advice {
    broken: &'static str,
    retired: &'static str,
    unknown: &'static str,
}

const AUTHORED: Advice = Advice {
    broken: "seal the plaintext again",
    retired: "seal it again",
    unknown: "seal it again with `coffer seal`",
};

/// There is no plaintext that an author could seal.
const GENERATED: Advice = Advice {
    broken: "copy it again, whole",
    retired: "Coffer seals it anew in the cluster",
    unknown: "bring the key back from a backup, or remove the whole key to have a new value later",
};

fn envelope(
    value: &str,
    at: &Path,
    store: Option<&str>,
    judge: &Judge<'_>,
    advice: &Advice,
) -> Option<Remark> {
    let envelope = match Envelope::parse(value) {
        Ok(envelope) => envelope,
        Err(error) => {
            let message = format!(
                "starts like an envelope but is none ({error}); {}",
                advice.broken
            );
            return Some(Remark::error(at, message));
        }
    };
    let (id, store) = (envelope.key_id().to_string(), store?);
    match judge.stores.key(judge.namespace, store, &id) {
        Known::Key(KeyState::Active) | Known::NothingAsked => None,
        Known::Key(KeyState::Retired) => Some(Remark::note(
            at,
            format!(
                "was sealed with key {id}, which is retired: it still opens; {}",
                advice.retired
            ),
        )),
        Known::NoKey => Some(Remark::error(
            at,
            format!(
                "was sealed with key {id}, which store {store} does not have; {}",
                advice.unknown
            ),
        )),
        Known::NoStore => Some(Remark::note(
            at,
            format!("store {store} is not known here, so its keys were not looked at"),
        )),
    }
}

fn unusable_value(unusable: Unusable, at: &Path) -> Remark {
    let message = match unusable {
        Unusable::NotBase64 => "is not Base64; correct it, or remove `encoding: Base64`".to_owned(),
        Unusable::TooLarge(bytes) => {
            format!("has {bytes} bytes, more than {MAX_VALUE_BYTES}; split it over several keys")
        }
        Unusable::Marker => "is what stands for a value in the copy that `kubectl apply` keeps; take the value from your manifest"
            .to_owned(),
        Unusable::Envelope => "is sealed already, but has blanks, quotes or base64 around its envelope; give the envelope alone, without `encoding`"
            .to_owned(),
    };
    Remark::error(at, message)
}
