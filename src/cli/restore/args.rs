//! The arguments of `coffer restore`, and the help that an administrator reads.

use std::path::PathBuf;

use clap::Args;

use crate::cli::archive::args::UnlockArgs;
use crate::cli::archive::intake::IntakeArgs;
use crate::cli::cluster::PlaceArgs;

/// Bring a backup into a cluster
///
/// Keys first, then stores, then Secrets; the operator delivers them. Generated values and identifiers
/// are those of the backup. What is there already and the same is left alone, so it can be repeated; what is
/// there and differs is refused, before anything is written.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  coffer restore nightly.backup --key backup.key --create-namespaces --dry-run
  coffer restore nightly.backup --key backup.key --create-namespaces

Needs, besides the rights to create what is in the file, the verb `restore` on secrets.coffer.dev and
secretstores.coffer.dev: generated values and identifiers are otherwise the operator's to write.

Exit codes: 0 restored, 1 something there differs, or the answer was not yes, and nothing was written, 2
something is wrong, or was left out."
)]
pub(in crate::cli) struct RestoreArgs {
    /// The file of `coffer backup`
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// Make what is there and differs as it is in the backup
    #[arg(long)]
    pub(super) overwrite: bool,

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
