//! `coffer crds`: the custom resource definitions, as YAML.

use std::io::Write as _;

/// Writes every definition as one document of a YAML stream.
pub fn run() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for crd in crate::api::custom_resource_definitions() {
        writeln!(out, "---\n{}", serde_yaml::to_string(&crd)?.trim_end())?;
    }
    Ok(())
}
