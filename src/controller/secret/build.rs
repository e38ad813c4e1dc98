//! Step three: what should be. No client.

use super::Found;
use crate::crypto::Fingerprinter;
use crate::policy::Problem;
use crate::policy::native::Desired;
use crate::policy::values::Values;

/// What should be.
pub(super) struct Plan {
    /// The native Secret with its fingerprint; `None` without a target.
    pub(super) native: Option<(Desired, String)>,
    /// A keyed fingerprint of the values.
    pub(super) fingerprint: String,
    /// Whether Coffer itself sealed one of the values.
    pub(super) sealed_by_coffer: bool,
}

/// Renders the native Secret.
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
    let native = Desired::of(&found.secret, values)?.map(|desired| {
        let fingerprint = desired.fingerprint(fingerprinter, found.uid());
        (desired, fingerprint)
    });
    Ok(Plan {
        native,
        fingerprint,
        sealed_by_coffer,
    })
}
