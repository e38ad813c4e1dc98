//! The root keyring: read at the start, made at the very first one.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, ListParams, PostParams};
use kube::{Client, ResourceExt as _};

use crate::api::wellknown::{KEYRING_NAME, KEYRING_PART, PART_LABEL, STORE_KEYS_PART};
use crate::crypto::{Fingerprinter, Keyring, WrapFor, Wrapped};
use crate::index::Roots;
use crate::index::roots::{self, PUT_RIGHT};
use crate::telemetry::kube_error;

const FINGERPRINT_ENTRY: &str = "purpose-fingerprint";
const FINGERPRINT_PURPOSE: WrapFor<'_> = WrapFor::Purpose {
    name: "fingerprint",
};

/// The keys that everything else hangs on.
#[derive(Debug)]
pub struct Root {
    /// The root keys.
    pub roots: Roots,
    /// Makes the keyed fingerprints.
    pub fingerprinter: Arc<Fingerprinter>,
}

/// Reads the keyring, or makes it where nothing was ever sealed. Of two replicas that start at once
/// one makes it and the other reads it.
///
/// # Errors
/// A missing keyring over existing store keys: a new one could not open anything, so the operator
/// does not start. Also a keyring that does not read.
pub async fn load(client: &Client, namespace: &str) -> anyhow::Result<Root> {
    let api = Api::<core::Secret>::namespaced(client.clone(), namespace);
    if let Some(root) = read(&api, namespace).await? {
        return Ok(root);
    }
    match api.create(&PostParams::default(), &first(namespace)).await {
        Ok(_) => tracing::info!(
            namespace,
            name = KEYRING_NAME,
            "made the keyring: back it up"
        ),
        Err(kube::Error::Api(status)) if status.is_already_exists() => {}
        Err(error) => bail!(
            "cannot make the keyring {namespace}/{KEYRING_NAME}: {}",
            kube_error(&error)
        ),
    }
    read(&api, namespace)
        .await?
        .context("the keyring was deleted while the operator started: start it again")
}

/// One list answers both questions: is there a keyring, and is there anything that it must open?
async fn read(api: &Api<core::Secret>, namespace: &str) -> anyhow::Result<Option<Root>> {
    let parts = api
        .list(&ListParams::default().labels(&format!(
            "{PART_LABEL} in ({KEYRING_PART}, {STORE_KEYS_PART})"
        )))
        .await
        .map_err(|error| {
            anyhow::anyhow!(
                "cannot list the keys in namespace {namespace}: {}",
                kube_error(&error)
            )
        })?;
    let labelled = parts
        .iter()
        .find(|object| object.name_any() == KEYRING_NAME);
    let object = match labelled {
        Some(object) => Some(object.clone()),
        // One that was restored without its label is still the keyring.
        None => api.get_opt(KEYRING_NAME).await.map_err(|error| {
            anyhow::anyhow!(
                "cannot read {namespace}/{KEYRING_NAME}: {}",
                kube_error(&error)
            )
        })?,
    };
    let Some(object) = object else {
        if parts.items.is_empty() {
            return Ok(None);
        }
        return Err(missing(namespace, parts.items.len()));
    };
    open(&object, namespace).map(Some)
}

/// What there is to say when the keyring is not there and this many stores have keys.
#[must_use]
pub fn missing(namespace: &str, stores: usize) -> anyhow::Error {
    let have = match stores {
        1 => "1 store has".to_owned(),
        _ => format!("{stores} stores have"),
    };
    anyhow::anyhow!(
        "the keyring {namespace}/{KEYRING_NAME} is missing, but {have} keys that only it can unwrap. Bring it \
         back with `coffer restore FILE` or `coffer keys import FILE`. To give up everything that was sealed so \
         far, delete the native Secrets labelled {PART_LABEL}={STORE_KEYS_PART} in {namespace}"
    )
}

/// The keys in the native Secret of the keyring.
///
/// # Errors
/// Those of [`check`], with the remedy.
pub fn open(object: &core::Secret, namespace: &str) -> anyhow::Result<Root> {
    parse(object).map_err(|why| {
        anyhow::anyhow!(
            "the keyring {namespace}/{KEYRING_NAME} cannot be used ({why:#}): {PUT_RIGHT}"
        )
    })
}

/// Whether an operator can start with this keyring: its roots read, and open what they have to.
///
/// # Errors
/// What is wrong with it; no key is in it.
pub fn check(object: &core::Secret) -> anyhow::Result<()> {
    parse(object).map(drop)
}

fn parse(object: &core::Secret) -> anyhow::Result<Root> {
    let data = object.data.as_ref().context("it is empty")?;
    let keyring = roots::read(object)?;
    let wrapped: Wrapped = data
        .get(FINGERPRINT_ENTRY)
        .and_then(|ByteString(bytes)| std::str::from_utf8(bytes).ok())
        .with_context(|| format!("entry `{FINGERPRINT_ENTRY}` is missing"))?
        .parse()?;
    let fingerprinter =
        Fingerprinter::from_secret_bytes(&keyring.unwrap(&FINGERPRINT_PURPOSE, &wrapped)?)?;
    Ok(Root {
        roots: Roots::new(keyring),
        fingerprinter: Arc::new(fingerprinter),
    })
}

fn first(namespace: &str) -> core::Secret {
    native(namespace, &Keyring::generate(), &Fingerprinter::generate())
}

/// The native Secret of a keyring, with the purpose keys.
#[must_use]
pub fn native(namespace: &str, keyring: &Keyring, fingerprinter: &Fingerprinter) -> core::Secret {
    let fingerprint_key = fingerprinter.to_secret_bytes();
    let wrapped = keyring
        .wrap(&FINGERPRINT_PURPOSE, &fingerprint_key)
        .to_string();
    let mut data: std::collections::BTreeMap<_, _> = keyring
        .entries()
        .map(|(name, key)| (name, ByteString(key.to_vec())))
        .collect();
    data.insert(
        FINGERPRINT_ENTRY.to_owned(),
        ByteString(wrapped.into_bytes()),
    );
    core::Secret {
        metadata: ObjectMeta {
            name: Some(KEYRING_NAME.to_owned()),
            namespace: Some(namespace.to_owned()),
            labels: Some([(PART_LABEL.to_owned(), KEYRING_PART.to_owned())].into()),
            ..ObjectMeta::default()
        },
        data: Some(data),
        ..core::Secret::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_in_which_anything_was_changed_is_no_longer_usable() {
        let whole = first("coffer-system");
        check(&whole).unwrap();
        for (entry, bytes) in [
            ("root-1", Some(vec![9; 32])),
            ("root-1", None),
            (FINGERPRINT_ENTRY, None),
            (FINGERPRINT_ENTRY, Some(b"x".to_vec())),
        ] {
            let mut object = whole.clone();
            let data = object.data.as_mut().unwrap();
            data.remove(entry);
            data.extend(bytes.map(|bytes| (entry.to_owned(), ByteString(bytes))));
            assert!(check(&object).is_err(), "{entry}");
        }
    }
}
