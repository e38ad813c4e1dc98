//! What a restore has to be allowed.

use std::collections::BTreeSet;

use super::plan::{Plan, Step};
use crate::api::wellknown::GROUP;
use crate::cli::archive::rights::Right;

/// What is in a backup was filled in by the operator in part: that takes a right of its own.
pub(super) fn of(plan: &Plan, overwrite: bool) -> BTreeSet<Right<'_>> {
    let mut wanted = BTreeSet::new();
    for (kind, namespace, step) in plan.places() {
        let verbs: &[&str] = match step {
            Step::Create => &["create", "restore"],
            Step::Replace if overwrite => &["get", "update", "restore"],
            Step::Replace => &[],
        };
        let resource = match kind {
            "SecretStore" => "secretstores",
            _ => "secrets",
        };
        wanted.extend(verbs.iter().map(|verb| Right {
            verb,
            group: GROUP,
            resource,
            namespace: Some(namespace),
        }));
    }
    wanted
}
