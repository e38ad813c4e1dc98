//! Applies the objects that are there before anything else.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{kubectl, layout::Layout};

/// Applies a list by server-side apply, and waits until its custom resource definitions are served.
pub(super) async fn run(layout: &Layout, objects: &Value) -> Result<()> {
    let file = layout.objects();
    fs::write(&file, serde_json::to_vec(objects)?).context("cannot write the objects")?;
    let file = file
        .to_str()
        .context("the temporary folder's path is not UTF-8")?;
    kubectl::run(
        layout,
        [
            "apply",
            "--server-side",
            "--force-conflicts",
            "--filename",
            file,
        ],
    )
    .await
    .context("cannot apply the objects")?;

    let definitions: Vec<String> = names_of_definitions(objects);
    if !definitions.is_empty() {
        let wait = ["wait", "--for=condition=Established", "--timeout=30s"].map(str::to_owned);
        kubectl::run(layout, wait.into_iter().chain(definitions))
            .await
            .context("a custom resource definition is not served")?;
    }
    Ok(())
}

fn names_of_definitions(objects: &Value) -> Vec<String> {
    let items = objects["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter(|item| item["kind"] == "CustomResourceDefinition")
        .filter_map(|item| item["metadata"]["name"].as_str())
        .map(|name| format!("customresourcedefinition/{name}"))
        .collect()
}
