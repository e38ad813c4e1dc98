//! The arguments of `coffer backup`, and the help that an administrator reads.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::archive::args::LockArgs;
use crate::cli::cluster::PlaceArgs;
use crate::crypto::Suite;

/// Keep all keys and resources of Coffer in one sealed file
///
/// The file has what a new cluster needs to be as this one: the keys of all stores, and all stores and
/// Secrets with their generated values and identifiers. What Coffer delivers is not in it: the operator makes
/// it anew. Nothing reaches the disk before it is sealed.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "Examples:
  coffer backup --output coffer-$(date +%F).backup                 # asks for a passphrase
  coffer backup keygen --output backup.key                         # once; keep backup.key elsewhere
  coffer backup --recipient backup.key.pub --output nightly.backup # what runs this cannot read it
  coffer backup --recipient backup.key.pub --output - | aws s3 cp - s3://…

Exit codes: 0 kept, 1 kept without some keys, which do not read and are named, 2 something is wrong and
there is no file."
)]
pub(in crate::cli) struct BackupArgs {
    #[command(subcommand)]
    pub(super) command: Option<BackupCommand>,

    /// The file to write, for its owner alone; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Write over a file that is there
    #[arg(long)]
    pub(super) force: bool,

    #[command(flatten)]
    pub(super) lock: LockArgs,

    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    Keygen(KeygenArgs),
}

/// Make a key pair to seal backups to
///
/// What has only the public half writes backups and reads none. Keep the secret half where the cluster is not:
/// whoever has it and a backup has everything.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer backup keygen --output backup.key               # and backup.key.pub
  coffer backup keygen --output backup.key --passphrase  # sealed to a passphrase as well

Exit codes: 0 made, 2 something is wrong.")]
pub(super) struct KeygenArgs {
    /// The file for the secret half; the public half goes beside it, as FILE.pub
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,

    /// Seal the secret half to a passphrase, which is asked for twice
    #[arg(long)]
    pub(super) passphrase: bool,

    /// The same, with the passphrase in this file (`-`: stdin)
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase")]
    pub(super) passphrase_file: Option<PathBuf>,

    /// Safe against quantum computers (default), or small
    #[arg(long, value_enum, default_value_t = PairSuite::Xwing)]
    pub(super) suite: PairSuite,
}

/// What a pair is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PairSuite {
    /// ML-KEM-768 with X25519
    Xwing,
    /// X25519
    X25519,
}

impl PairSuite {
    pub(super) fn suite(self) -> Suite {
        match self {
            Self::Xwing => Suite::XWing,
            Self::X25519 => Suite::X25519,
        }
    }
}
