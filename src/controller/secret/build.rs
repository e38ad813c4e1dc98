//! Step three: what should be. No client.

use super::Found;
use crate::crypto::Fingerprinter;
use crate::policy::Problem;
use crate::policy::native::{self, Desired, copy, versions};
use crate::policy::values::Values;

/// What should be.
pub(super) struct Plan {
    /// The native Secret with its fingerprint; `None` without a target.
    pub(super) native: Option<(Desired, String)>,
    /// The copies in other namespaces, likewise, or what keeps one from being made.
    pub(super) copies: Vec<Result<(Desired, String), Problem>>,
    /// A keyed fingerprint of the values.
    pub(super) fingerprint: String,
    /// Whether Coffer itself sealed one of the values.
    pub(super) sealed_by_coffer: bool,
}

/// Renders the native Secrets.
pub(super) fn run(
    found: &Found,
    values: Values,
    fingerprinter: &Fingerprinter,
) -> Result<Plan, Problem> {
    // A rotation is one change: that the former value goes later is none.
    let mut parts = vec![found.uid().as_bytes()];
    for (key, value) in &values.by_key {
        parts.extend([key.as_bytes(), value.expose()]);
    }
    let fingerprint = fingerprinter.fingerprint("values", &parts);
    let sealed_by_coffer = values.sealed_by_coffer;
    let with_fingerprint = |desired: Desired| {
        let fingerprint = desired.fingerprint(fingerprinter, found.uid());
        (desired, fingerprint)
    };
    let content = native::content_of(&found.secret, values)?;
    let native = Desired::target(&found.secret, &content)?
        .map(|desired| versions::named(desired, fingerprinter))
        .map(with_fingerprint);
    let copies = found.copies.iter().map(|(namespace, types)| {
        let desired = copy::desired(&found.secret, &content, namespace, types, fingerprinter)?;
        Ok(with_fingerprint(desired))
    });
    Ok(Plan {
        native,
        copies: copies.collect(),
        fingerprint,
        sealed_by_coffer,
    })
}
