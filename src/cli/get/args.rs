//! The arguments of `coffer get`, and the help that a person reads.

use clap::Args;

use crate::cli::cluster::Scope;
use crate::cli::output::Format;

/// Show Secrets: state, keys, who sealed them, where they are delivered
///
/// Values and envelopes are never shown, in no format.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer get                          # of the namespace of the context
  coffer get -A -o wide               # of all, with version, keys of the store and message
  coffer get stripe -n team-a -o yaml
  coffer get -A -o json | jq -r '.items[] | select(.state != \"active\") | .message'

Exit codes: 0 shown, 1 there is no Secret of this name, 2 something is wrong.")]
pub(in crate::cli) struct GetArgs {
    /// The Secret's name; default: all of them
    #[arg(conflicts_with = "all_namespaces")]
    pub(super) name: Option<String>,

    #[command(flatten)]
    pub(super) scope: Scope,

    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Format,
}
