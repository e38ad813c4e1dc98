//! Bringing keys into a cluster: looked at as a whole, told, and then written.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::clear_keys::{ClearKeys, decoded};
use super::merge::{Merged, merge};
use super::namespaces::Namespaces;
use super::owner::{Owner, Place, owner};
use super::rights::Right;
use super::salvage::Salvaged;
use super::vault::{FINGERPRINT, Root, Vault, new_root};
use super::{Entry, Error, count};
use crate::cli::ask;
use crate::cli::cluster::CoreError;
use crate::crypto::{Fingerprinter, Plaintext};
use crate::index::store_keys::native_name;

/// How often a record that others write at the same time is tried.
const ATTEMPTS: usize = 5;

/// The keys of a file. Has no Debug.
#[derive(Default)]
pub(in crate::cli) struct Wanted {
    pub(in crate::cli) stores: Vec<ClearKeys>,
    labels: BTreeSet<String>,
    fingerprint: Option<Zeroizing<Vec<u8>>>,
}

/// What an administrator decides beforehand.
#[derive(Clone, Copy, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub(in crate::cli) struct IntakeArgs {
    /// Let namespaces that were made anew have the keys of the former ones of their names, without being asked
    #[arg(long)]
    pub(in crate::cli) adopt: bool,

    /// Write also over keys that are there, do not open, and are not in the file: they are lost then
    #[arg(long)]
    pub(in crate::cli) replace_damaged: bool,

    /// Of the keys, leave out those of the operator itself: this cluster keeps its own
    #[arg(long)]
    pub(in crate::cli) stores_only: bool,

    /// Make the namespaces that are missing
    #[arg(long)]
    pub(in crate::cli) create_namespaces: bool,
}

/// What is to be done about the keys. Has no Debug.
pub(in crate::cli) struct Intake<'v> {
    vault: &'v Vault<'v>,
    stores: Vec<Planned>,
    root: Root,
    /// Whether the keyring is yet to be made.
    makes_root: bool,
    args: IntakeArgs,
    /// Stores whose namespace is being deleted.
    going: Vec<String>,
}

/// What is to be done about the keys of a store.
struct Planned {
    clear: ClearKeys,
    owner: Owner,
    merged: Merged,
}

impl Wanted {
    /// Takes an entry, if it is a key, and says of which store the file lacks keys.
    ///
    /// # Errors
    /// A purpose that this release does not know; the keys of a store for the second time.
    pub(in crate::cli) fn take(&mut self, entry: Entry) -> anyhow::Result<()> {
        match entry {
            Entry::StoreKeys(keys) => {
                if !self.labels.insert(keys.label()) {
                    return Err(Error::StoreTwice(keys.label()).into());
                }
                self.stores.push(keys);
            }
            Entry::PurposeKey(key) if key.name == FINGERPRINT => {
                let bytes = decoded(&key.secret);
                self.fingerprint =
                    Some(bytes.context("the key of the fingerprints does not read")?);
            }
            Entry::PurposeKey(_) => {
                bail!("the file has a key that this release does not know; upgrade coffer")
            }
            Entry::Lacks(store) => eprintln!(
                "coffer: note: the file lacks keys of {store}, which did not read when it was written; an older one may have them"
            ),
            Entry::Begin(_) | Entry::Object(_) | Entry::End(_) => {}
        }
        Ok(())
    }

    /// The namespaces of the stores, and the one that holds the keys. Keys that no store had do without: they
    /// may be those of a namespace that was deleted long ago.
    pub(in crate::cli) fn namespaces(&self, vault: &Vault<'_>, adopt: bool) -> BTreeSet<String> {
        let stores = self.stores.iter().filter(|keys| adopt || !keys.orphaned);
        let namespaces = stores.map(|keys| keys.namespace.clone());
        namespaces.chain([vault.namespace.clone()]).collect()
    }
}

