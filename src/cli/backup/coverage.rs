//! Whether the keys of a backup open all that is in it: better known now than when it is needed.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::archive::clear_keys::ClearKeys;
use crate::cli::archive::count;
use crate::cli::archive::object::Object;
use crate::crypto::{Envelope, KeyId};

/// Which keys are needed, and which are there.
#[derive(Default)]
pub(super) struct Coverage {
    /// By key, the first object that needs it, and how many values do.
    needed: BTreeMap<KeyId, (String, usize)>,
    kept: BTreeSet<KeyId>,
    in_clear: usize,
}

impl Coverage {
    pub(super) fn object(&mut self, object: &Object) {
        for value in object.values() {
            match Envelope::parse(value) {
                Ok(envelope) => {
                    let needed = self.needed.entry(envelope.key_id());
                    needed.or_insert_with(|| (object.label(), 0)).1 += 1;
                }
                Err(_) => self.in_clear += usize::from(!Envelope::is_sealed(value)),
            }
        }
    }

    pub(super) fn keys(&mut self, keys: &ClearKeys) {
        self.kept.extend(keys.ids());
    }

    /// What would not open, or is in clear.
    pub(super) fn notes(&self) -> Vec<String> {
        let missing = self
            .needed
            .iter()
            .filter(|(key, _)| !self.kept.contains(key));
        let mut notes: Vec<_> = missing
            .map(|(key, (object, values))| {
                format!(
                    "key {key} is not there, so nothing opens what it sealed, here or after a restore: {}, the first in {object}",
                    count(*values, "value")
                )
            })
            .collect();
        if self.in_clear > 0 {
            notes.push(format!(
                "{} not sealed in the cluster: in the file they are, as everything is",
                count(self.in_clear, "value")
            ));
        }
        notes
    }

    pub(super) fn say(&self) {
        for note in self.notes() {
            eprintln!("coffer: note: {note}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Coverage;
    use crate::cli::archive::object::Object;
    use crate::crypto::{BindingKind, Place, StoreKey, Suite};

    #[test]
    fn what_no_kept_key_opens_is_told_and_no_value_is() {
        let place = Place {
            kind: "Secret",
            namespace: "team-a",
            store: "vault",
            name: "stripe",
            key: "a",
        };
        let key = StoreKey::generate(Suite::XChaCha20Poly1305);
        let sealed = key
            .seal(BindingKind::Strict, &place, b"v")
            .unwrap()
            .to_string();
        let object: Object = serde_json::from_value(json!({
            "kind": "Secret", "namespace": "team-a", "name": "stripe",
            "spec": { "data": {
                "a": { "value": sealed }, "b": { "value": "hunter2" }, "c": { "value": "coffer.v9.x" },
            } },
        }))
        .unwrap();
        let mut coverage = Coverage::default();
        coverage.object(&object);
        let notes = coverage.notes().join("\n");
        assert!(
            notes.contains(&key.id().to_string()) && notes.contains("Secret team-a/stripe"),
            "{notes}"
        );
        assert!(notes.contains("1 value not sealed in the cluster") && !notes.contains("hunter2"));
        coverage.kept.insert(key.id());
        assert_eq!(coverage.notes().len(), 1);
    }
}
