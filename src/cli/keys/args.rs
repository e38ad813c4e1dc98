//! The arguments of `coffer keys`, and the help that an administrator reads.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::store_name::StoreName;
use crate::api::Period;
use crate::cli::cluster::{Connection, PlaceArgs};
use crate::cli::output::Shown;

/// The keys of the stores, and the root keys that wrap them: for administrators
#[derive(Debug, Args)]
#[command(after_help = "No key is ever printed, wrapped or not.")]
pub(in crate::cli) struct KeysArgs {
    #[command(subcommand)]
    pub(super) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    List(ListArgs),
    Status(StatusArgs),
    Rotate(RotateArgs),
    Adopt(AdoptArgs),
    Shred(ShredArgs),
    Prune(PruneArgs),
    Export(super::exchange::ExportArgs),
    Import(super::exchange::ImportArgs),
}

/// Show the stores with their keys
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer keys list
  coffer keys list -n team-a -o json | jq -r '.stores[].keys[] | select(.state == \"Retired\") | .id'

Exit codes: 0 shown, 2 something is wrong.")]
pub(super) struct ListArgs {
    /// Stores of this namespace only; default: of all
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    /// A table, or data
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Shown,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Tell how the keys are: what wraps them, what still needs retired ones, what is wrong
///
/// Looks at every Secret, page by page.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer keys status
  coffer keys status -n team-a -o yaml

Exit codes: 0 all is well, 1 someone has to act, 2 something is wrong with the question.")]
pub(super) struct StatusArgs {
    /// Stores and Secrets of this namespace only; default: of all
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    /// A table, or data
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Shown,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Make new keys: of stores, or the root key
#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[command(subcommand)]
    pub(super) command: RotateCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RotateCommand {
    Store(RotateStoreArgs),
    Root(RotateRootArgs),
}

/// Ask the operator for new keys of stores
///
/// What Coffer sealed is sealed anew, in the background. What authors sealed stays as it is, and opens
/// with the retired keys: renew it in Git.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer keys rotate store team-a/payments --wait
  coffer keys rotate store --all -n team-a

Exit codes: 0 asked for (with --wait: done), 1 there is no such store, or it is not done yet, 2 something
is wrong.")]
pub(super) struct RotateStoreArgs {
    /// The stores
    #[arg(value_name = "NAMESPACE/STORE", required_unless_present = "all")]
    pub(super) stores: Vec<StoreName>,

    /// All stores; with --namespace, all of that namespace
    #[arg(long, conflicts_with = "stores")]
    pub(super) all: bool,

    /// The namespace for --all
    #[arg(short, long, requires = "all")]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) wait: WaitArgs,

    #[command(flatten)]
    pub(super) connection: Connection,
}

/// Add a new root key, which wraps from now on
///
/// The operator wraps all keys anew. Nothing else changes: no Secret, no native Secret.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer keys rotate root --wait

Copies of the keyring that were made before do not open what is wrapped from now on. Files of `coffer
backup` and `coffer keys export` need no keyring.

Exit codes: 0 added (with --wait: all is wrapped anew), 1 it is not done yet, 2 something is wrong and
nothing was added.")]
pub(super) struct RotateRootArgs {
    #[command(flatten)]
    pub(super) wait: WaitArgs,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Whether and how long to wait.
#[derive(Clone, Debug, Args)]
pub(super) struct WaitArgs {
    /// Wait until the operator has done it
    #[arg(long)]
    pub(super) wait: bool,

    /// How long: a number and d, h, m or s
    #[arg(long, default_value = "10m", value_parser = duration, requires = "wait")]
    pub(super) timeout: Duration,
}

/// Let a namespace that was made anew have the keys of the former one of its name
///
/// Whoever owns the namespace now can then have opened what was sealed for the former owner.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  coffer keys adopt team-a/payments

Exit codes: 0 it has them, 1 there are no such keys, or the answer was not yes, 2 something is wrong and
nothing was changed."
)]
pub(super) struct AdoptArgs {
    /// The store
    #[arg(value_name = "NAMESPACE/STORE")]
    pub(super) store: StoreName,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Destroy the keys of a store: what was sealed with them can never be opened again
///
/// Refused while the store is there, or a Secret needs one of the keys.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  coffer keys shred team-a/payments

An export, a backup, and etcd's own backups may still hold them.

Exit codes: 0 destroyed, 1 there are none, it is refused, or the name was not typed, 2 something is
wrong."
)]
pub(super) struct ShredArgs {
    /// The store
    #[arg(value_name = "NAMESPACE/STORE")]
    pub(super) store: StoreName,

    /// Even if the store is there (it has new keys then), or Secrets need them
    #[arg(long)]
    pub(super) force: bool,

    /// Do not ask for the name
    #[arg(long)]
    pub(super) yes: bool,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Remove retired keys that no Secret needs, and root keys that wrap nothing
///
/// Git may hold what a retired key sealed, and nobody can look there: so this asks before it removes the key of a
/// store. Authors' values are meant for Git: public keys are removed only with --public-keys.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(after_help = "Examples:
  coffer keys prune --all --dry-run
  coffer keys prune team-a/payments --public-keys
  coffer keys prune --all --yes

Exit codes: 0 done, 1 a retired key is needed and stays, there are no keys of such a store, or the answer was
not yes, 2 something is wrong.")]
pub(super) struct PruneArgs {
    /// The stores
    #[arg(value_name = "NAMESPACE/STORE", required_unless_present = "all")]
    pub(super) stores: Vec<StoreName>,

    /// All stores, and the root keys
    #[arg(long, conflicts_with = "stores")]
    pub(super) all: bool,

    /// Retired public keys, too
    #[arg(long)]
    pub(super) public_keys: bool,

    /// Only say what would be removed
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Do not ask before the keys of stores are removed
    #[arg(long)]
    pub(super) yes: bool,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let period = Period::from(text).to_duration();
    period.ok_or("write a whole number and d, h, m or s, as in 10m")
}
