//! The two Go modules that pin the sources, and the linker flags that tell the programs their version.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::gomod::GoMod;
use crate::workspace;

/// A pinned Go module in `xtask/tools`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Module {
    Kubernetes,
    Helm,
}

impl Module {
    pub(super) const ALL: [Self; 2] = [Self::Kubernetes, Self::Helm];

    pub(super) fn directory(self) -> PathBuf {
        workspace::root().join("xtask/tools").join(match self {
            Self::Kubernetes => "kubernetes",
            Self::Helm => "helm",
        })
    }

    /// Roughly how long a first build takes, for people who wait for it.
    pub(super) const fn duration(self) -> &'static str {
        match self {
            Self::Kubernetes => "about 8 minutes",
            Self::Helm => "about 2 minutes",
        }
    }

    /// The value of `-ldflags`. Without the version in it, clients take the server for an unknown one.
    pub(super) fn linker_flags(self, go_mod: &GoMod) -> Result<String> {
        let variables = match self {
            Self::Kubernetes => kubernetes_version(go_mod.version("k8s.io/kubernetes")?)?,
            Self::Helm => {
                let version = go_mod.version("helm.sh/helm/v4")?;
                vec![format!(
                    "helm.sh/helm/v4/internal/version.version={version}"
                )]
            }
        };
        let variables = variables.iter().map(|variable| format!(" -X {variable}"));
        Ok(variables.fold(String::from("-s -w"), |flags, variable| flags + &variable))
    }
}

/// `component-base` has the version that the programs report, `client-go` that of their user agents.
fn kubernetes_version(version: &str) -> Result<Vec<String>> {
    let mut numbers = version.trim_start_matches('v').split('.');
    let major = numbers
        .next()
        .context("the version of k8s.io/kubernetes is empty")?;
    let minor = numbers
        .next()
        .context("the version of k8s.io/kubernetes has no minor number")?;
    Ok([
        "k8s.io/component-base/version",
        "k8s.io/client-go/pkg/version",
    ]
    .iter()
    .flat_map(|package| {
        [
            format!("{package}.gitVersion={version}"),
            format!("{package}.gitMajor={major}"),
            format!("{package}.gitMinor={minor}"),
            // The module proxy serves the tag as it is; the commit is not in go.mod.
            format!("{package}.gitTreeState=clean"),
            format!("{package}.gitCommit=unknown"),
        ]
    })
    .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_kubernetes_comes_from_the_module() {
        let go_mod = GoMod::parse("go 1.26.0\nrequire k8s.io/kubernetes v1.36.3\n").unwrap();
        let flags = Module::Kubernetes.linker_flags(&go_mod).unwrap();
        for flag in [
            "version.gitVersion=v1.36.3 ",
            "version.gitMajor=1 ",
            "version.gitMinor=36 ",
        ] {
            assert!(
                flags.contains(&format!(" -X k8s.io/component-base/{flag}")),
                "{flags}"
            );
        }
    }

    #[test]
    fn the_pinned_modules_are_understood() {
        for module in Module::ALL {
            let text = std::fs::read_to_string(module.directory().join("go.mod")).unwrap();
            module.linker_flags(&GoMod::parse(&text).unwrap()).unwrap();
        }
    }

    #[test]
    fn a_module_without_kubernetes_is_refused() {
        let go_mod = GoMod::parse("go 1.26.0\n").unwrap();
        assert!(Module::Kubernetes.linker_flags(&go_mod).is_err());
    }
}
