//! The arguments of `coffer tree`, and the help that a person reads.

use clap::Args;

use crate::cli::cluster::Scope;
use crate::cli::output::Shown;

/// Show what belongs together: stores, their Secrets, the native Secrets made of them, and who has them
///
/// Below each scope of a Secret stand the service accounts that have it by that, where you may list them.
///
/// What is not well is marked, with the reason and the remedy.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer tree                    # all stores of the namespace of the context
  coffer tree payments -n team-a
  coffer tree -A -o json

Exit codes: 0 shown, 1 there is no store of this name, 2 something is wrong.")]
pub(in crate::cli) struct TreeArgs {
    /// The SecretStore's name; default: all of them
    #[arg(conflicts_with = "all_namespaces")]
    pub(super) store: Option<String>,

    #[command(flatten)]
    pub(super) scope: Scope,

    /// A drawing, or data
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Shown,
}
