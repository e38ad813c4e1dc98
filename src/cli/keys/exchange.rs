//! The arguments of `coffer keys export` and `coffer keys import`, and the help that an administrator reads.

use std::path::PathBuf;

use clap::Args;

use super::store_name::StoreName;
use crate::cli::archive::args::{LockArgs, UnlockArgs};
use crate::cli::archive::intake::IntakeArgs;
use crate::cli::cluster::PlaceArgs;

/// Keep the keys in a sealed file
///
/// With it and the sealed manifests in Git, all that authors sealed can be delivered again elsewhere. For what
/// Coffer sealed or generated itself, `coffer backup` keeps the resources too.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  coffer keys export --output keys-$(date +%F).sealed
  coffer keys export team-a/payments --recipient backup.key.pub --output payments.sealed

Exit codes: 0 kept, 1 kept without some keys, which do not read and are named, 2 something is wrong and
there is no file."
)]
pub(super) struct ExportArgs {
    /// The keys of these stores only; default: of all, and those of the operator itself
    #[arg(value_name = "NAMESPACE/STORE")]
    pub(super) stores: Vec<StoreName>,

    /// The file to write, for its owner alone; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,

    /// Write over a file that is there
    #[arg(long)]
    pub(super) force: bool,

    #[command(flatten)]
    pub(super) lock: LockArgs,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Bring the keys of a sealed file into a cluster
///
/// Takes a file of `keys export` or of `backup`. Keys are added to those that are there, which stay. They then
/// belong to the namespaces of this cluster: whoever owns those can have opened what was sealed for the
/// namespaces of the same name that the keys come from.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  coffer keys import keys-2026-11-24.sealed --dry-run
  coffer keys import nightly.backup --key backup.key --create-namespaces

Exit codes: 0 all keys are there, 1 the answer was not yes and nothing was written, 2 something is wrong;
before the first write nothing is changed."
)]
pub(super) struct ImportArgs {
    /// The file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// The keys of these stores only; default: all that are in the file
    #[arg(value_name = "NAMESPACE/STORE")]
    pub(super) stores: Vec<StoreName>,

    /// Change nothing: say what would be done
    #[arg(long)]
    pub(super) dry_run: bool,

    #[command(flatten)]
    pub(super) intake: IntakeArgs,

    #[command(flatten)]
    pub(super) unlock: UnlockArgs,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}
