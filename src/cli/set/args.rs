//! The arguments of `coffer set`, and the help that a person reads.

use clap::Args;

use crate::cli::cluster::Connection;
use crate::cli::values::{Assignment, ValueArgs};

/// Change single values of a Secret, sealed on this machine
///
/// The other keys stay as they are. If someone else changes the Secret at the same time, the change
/// is made again on top of theirs.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  pass stripe | coffer set stripe --from-file api-key=-
  coffer set stripe --from-file tls.key --unset old-key
  coffer set stripe mode=live       # a value that is typed stays in the shell's history

Where the Secret comes from Git, change it there: the tool that applies it puts it back. A note
tells of such a tool.

Exit codes: 0 changed, 1 there is no such Secret, 2 something is wrong and nothing was changed."
)]
pub(in crate::cli) struct SetArgs {
    /// The Secret's name
    pub(super) name: String,

    /// Values as they are typed. They stay in the shell's history and show in the list of processes:
    /// for what is secret take a file, or stdin
    #[arg(value_name = "KEY=VALUE")]
    pub(super) assignments: Vec<Assignment>,

    #[command(flatten)]
    pub(super) values: ValueArgs,

    /// Take a key away
    #[arg(long, value_name = "KEY")]
    pub(super) unset: Vec<String>,

    /// The namespace; default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) connection: Connection,

    /// Change nothing: seal, and let the API server judge it
    #[arg(long, value_name = "WHERE", value_parser = ["server"])]
    pub(super) dry_run: Option<String>,

    /// No summary on stderr
    #[arg(short, long)]
    pub(super) quiet: bool,
}
