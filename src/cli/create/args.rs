//! The arguments of `coffer create`, and the help that a person reads.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::output::Shown;
use crate::cli::seal::args::KeyArgs;
use crate::cli::values::ValueArgs;

/// Create a Secret, its values sealed on this machine
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(in crate::cli) struct CreateArgs {
    #[command(subcommand)]
    pub(super) command: CreateCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CreateCommand {
    Secret(Box<SecretArgs>),
}

/// Create a Secret, its values sealed on this machine
///
/// The values are sealed with the public key of the store before anything is sent: nothing leaves
/// this process in clear. The Secret is delivered to a native Secret of the same name, unless
/// --target names another or --no-target keeps it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer create secret stripe --store payments --from-file api-key=key.txt
  coffer create secret web --store payments --from-env-file .env --target web-env
  pass stripe | coffer create secret stripe --store payments --from-file api-key=-

  # for Git: sealed, and printed instead of created
  coffer create secret tls --store payments --type kubernetes.io/tls \\
    --from-file tls.crt --from-file tls.key --dry-run=client -o yaml > tls.yaml
  # the same without a cluster: with the store's public key in a file
  coffer create secret tls -n team-a --store payments --sealing-key payments.yaml \\
    --from-file tls.crt --from-file tls.key --dry-run=client -o yaml > tls.yaml

Exit codes: 0 created, 1 there is a Secret of this name already, 2 something is wrong and nothing
was created.")]
pub(super) struct SecretArgs {
    /// The Secret's name
    pub(super) name: String,

    /// The SecretStore that the values belong to
    #[arg(long)]
    pub(super) store: String,

    #[command(flatten)]
    pub(super) values: ValueArgs,

    /// A remark for people; not a place for a secret
    #[arg(long)]
    pub(super) comment: Option<String>,

    /// Name of the native Secret to deliver to; default: the Secret's name
    #[arg(long, value_name = "NAME")]
    pub(super) target: Option<String>,

    /// Type of the native Secret; default: Opaque
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) type_: Option<String>,

    /// Keep the values and deliver them nowhere
    #[arg(long, conflicts_with_all = ["target", "type_"])]
    pub(super) no_target: bool,

    /// The namespace; default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) key: KeyArgs,

    /// Create nothing: seal and print (client), or let the API server judge it as well (server)
    #[arg(long, value_enum, value_name = "WHERE")]
    pub(super) dry_run: Option<DryRun>,

    /// Say what was created, or print the object
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Shown,

    /// No summary on stderr
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DryRun {
    /// Nothing is sent but the question for the store's public key
    Client,
    /// The sealed object is sent, judged, and not kept
    Server,
}
