//! The arguments of `coffer reseal`, and the help that a person reads.

use std::path::PathBuf;

use clap::Args;

use crate::cli::cluster::Connection;

/// Seal the values of manifests again with the store's active keys, after a rotation
///
/// The files are rewritten in place: all of them or none; what comes from stdin goes to stdout. Only envelopes
/// of retired keys change; comments, layout and everything else stay byte for byte. The operator opens and seals, in a dry run of the API
/// server that stores nothing; no value leaves it in clear. A plaintext value is refused: `coffer seal`
/// seals it.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  coffer reseal deploy/*.yaml
  git show main:secret.yaml | coffer reseal - > secret.yaml
  coffer reseal --check deploy/*.yaml                         # in CI: exit code 1 for a retired key
  coffer reseal --check --store payments.yaml deploy/*.yaml   # the same without a cluster

Needs the rights to get, create and update secrets.coffer.dev in the namespace; --check needs to get
secretstores.coffer.dev.

Exit codes: 0 done, 1 `--check` found a value to renew, 2 something is wrong and nothing was written."
)]
pub(in crate::cli) struct ResealArgs {
    /// Manifests, YAML or JSON; `-` reads one from stdin and prints it to stdout
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// Change nothing; print the place of each value of a retired key and exit with 1 if there is one
    #[arg(long)]
    pub(super) check: bool,

    /// For --check: a SecretStore as `kubectl get secretstore … -o yaml` prints it, in place of the cluster
    #[arg(long, value_name = "FILE", requires = "check", conflicts_with_all = ["kubeconfig", "context"])]
    pub(super) store: Vec<PathBuf>,

    /// Namespace of manifests that name none; default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) connection: Connection,

    /// No summary on stderr
    #[arg(short, long)]
    pub(super) quiet: bool,
}
