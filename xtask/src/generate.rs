//! `cargo xtask generate`: the files that are made from others, so that they cannot disagree.
//!
//! src/api → `crds/`, `charts/coffer/templates/crds/`; the chart → `deploy/coffer.yaml`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use coffer::cli::crds::{HEADER, Manifest, manifests};

/// Where the plain manifest is.
const DEPLOY: &str = "deploy/coffer.yaml";

/// What a reader of the plain manifest has to know, after the header.
const DEPLOY_NOTE: &str = "\
# The chart charts/coffer with its default values, for the namespace coffer-system. Set the image to
# the one in your registry, then:
#   kubectl apply --server-side -f deploy/coffer.yaml
# To remove the operator, delete its Deployment. `kubectl delete -f` with this file would also remove
# the keys (with the namespace) and every SecretStore and Secret (with the definitions).
";

/// The files that are generated, and what for.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Change nothing; fail when a file is not as it would be generated
    #[arg(long)]
    check: bool,
}

/// Writes every generated file, or checks that each is as it would be written.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask is a folder of the workspace")?;
    let mut stale = Vec::new();
    for crd in manifests()? {
        let name = &crd.name;
        emit(
            root,
            format!("crds/{name}.yaml"),
            &crd.file(),
            options,
            &mut stale,
        )?;
        let template = format!("charts/coffer/templates/crds/{name}.yaml");
        emit(root, template, &chart_template(&crd)?, options, &mut stale)?;
    }
    // After the chart's own files, from which it is rendered.
    let deploy = format!("{HEADER}\n{DEPLOY_NOTE}{}", rendered_chart(root)?);
    emit(root, DEPLOY.into(), &deploy, options, &mut stale)?;

    ensure!(
        stale.is_empty(),
        "not as generated: {}: run `cargo xtask generate`",
        stale.join(", ")
    );
    Ok(())
}

/// Writes a file when its content changes; with `--check` only notes that it would.
fn emit(
    root: &Path,
    file: String,
    content: &str,
    options: &Options,
    stale: &mut Vec<String>,
) -> anyhow::Result<()> {
    let path = root.join(&file);
    if fs::read_to_string(&path).is_ok_and(|current| current == content) {
        return Ok(());
    }
    if options.check {
        stale.push(file);
        return Ok(());
    }
    let folder = path.parent().context("a generated file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(&path, content).with_context(|| format!("cannot write {file}"))?;
    println!("wrote {file}");
    Ok(())
}

/// A definition as a template of the chart.
fn chart_template(crd: &Manifest) -> anyhow::Result<String> {
    // Descriptions may show templates: Helm must print their braces, not run them.
    let escaped = crd.yaml.replace("{{", r#"{{ "{{" }}"#);
    let name = format!("metadata:\n  name: {}\n", crd.name);
    ensure!(
        escaped.matches(&name).count() == 1,
        "{} has more metadata than a name",
        crd.name
    );
    let kept = format!(
        "metadata:\n  \
           name: {}\n  \
           annotations:\n    \
             # Removing the definition would remove every object of the kind.\n    \
             helm.sh/resource-policy: keep\n  \
           labels:\n    \
             {{{{- include \"coffer.labels\" . | nindent 4 }}}}\n",
        crd.name
    );
    let definition = escaped.replacen(&name, &kept, 1);
    Ok(format!(
        "{HEADER}\n{{{{- if .Values.crds.install }}}}\n{definition}{{{{- end }}}}\n"
    ))
}

/// The chart as plain manifests, rendered for the oldest Kubernetes that it supports.
fn rendered_chart(root: &Path) -> anyhow::Result<String> {
    let rendered = Command::new(helm()?)
        .args([
            "template",
            "coffer",
            "charts/coffer",
            "--namespace",
            "coffer-system",
        ])
        .args(["--set", "namespace.create=true", "--kube-version", "1.33.0"])
        .current_dir(root)
        .output()
        .context("cannot run helm")?;
    ensure!(
        rendered.status.success(),
        "helm template failed: {}",
        String::from_utf8_lossy(&rendered.stderr).trim()
    );
    let text = String::from_utf8(rendered.stdout).context("helm printed no UTF-8")?;
    // Helm puts a blank line after some templates, and none after others.
    Ok(format!(
        "{}\n",
        text.replace("\n\n---\n", "\n---\n").trim_end()
    ))
}

/// The helm to render with.
fn helm() -> anyhow::Result<PathBuf> {
    env::var_os("COFFER_HELM")
        .map(PathBuf::from)
        .context("COFFER_HELM is not set: give it the path of helm")
}
