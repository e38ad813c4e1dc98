//! How to reach the cluster and which part of it is meant, by the names that kubectl uses.

use std::path::PathBuf;

use clap::Args;

/// How to reach the cluster.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct Connection {
    /// The kubeconfig; default: $KUBECONFIG, ~/.kube/config, or the pod's service account
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig; default: its current one
    #[arg(long)]
    pub(in crate::cli) context: Option<String>,
}

/// What a command that shows objects looks at.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct Scope {
    /// The namespace; default: that of the kubeconfig's context
    #[arg(short, long)]
    pub(in crate::cli) namespace: Option<String>,

    /// Every namespace
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(in crate::cli) all_namespaces: bool,

    #[command(flatten)]
    pub(in crate::cli) connection: Connection,
}

/// Where the keys are.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct PlaceArgs {
    /// The operator's namespace, which holds the keys
    #[arg(
        long,
        env = "COFFER_NAMESPACE",
        default_value = "coffer-system",
        value_name = "NAMESPACE"
    )]
    pub(in crate::cli) operator_namespace: String,

    #[command(flatten)]
    pub(in crate::cli) connection: Connection,
}
