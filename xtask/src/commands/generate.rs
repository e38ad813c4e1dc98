//! `cargo xtask generate`: the files that are made from others, so that they cannot disagree.
//!
//! src/api → `crds/`, `charts/coffer/templates/crds/`; the chart → `deploy/coffer.yaml`; src/facade →
//! `docs/facade/openapi.json`.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, ensure};
use coffer::cli::crds::{HEADER, Manifest, manifests};

use crate::{
    interrupt::Interrupt,
    tools::{self, Tool},
    workspace,
};

/// Where the plain manifest is.
const DEPLOY: &str = "deploy/coffer.yaml";

/// Where the document of the REST interfaces is.
const OPENAPI: &str = "docs/facade/openapi.json";

/// What a reader of the plain manifest has to know, after the header.
const DEPLOY_NOTE: &str = "\
# The chart charts/coffer with its default values, for the namespace coffer-system. Set the image to
# the one in your registry, then:
#   kubectl apply --server-side -f deploy/coffer.yaml
# To remove the operator, delete its Deployment. `kubectl delete -f` with this file would also remove
# the keys (with the namespace) and every SecretStore and Secret (with the definitions).
";

/// The arguments of `cargo xtask generate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Change nothing; fail when a file is not as it would be generated.
    #[arg(long)]
    check: bool,
}

/// Writes every generated file, or checks that each is as it would be written.
pub async fn run(arguments: Arguments, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let Some(tools) = interrupt.unless(tools::provide(&[Tool::Helm])).await else {
        return Ok(Interrupt::exit_code());
    };
    let root = workspace::root();
    generate(&arguments, root, tools?.path(Tool::Helm)?)?;
    Ok(ExitCode::SUCCESS)
}

fn generate(arguments: &Arguments, root: &Path, helm: &Path) -> Result<()> {
    let mut stale = Vec::new();
    for crd in manifests()? {
        let name = &crd.name;
        emit(
            root,
            format!("crds/{name}.yaml"),
            &crd.file(),
            arguments,
            &mut stale,
        )?;
        let template = format!("charts/coffer/templates/crds/{name}.yaml");
        emit(
            root,
            template,
            &chart_template(&crd)?,
            arguments,
            &mut stale,
        )?;
    }
    let openapi = serde_json::to_string_pretty(&coffer::facade::document())?;
    emit(
        root,
        OPENAPI.into(),
        &format!("{openapi}\n"),
        arguments,
        &mut stale,
    )?;
    // After the chart's own files, from which it is rendered.
    let deploy = format!("{HEADER}\n{DEPLOY_NOTE}{}", rendered_chart(root, helm)?);
    emit(root, DEPLOY.into(), &deploy, arguments, &mut stale)?;

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
    arguments: &Arguments,
    stale: &mut Vec<String>,
) -> Result<()> {
    let path = root.join(&file);
    if fs::read_to_string(&path).is_ok_and(|current| current == content) {
        return Ok(());
    }
    if arguments.check {
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
fn chart_template(crd: &Manifest) -> Result<String> {
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
fn rendered_chart(root: &Path, helm: &Path) -> Result<String> {
    let rendered = Command::new(helm)
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
