//! The arguments of `coffer verify`, and the help that a person reads.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::cluster::Connection;

/// Check manifests before they are applied: would they be admitted?
///
/// Looks at every object of coffer.dev in the files: fields that are misspelt or of the wrong type,
/// names and limits, the rules of the definitions, values in clear, envelopes that are broken or whose
/// key the store does not have. Needs no cluster. Whether an envelope opens where it stands only the
/// cluster can tell, and it does so in the Secret's status. No message ever shows a value.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer verify deploy/*.yaml                        # in CI, without a cluster
  coffer verify --store payments.yaml deploy/*.yaml  # key ids as well
  coffer verify --server deploy/*.yaml               # the API server judges, too
  helm template chart | coffer verify -n team-a -

Exit codes: 0 all would be admitted, 1 something would be refused, 2 something could not be
read or checked.")]
pub(in crate::cli) struct VerifyArgs {
    /// Manifests, YAML or JSON; none or `-` reads stdin
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// A SecretStore as `kubectl get secretstore … -o yaml` prints it: the keys that envelopes may have
    /// been sealed with
    #[arg(long, value_name = "FILE")]
    pub(super) store: Vec<PathBuf>,

    /// Ask the cluster for the stores, and let the API server judge each object in a dry run. What
    /// holds a value in clear is not sent
    #[arg(long)]
    pub(super) server: bool,

    /// Do not mind values in clear: they are sealed when they are applied
    #[arg(long)]
    pub(super) allow_plaintext: bool,

    /// Namespace of manifests that name none; with --server the default is that of the context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) connection: Connection,

    /// Print what was found as data
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Form,

    /// No summary on stderr
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// Place and problem, one a line; `table` is the same
    #[default]
    #[value(alias = "table")]
    Text,
    /// JSON
    Json,
    /// YAML
    Yaml,
}
