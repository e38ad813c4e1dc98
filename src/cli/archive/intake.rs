//! Bringing keys into a cluster: looked at as a whole, told, and then written.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::clear_keys::{ClearKeys, decoded};
use super::merge::{Merged, merge};
use super::namespaces::Namespaces;
use super::vault::{FINGERPRINT, Root, Vault, new_root};
use super::{Entry, count};
use crate::cli::cluster::CoreError;
use crate::crypto::{Fingerprinter, Plaintext};
use crate::index::store_keys::native_name;

/// How often a record that others write at the same time is tried.
const ATTEMPTS: usize = 5;

/// The keys of a file. Has no Debug.
#[derive(Default)]
pub(in crate::cli) struct Wanted {
    pub(in crate::cli) stores: Vec<ClearKeys>,
    fingerprint: Option<Zeroizing<Vec<u8>>>,
}

/// What is to be done about the keys. Has no Debug.
pub(in crate::cli) struct Intake<'v> {
    vault: &'v Vault<'v>,
    stores: Vec<(ClearKeys, Merged)>,
    root: Root,
    /// Whether the keyring is yet to be made.
    makes_root: bool,
}

impl Wanted {
    /// Takes an entry, if it is a key.
    ///
    /// # Errors
    /// A purpose that this release does not know.
    pub(in crate::cli) fn take(&mut self, entry: Entry) -> anyhow::Result<()> {
        match entry {
            Entry::StoreKeys(keys) => self.stores.push(keys),
            Entry::PurposeKey(key) if key.name == FINGERPRINT => {
                let bytes = decoded(&key.secret);
                self.fingerprint =
                    Some(bytes.context("the key of the fingerprints does not read")?);
            }
            Entry::PurposeKey(_) => {
                bail!("the file has a key that this release does not know; upgrade coffer")
            }
            Entry::Begin(_) | Entry::Object(_) | Entry::End(_) => {}
        }
        Ok(())
    }

    /// The namespaces of the stores, and the one that holds the keys.
    pub(in crate::cli) fn namespaces(&self, vault: &Vault<'_>) -> BTreeSet<String> {
        let namespaces = self.stores.iter().map(|keys| keys.namespace.clone());
        namespaces.chain([vault.namespace.clone()]).collect()
    }
}

impl<'v> Intake<'v> {
    /// Looks at what is there; writes nothing.
    ///
    /// # Errors
    /// Keys that do not fit: all of them are named on stderr.
    pub(in crate::cli) fn plan(
        vault: &'v Vault<'v>,
        wanted: Wanted,
        namespaces: &Namespaces,
        stores_only: bool,
    ) -> anyhow::Result<Self> {
        let fingerprint = wanted.fingerprint.filter(|_| !stores_only);
        let (root, makes_root) = match vault.root()? {
            Some(root) => {
                fits(&root, fingerprint.as_ref())?;
                (root, false)
            }
            None => (new_root(fingerprint.as_ref())?, true),
        };
        let there = if makes_root {
            std::collections::BTreeMap::new()
        } else {
            vault.all(&root.keyring)?
        };
        let mut stores = Vec::with_capacity(wanted.stores.len());
        let mut conflicts = 0;
        for clear in wanted.stores {
            let there = there.get(&native_name(&clear.namespace, &clear.store));
            let uid = namespaces.uid(&clear.namespace);
            match merge(there, &clear, uid, &root.keyring, Timestamp::now()) {
                Ok(merged) => stores.push((clear, merged)),
                Err(conflict) => {
                    conflicts += 1;
                    let conflict = anyhow::Error::from(conflict);
                    eprintln!("coffer: keys of {}: {conflict:#}", clear.label());
                }
            }
        }
        if conflicts > 0 {
            bail!(
                "the keys of {} do not fit; nothing was written",
                count(conflicts, "store")
            );
        }
        Ok(Self {
            vault,
            stores,
            root,
            makes_root,
        })
    }

    /// What is to be done, a line each.
    pub(in crate::cli) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.makes_root {
            lines.push(format!(
                "keyring of namespace {}: made",
                self.vault.namespace
            ));
        }
        for (clear, merged) in &self.stores {
            if merged.record.is_none() {
                continue;
            }
            let (store, added) = (clear.label(), count(merged.added, "key"));
            let namespace = &clear.namespace;
            lines.push(if merged.adopted {
                format!("keys of {store}: {added} added; the keys are now those of the namespace {namespace} that was made anew")
            } else {
                format!("keys of {store}: {added} added")
            });
        }
        lines
    }

    /// The operator's namespace.
    pub(in crate::cli) fn namespace(&self) -> &str {
        &self.vault.namespace
    }

    /// Keys of how many stores are to be written.
    pub(in crate::cli) fn changes(&self) -> usize {
        let changed = self
            .stores
            .iter()
            .filter(|(_, merged)| merged.record.is_some());
        changed.count()
    }

    /// Writes: the keyring, and then the keys that are missing. What was begun can be repeated.
    pub(in crate::cli) fn write(&self, namespaces: &Namespaces) -> anyhow::Result<()> {
        if self.makes_root {
            self.vault.make_root(&self.root)?;
        }
        let missing = self
            .stores
            .iter()
            .filter(|(_, merged)| merged.record.is_some());
        for (clear, _) in missing {
            self.write_one(clear, namespaces.uid(&clear.namespace))
                .with_context(|| format!("cannot write the keys of {}", clear.label()))?;
        }
        Ok(())
    }

    /// The record may have changed since it was looked at: an operator may run.
    fn write_one(&self, clear: &ClearKeys, namespace_uid: &str) -> anyhow::Result<()> {
        let keyring = &self.root.keyring;
        for _ in 0..ATTEMPTS {
            let there = self.vault.one(clear, keyring)?;
            let merged = merge(
                there.as_ref(),
                clear,
                namespace_uid,
                keyring,
                Timestamp::now(),
            )?;
            let Some(record) = merged.record else {
                return Ok(());
            };
            match self.vault.write(&record, there.as_ref()) {
                Err(CoreError::AlreadyExists | CoreError::Conflict) => {}
                written => return Ok(written?),
            }
        }
        bail!("others change them all the time; run this again")
    }
}

/// Errs when the cluster makes its fingerprints with another key.
fn fits(root: &Root, fingerprint: Option<&Zeroizing<Vec<u8>>>) -> anyhow::Result<()> {
    let Some(wanted) = fingerprint else {
        return Ok(());
    };
    let wanted = Fingerprinter::from_secret_bytes(wanted)?;
    if Plaintext::from(root.fingerprinter.to_secret_bytes())
        != Plaintext::from(wanted.to_secret_bytes())
    {
        bail!(
            "this cluster makes its fingerprints with another key than that of the file, and goes on doing so: leave it, with --stores-only. Only native Secrets that came here with the file's cluster would then not be known as Coffer's own; to keep them, import the keys before the operator starts for the first time"
        );
    }
    Ok(())
}
