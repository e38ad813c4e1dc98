//! The root keys that wrap nothing go, save the active one.
//!
//! A replica that has not heard of the new root yet could wrap with an old one between the look and the
//! removal. So none goes in the first minutes of the new one; and it is looked again afterwards, and what is needed
//! after all is put back.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use k8s_openapi::api::core::v1 as core;

use super::plan::GRACE;
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
        return Err(custody.no_keyring());
    };
    let roots = Roots::usable(&keyring, &args.place.operator_namespace)?;
    let records = custody.records().context("cannot read the stores' keys")?;
    if records.iter().any(|stored| stored.record().is_none()) {
        eprintln!(
            "coffer: all root keys stay: a store's keys do not read, so nobody can tell what wraps them"
        );
        return Ok(false);
    }
    let idle = idle(&roots, &records);
    if idle.is_empty() {
        eprintln!("coffer: there is no root key to remove: each but the active one wraps keys");
        return Ok(true);
    }
    if let Some(since) = active_since(&keyring, &roots)
        && Timestamp::now().duration_since(since) < GRACE
    {
        eprintln!(
            "coffer: all root keys stay: {} is less than {} minutes old, and a replica may not know it yet; try again later",
            roots::name(roots.active()),
            GRACE.as_mins()
        );
        return Ok(false);
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

/// When the root that wraps came at the latest, as the API server noted it for whoever wrote its entry.
fn active_since(keyring: &core::Secret, roots: &Roots) -> Option<Timestamp> {
    let entry = format!("f:{}", roots::name(roots.active()));
    let owners = keyring.metadata.managed_fields.iter().flatten();
    let of_entry = owners.filter(|owner| {
        let fields = owner.fields_v1.as_ref();
        fields.is_some_and(|fields| !fields.0["f:data"][&entry].is_null())
    });
    of_entry
        .filter_map(|owner| Some(owner.time.as_ref()?.0))
        .max()
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

    use super::{active_since, idle, needed_again};
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
    fn the_active_root_is_as_old_as_the_last_write_of_its_entry() {
        let owner = |root: &str, time: &str| {
            json!({
                "manager": "m", "operation": "Update", "time": time, "fieldsType": "FieldsV1",
                "fieldsV1": { "f:data": { ".": {}, format!("f:{root}"): {} } },
            })
        };
        let since = |owners: &[serde_json::Value]| {
            let metadata = json!({ "metadata": { "managedFields": owners } });
            let keyring: core::Secret = serde_json::from_value(metadata).unwrap();
            active_since(&keyring, &roots(&[1, 2], 1))
        };
        let (early, late) = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
        assert_eq!(since(&[]), None);
        assert_eq!(since(&[owner("root-1", late)]), None);
        let both = [owner("root-2", early), owner("root-1", late)];
        assert_eq!(since(&both), Some(early.parse().unwrap()));
        let twice = [owner("root-2", early), owner("root-2", late)];
        assert_eq!(since(&twice), Some(late.parse().unwrap()));
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
