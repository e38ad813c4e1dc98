//! What `backup`, `restore`, `keys export` and `keys import` share: a sealed file of entries, the keys in
//! it, and how they come to rest in a cluster.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | what a file is sealed to, what opens it, where the keys are |
//! | [`passphrase`] | read from a file, stdin or a terminal |
//! | [`error`] | what is wrong with a file |
//! | [`entry`] | the lines of a file |
//! | [`output`] | writes a file: whole or not at all, for its owner alone |
//! | [`input`] | reads a file, as often as needed |
//! | [`object`] | a resource as it is kept and compared |
//! | [`clear_keys`] | a store's keys, unwrapped |
//! | [`owner`] | to which namespace they belong here. No client |
//! | [`merge`] | a store's keys with those that are there. No client |
//! | [`vault`] | the keys of a cluster: all of them in clear, and written wrapped |
//! | [`salvage`] | what a native Secret with keys holds, as far as it reads. No client |
//! | [`intake`] | what bringing keys into a cluster would do, and does |
//! | [`namespaces`] | which there are, and those to be made |
//! | [`rights`] | whether all of it is allowed |
//! | [`progress`] | for a person who waits |

pub(super) mod args;
pub(super) mod clear_keys;
pub(super) mod entry;
pub(super) mod error;
pub(super) mod input;
pub(super) mod intake;
mod merge;
pub(super) mod namespaces;
pub(super) mod object;
pub(super) mod output;
mod owner;
pub(super) mod passphrase;
pub(super) mod progress;
pub(super) mod rights;
mod salvage;
pub(super) mod vault;

pub(super) use entry::Entry;
pub(super) use error::Error;

/// The content of a file with keys and resources.
pub(super) const BACKUP: &str = "backup";
/// The content of a file with keys alone.
pub(super) const KEYS: &str = "keys";
/// The content of a file with the secret half of a key for files.
pub(super) const SECRET_KEY: &str = "backup-key";

/// As in `3 Secrets`.
pub(super) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// What is said of a file that was written nevertheless.
pub(super) fn lacking(stores: usize) -> String {
    format!(
        "coffer: the file lacks keys of {}, named above, since they do not read here: keep older files that have them, and bring them back with `coffer keys import`",
        count(stores, "store")
    )
}