impl<'v> Intake<'v> {
    /// Looks at what is there; writes nothing. `cluster`: what the file says of the one that it is of.
    ///
    /// # Errors
    /// Keys that do not fit: all of them are named on stderr.
    pub(in crate::cli) fn plan(
        vault: &'v Vault<'v>,
        wanted: Wanted,
        namespaces: &Namespaces,
        cluster: Option<&str>,
        args: IntakeArgs,
    ) -> anyhow::Result<Self> {
        let has_fingerprint = wanted.fingerprint.is_some();
        let fingerprint = wanted.fingerprint.filter(|_| !args.stores_only);
        let (root, makes_root) = if let Some(root) = vault.root()? {
            fits(&root, fingerprint.as_ref())?;
            (root, false)
        } else {
            if let Some(other) = vault.other()? {
                bail!(
                    "Coffer is in namespace {other} of this cluster, which has one operator and one keyring; give --operator-namespace {other}"
                );
            }
            let highest = vault.highest_root()?;
            if highest > 0 && has_fingerprint && fingerprint.is_none() {
                bail!(
                    "stores have keys here, so the keyring was lost; bring back the operator's own keys with it, or the native Secrets that are there are not known as Coffer's: name no stores, and leave out --stores-only"
                );
            }
            (new_root(fingerprint.as_ref(), highest)?, true)
        };
        let mut there = vault.all(&root.keyring)?;
        let mut intake = Self {
            vault,
            stores: Vec::with_capacity(wanted.stores.len()),
            root,
            makes_root,
            args,
            going: Vec::new(),
        };
        let mut conflicts = 0;
        for clear in wanted.stores {
            let there = there.remove(&native_name(&clear.namespace, &clear.store));
            if namespaces.is_going(&clear.namespace) {
                intake.going.push(clear.label());
                continue;
            }
            let place = Place {
                uid: namespaces.uid(&clear.namespace),
                same_cluster: namespaces.are_of(cluster),
                adopt: args.adopt,
            };
            let keys = there.as_ref().and_then(|there| there.keys.as_ref());
            let former = keys.map(|keys| keys.record.namespace_uid.as_str());
            let owner = owner(&clear, former, place);
            match intake.merged(there.as_ref(), &clear, owner, namespaces) {
                Ok(merged) => intake.stores.push(Planned {
                    clear,
                    owner,
                    merged,
                }),
                Err(conflict) => {
                    conflicts += 1;
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
        say_damaged(&there);
        Ok(intake)
    }

    fn merged(
        &self,
        there: Option<&Salvaged>,
        clear: &ClearKeys,
        owner: Owner,
        namespaces: &Namespaces,
    ) -> anyhow::Result<Merged> {
        let uid = namespaces.uid(&clear.namespace).unwrap_or_default();
        let (keyring, replace) = (&self.root.keyring, self.args.replace_damaged);
        let now = Timestamp::now();
        Ok(merge(there, clear, (owner, uid), replace, keyring, now)?)
    }

    /// What is to be written.
    fn changed(&self) -> impl Iterator<Item = &Planned> {
        let planned = self.stores.iter();
        planned.filter(|planned| planned.merged.record.is_some())
    }

    /// What is to be done, a line each.
    pub(in crate::cli) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.makes_root {
            lines.push(format!(
                "keyring of namespace {}: to be made",
                self.vault.namespace
            ));
        }
        for planned in self.changed() {
            let (store, added) = (planned.clear.label(), count(planned.merged.added, "key"));
            let namespace = &planned.clear.namespace;
            let whose = match planned.owner {
                Owner::Former => {
                    format!("; no store had them, so they wait for `coffer keys adopt {store}`")
                }
                Owner::PresentIfAdopted => {
                    format!(
                        "; a namespace {namespace} was deleted, and the present one is to have them"
                    )
                }
                Owner::Present if planned.merged.adopted => format!(
                    "; the keys become those of the namespace {namespace} that was made anew"
                ),
                Owner::Present => String::new(),
            };
            lines.push(format!("keys of {store}: {added} to be added{whose}"));
        }
        lines
    }

    /// Says on stderr what is left out; true when it is worth another try.
    pub(in crate::cli) fn say_left_out(&self) -> bool {
        for planned in self.stores.iter().filter(|it| it.merged.left_out) {
            let store = planned.clear.label();
            eprintln!(
                "coffer: note: keys of {store} left out: no store had them when the file was written, and other keys are there; --adopt adds them to those"
            );
        }
        for store in &self.going {
            eprintln!("coffer: keys of {store} left out: the namespace is being deleted");
        }
        !self.going.is_empty()
    }

    /// Asks whether namespaces are to have the keys of former ones, where that is in question and was not said.
    pub(in crate::cli) fn may_adopt(&self) -> anyhow::Result<bool> {
        let asked = self.changed();
        let asked = asked.filter(|planned| planned.owner == Owner::PresentIfAdopted);
        let stores: Vec<_> = asked.map(|planned| planned.clear.label()).collect();
        if stores.is_empty() {
            return Ok(true);
        }
        eprintln!(
            "The keys of {} come from another namespace of that name than the one that is here: from one that was deleted, as far as file and cluster tell. Whoever may write Secrets in the present one can then have opened what was sealed for the former one.",
            stores.join(", ")
        );
        let may = ask::typed("Give it the keys? Type yes:", "yes")?;
        if !may {
            eprintln!(
                "coffer: the answer was not yes: nothing was written; where nobody can be asked, --adopt says so"
            );
        }
        Ok(may)
    }

    /// Keys of how many stores are to be written.
    pub(in crate::cli) fn changes(&self) -> usize {
        self.changed().count()
    }

    /// What writing takes.
    pub(in crate::cli) fn rights(&self) -> impl Iterator<Item = Right<'_>> {
        let is_needed = self.makes_root || self.changes() > 0;
        let verbs: &[&str] = if is_needed { &["create", "patch"] } else { &[] };
        verbs.iter().map(|verb| Right {
            verb,
            group: "",
            resource: "secrets",
            namespace: Some(&self.vault.namespace),
        })
    }

    /// Writes: the keyring, and then the keys that are missing. What was begun can be repeated.
    pub(in crate::cli) fn write(&self, namespaces: &Namespaces) -> anyhow::Result<()> {
        if self.makes_root {
            self.vault.make_root(&self.root)?;
        }
        for planned in self.changed() {
            let store = planned.clear.label();
            self.write_one(planned, namespaces)
                .with_context(|| format!("cannot write the keys of {store}"))?;
        }
        Ok(())
    }

    /// The record may have changed since it was looked at: an operator may run.
    fn write_one(&self, planned: &Planned, namespaces: &Namespaces) -> anyhow::Result<()> {
        let (clear, owner) = (&planned.clear, planned.owner);
        for _ in 0..ATTEMPTS {
            let there = self.vault.one(clear, &self.root.keyring)?;
            let merged = self.merged(there.as_ref(), clear, owner, namespaces)?;
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

/// Keys that do not open, of stores that are not in the file.
fn say_damaged(there: &BTreeMap<String, Salvaged>) {
    for found in there.values().filter(|found| !found.damage.is_empty()) {
        eprintln!(
            "coffer: note: the keys of {} do not open, and are not in the file: they stay as they are; `coffer keys status` tells what to do",
            found.label()
        );
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
