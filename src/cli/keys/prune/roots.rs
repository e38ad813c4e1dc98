//! The root keys that wrap nothing go, save the active one.
//!
//! A replica that has not heard of the new root yet could wrap with an old one between the look and the
//! removal. So it is looked again afterwards, and what is needed after all is put back.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1 as core;

use crate::api::wellknown::KEYRING_NAME;
use crate::cli::cluster::Error;
use crate::cli::keys::args::PruneArgs;
use crate::cli::keys::custody::Custody;
use crate::cli::keys::record::Stored;
use crate::cli::keys::roots::{self, Roots};
use crate::cli::output;

/// Whether all that is there could be looked at.
pub(super) fn prune(custody: &Custody<'_>, args: &PruneArgs) -> anyhow::Result<bool> {
    let name = format!("{}/{KEYRING_NAME}", args.place.operator_namespace);
    let keyring = custody.keyring();
    let keyring = keyring.with_context(|| format!("cannot read the keyring {name}"))?;
    let Some(keyring) = keyring else {
        eprintln!("coffer: there is no keyring {name}; is it the --operator-namespace?");
        return Ok(false);
    };
    let roots = Roots::of(&keyring)
        .with_context(|| format!("the keyring {name} is damaged: restore it from a backup"))?;
    let records = custody.records().context("cannot read the stores' keys")?;
    if records.iter().any(|stored| stored.record().is_none()) {
        eprintln!(
            "coffer: all root keys stay: a store's keys do not read, so nobody can tell what wraps them"
        );
        return Ok(false);
    }
    let idle = idle(&roots, &records);
    if idle.is_empty() {
        return Ok(true);
    }
    if !args.dry_run {
        remove(custody, &name, &keyring, &idle)?;
    }
    let how = if args.dry_run {
        "would be removed"
    } else {
        "removed"
    };
    let line = |number: &u32| format!("{name}: {} {how}", roots::name(*number));
    output::print(&output::lines(idle.iter().map(line)))?;
    Ok(true)
}

/// The roots that wrap nothing.
fn idle(roots: &Roots, records: &[Stored]) -> BTreeSet<u32> {
    let wraps = roots.wraps(records);
    let is_idle = |number: &u32| *number != roots.active() && wraps[number] == 0;
    roots.numbers().into_iter().filter(is_idle).collect()
}

fn remove(
    custody: &Custody<'_>,
    name: &str,
    keyring: &core::Secret,
    idle: &BTreeSet<u32>,
) -> anyhow::Result<()> {
    let gone = idle.iter().map(|number| (roots::name(*number), None));
    let after = custody
        .change_keyring(keyring, gone)
        .map_err(|error| match error {
            Error::Conflict => anyhow::anyhow!(
                "the keyring {name} was changed by someone else meanwhile: no root key was removed; try again"
            ),
            error => anyhow::Error::from(error)
                .context(format!("cannot remove root keys from the keyring {name}")),
        })?;
    let records = custody.records();
    let needed = match &records {
        Ok(records) => needed_again(&Roots::of(&after)?, records, idle),
        Err(_) => true,
    };
    if needed {
        let gone: BTreeSet<String> = idle.iter().map(|number| roots::name(*number)).collect();
        let entries = keyring.data.iter().flatten();
        let entries = entries.filter(|(entry, _)| gone.contains(*entry));
        let back = entries.map(|(entry, bytes)| (entry.clone(), Some(bytes.clone())));
        let back = custody.change_keyring(&after, back);
        back.with_context(|| {
            format!(
                "root keys were removed that are needed: restore the keyring {name} from a backup"
            )
        })?;
        bail!("a root key was needed after all, and was put back; try again later");
    }
    Ok(())
}

fn needed_again(roots: &Roots, records: &[Stored], idle: &BTreeSet<u32>) -> bool {
    let wraps = roots.wraps(records);
    idle.iter()
        .any(|number| wraps.get(number).is_some_and(|keys| *keys > 0))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;
    use k8s_openapi::api::core::v1 as core;
    use serde_json::json;

    use super::{idle, needed_again};
    use crate::cli::keys::fixtures;
    use crate::cli::keys::record::Stored;
    use crate::cli::keys::roots::Roots;

    fn roots(numbers: &[u32], purpose: u32) -> Roots {
        let root = |number: &u32| (format!("root-{number}"), ByteString(vec![7; 32]));
        let wrapped = format!("coffer.wrap.v1.{purpose}.{}", "A".repeat(54));
        let purpose = (
            "purpose-fingerprint".to_owned(),
            ByteString(wrapped.into_bytes()),
        );
        let data = numbers.iter().map(root).chain([purpose]).collect();
        Roots::of(&core::Secret {
            data: Some(data),
            ..core::Secret::default()
        })
        .unwrap()
    }

    /// Wrapped by the roots 1 and 2.
    fn records() -> Vec<Stored> {
        vec![Stored::of(fixtures::native(&json!(fixtures::record())))]
    }

    #[test]
    fn a_root_that_wraps_anything_stays_and_so_does_the_active_one() {
        assert_eq!(idle(&roots(&[1, 2, 3, 4], 1), &records()), [3].into());
        assert_eq!(idle(&roots(&[1, 2, 3, 4], 3), &records()), [].into());
        assert_eq!(idle(&roots(&[1, 2], 1), &[]), [].into());
        assert_eq!(idle(&roots(&[1, 2], 2), &[]), [1].into());
        assert_eq!(idle(&roots(&[1], 1), &[]), [].into());
    }

    #[test]
    fn a_root_that_is_needed_after_all_is_noticed() {
        assert!(needed_again(&roots(&[3], 3), &records(), &[1].into()));
        assert!(!needed_again(
            &roots(&[1, 2, 3], 3),
            &records(),
            &[4].into()
        ));
    }
}
