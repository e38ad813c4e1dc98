//! The core, without cryptography: what is found in a manifest, and what a splice leaves alone.

mod any;
mod refusals;
mod styles;

use super::manifest::Manifest;

/// A value that no error may show, in the refusals and in the property.
const CANARY: &str = "hunter2-canary";

/// The text with every value replaced by `coffer.v1.<n>`, and the bytes of the values.
fn sealed(text: &str) -> Result<(String, Vec<Vec<u8>>), Vec<String>> {
    let said = |problem: &super::problem::Problem| problem.to_string();
    let manifest = Manifest::read(text).map_err(|all| all.iter().map(said).collect::<Vec<_>>())?;
    let mut values = Vec::new();
    let mut replacements = Vec::new();
    for (at, field) in manifest.fields().iter().enumerate() {
        values.push(
            manifest
                .bytes(field)
                .map_err(|problem| vec![said(&problem)])?
                .expose()
                .to_vec(),
        );
        replacements.push((field, format!("coffer.v1.{at}")));
    }
    let out = manifest
        .splice(&replacements)
        .map_err(|problem| vec![said(&problem)])?;
    Ok((out.to_string(), values))
}

/// A Secret whose `data` reads `data`, indented by two.
fn secret(data: &str) -> String {
    let head = "apiVersion: coffer.dev/v1alpha1\nkind: Secret\nmetadata: {name: stripe}\n";
    format!("{head}spec:\n  storeRef: {{name: payments}}\n  data:\n{data}")
}
