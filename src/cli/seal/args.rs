//! The arguments of `coffer seal`, and the help that a person reads.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::crypto::BindingKind;

/// Seal the values of Secret manifests, so that they can go into Git
///
/// Finds every `Secret` of coffer.dev in the manifests and replaces each `spec.data.<key>.value`
/// by an envelope that only the cluster can open. Nothing else changes: comments, layout and other
/// documents stay byte for byte. What is sealed already is left alone, so the command can be
/// repeated. No message ever shows a value.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  coffer seal secret.yaml > sealed.yaml        # key from the cluster of the current context
  coffer seal -i deploy/*.yaml                 # rewrite the files; all of them or none
  helm template chart | coffer seal -n team-a | kubectl apply -f -
  coffer seal --check deploy/*.yaml            # in CI: exit code 1 if a value is in clear

  # without access to the cluster: keep the store's public key next to the manifests
  kubectl get secretstore payments -n team-a -o yaml > payments.key.yaml
  coffer seal -i --sealing-key payments.key.yaml secret.yaml

Exit codes: 0 done, 1 `--check` found a value in clear, 2 something is wrong and nothing was written."
)]
pub(in crate::cli) struct SealArgs {
    #[command(subcommand)]
    pub(super) command: Option<SealCommand>,

    /// Manifests, YAML or JSON; none or `-` reads stdin. A file called `value` goes as `./value`
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// Rewrite the files instead of printing to stdout; needed for more than one file
    #[arg(short, long, conflicts_with = "check")]
    pub(super) in_place: bool,

    /// Change nothing; print the place of each value in clear and exit with 1 if there is one
    #[arg(long)]
    pub(super) check: bool,

    /// Namespace of manifests that name none; default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    #[command(flatten)]
    pub(super) key: KeyArgs,

    /// No summary on stderr
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SealCommand {
    Value(ValueArgs),
}

/// Seal one value from stdin and print its envelope
///
/// All bytes are sealed, a line break at the end included (with a warning): use `printf %s` rather
/// than `echo`, or --trim-newline.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  printf %s \"$TOKEN\" | coffer seal value -n team-a --store payments --name stripe --key token
  coffer seal value -n team-a --store payments --name stripe --key tls.key < tls.key
  pass stripe | coffer seal value --trim-newline -n team-a --store payments --binding store")]
pub(super) struct ValueArgs {
    /// Namespace of the Secret; default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(super) namespace: Option<String>,

    /// The SecretStore, as in `spec.storeRef.name`
    #[arg(long)]
    pub(super) store: String,

    /// The Secret, as in `metadata.name`; not needed with `--binding store`
    #[arg(long, value_name = "OBJECT", required_unless_present = "binding")]
    pub(super) name: Option<String>,

    /// The key below `spec.data`; not needed with `--binding store`
    #[arg(long, required_unless_present = "binding")]
    pub(super) key: Option<String>,

    /// Leave out one line break at the end (LF or CRLF)
    #[arg(long)]
    pub(super) trim_newline: bool,

    #[command(flatten)]
    pub(super) source: KeyArgs,

    /// No warning on stderr
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// Where the sealing key comes from, and what an envelope is bound to.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyArgs {
    /// A SecretStore as `kubectl get secretstore … -o yaml` prints it; no cluster is asked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kubeconfig", "context"])]
    pub(in crate::cli) sealing_key: Option<PathBuf>,

    /// The kubeconfig; default: $KUBECONFIG, ~/.kube/config, or the pod's service account
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig; default: its current one
    #[arg(long)]
    pub(in crate::cli) context: Option<String>,

    /// What an envelope fits: one key of one Secret (strict, the default), or all Secrets of the
    /// store (store), which the store has to allow
    #[arg(long, value_enum)]
    binding: Option<Binding>,
}

impl KeyArgs {
    pub(in crate::cli) fn binding(&self) -> BindingKind {
        match self.binding {
            Some(Binding::Store) => BindingKind::Store,
            Some(Binding::Strict) | None => BindingKind::Strict,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Binding {
    Strict,
    Store,
}
