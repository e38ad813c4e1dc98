//! The arguments of `coffer import`, and the help that a person reads.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::cluster::Connection;
use crate::cli::seal::args::KeyArgs;

/// Make sealed Coffer manifests of the secrets that you have
#[derive(Debug, Args)]
#[command(
    after_help = "No value is ever printed in clear: what comes out can go into Git.

Exit codes: 0 everything was imported, 1 something was skipped (stderr says what and why), 2 something
is wrong and nothing was written."
)]
pub(in crate::cli) struct ImportArgs {
    #[command(subcommand)]
    pub(super) command: ImportCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    Secret(SecretArgs),
    Env(EnvArgs),
    SealedSecret(SealedSecretArgs),
    TakeOver(TakeOverArgs),
}

/// Native Secrets, from the cluster or from manifests
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  coffer import secret stripe paypal -n team-a --store payments > payments.yaml
  coffer import secret --all -n team-a --store default --output-dir secrets/
  coffer import secret --selector app=shop -n team-a --store payments
  helm template chart | coffer import secret --file - -n team-a --store payments")]
pub(super) struct SecretArgs {
    /// Names of native Secrets; with --file, only these of the manifests
    #[arg(value_name = "NAME")]
    pub(super) names: Vec<String>,

    /// Those that this label selector matches
    #[arg(short = 'l', long, conflicts_with_all = ["names", "file"])]
    pub(super) selector: Option<String>,

    /// All of the namespace
    #[arg(long, conflicts_with_all = ["names", "selector", "file"])]
    pub(super) all: bool,

    /// Read manifests, YAML or JSON, instead of the cluster; `-` reads stdin
    #[arg(short, long, value_name = "FILE", num_args = 1..)]
    pub(super) file: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) to: ToArgs,
}

/// A `.env` file, as one Secret
///
/// Lines read `KEY=value`, after an optional `export`. Where the tools that read such files disagree,
/// the line is refused and named, so that nothing changes its meaning silently: see docs/import.md.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  coffer import env .env -n team-a --name shop --store payments > shop.yaml")]
pub(super) struct EnvArgs {
    /// The files; `-` reads stdin
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// Name of the Secret
    #[arg(long)]
    pub(super) name: String,

    #[command(flatten)]
    pub(super) to: ToArgs,
}

/// `SealedSecret` manifests of Sealed Secrets, whose private key you have
///
/// The key stays on this machine, and is used for nothing but opening the manifests. Nothing is asked
/// of the Sealed Secrets controller.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml > keys.yaml
  coffer import sealed-secret k8s/*.yaml --private-key keys.yaml --store payments --output-dir coffer/
  rm keys.yaml")]
pub(super) struct SealedSecretArgs {
    /// Manifests, YAML or JSON; `-` reads stdin
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// Private keys: PEM (PKCS#1 or PKCS#8), or the Secrets of the controller as kubectl prints them
    #[arg(long, value_name = "FILE", required = true)]
    pub(super) private_key: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) to: ToArgs,
}

/// Hand existing native Secrets over to the Coffer Secrets that were imported from them
///
/// For each native Secret, in one write that takes effect on nothing but what was looked at: takes away
/// the owner reference of the tool that made it, so that deleting that tool's object deletes nothing,
/// and gives the consent that Coffer asks for. Then waits until Coffer has taken it over, compares the
/// content with what was there before, and says how to delete the old object. Deletes nothing itself.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  kubectl apply -f stripe.yaml                        # the imported manifest; Coffer waits: TargetConflict
  coffer import take-over stripe -n team-a
  kubectl delete sealedsecret stripe -n team-a        # as it then says

Exit codes: 0 everything was taken over, 1 something was not (stderr says why), 2 something is
wrong.")]
pub(super) struct TakeOverArgs {
    /// Names of native Secrets
    #[arg(value_name = "NAME", required = true)]
    pub(super) names: Vec<String>,

    /// Their namespace; default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) connection: Connection,

    /// Take away owner references of this kind too, as in `Certificate.cert-manager.io`; those of
    /// `SealedSecret.bitnami.com` and `ExternalSecret.external-secrets.io` always go
    #[arg(long, value_name = "KIND.GROUP")]
    pub(super) from: Vec<String>,

    /// Only say what would be done
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What the manifests are made for, and where they go.
#[derive(Debug, Args)]
pub(super) struct ToArgs {
    /// The SecretStore that the values are sealed for
    #[arg(long)]
    pub(super) store: String,

    /// The namespace; for manifests, of those that name none. Default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    /// Write DIR/NAMESPACE/NAME.yaml instead of printing to stdout
    #[arg(short, long, value_name = "DIR")]
    pub(super) output_dir: Option<PathBuf>,

    /// Overwrite files that exist
    #[arg(long, requires = "output_dir")]
    pub(super) force: bool,

    #[command(flatten)]
    pub(super) key: KeyArgs,

    /// No summary and no notes on stderr; what is skipped is still said
    #[arg(short, long)]
    pub(super) quiet: bool,
}
