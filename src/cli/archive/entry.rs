//! The lines of a file: JSON, one entry each, beginning with `begin` and ending with `end`.

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Error;
use super::clear_keys::ClearKeys;
use super::object::Object;
use crate::policy::names;

/// The format that is written, and the only one that is read.
pub(super) const FORMAT: u32 = 1;

/// The longest line, in bytes: an object has at most 1.5 MiB in Kubernetes.
pub(super) const MAX_LINE: usize = 8 << 20;

/// One line. Has no Debug: it may hold a key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) enum Entry {
    /// The first.
    Begin(Begin),
    /// A SecretStore or Secret.
    Object(Object),
    /// A key of the operator itself.
    PurposeKey(PurposeKey),
    /// The keys of a store.
    StoreKeys(ClearKeys),
    /// The store whose keys are not all in the file, since they did not read.
    Lacks(String),
    /// The last: without it the file is not whole.
    End(End),
}

/// What the file is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Begin {
    pub(super) format: u32,
    /// The release that wrote it.
    pub(super) release: String,
    pub(super) written: Timestamp,
    /// UID of the namespace `kube-system` of the cluster that it was written of: no other cluster has it.
    /// None where whoever wrote it may not read that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) cluster: Option<String>,
}

/// A key of the operator itself, in base64.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct PurposeKey {
    pub(in crate::cli) name: String,
    pub(in crate::cli) secret: Zeroizing<String>,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct End {
    pub(in crate::cli) objects: usize,
    pub(in crate::cli) stores_with_keys: usize,
}

impl Begin {
    pub(super) fn now(cluster: Option<String>) -> Self {
        Self {
            format: FORMAT,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            written: Timestamp::now(),
            cluster,
        }
    }
}

/// Whether it is no more than some words: it is printed.
fn is_printable(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 400 && bytes.all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

impl End {
    /// Counts an entry.
    pub(super) fn count(&mut self, entry: &Entry) {
        match entry {
            Entry::Object(_) => self.objects += 1,
            Entry::StoreKeys(_) => self.stores_with_keys += 1,
            Entry::Begin(_) | Entry::PurposeKey(_) | Entry::Lacks(_) | Entry::End(_) => {}
        }
    }
}

impl Entry {
    /// Writes the line.
    pub(super) fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut to, self)?;
        to.write_all(b"\n")
    }

    /// Reads a line at this moment. The parser's error is not passed on: it quotes.
    ///
    /// # Errors
    /// What means nothing, and what coffer would not have written: whoever has the public key that a file is
    /// sealed to can write one, and names are printed.
    pub(super) fn read(line: &[u8], now: Timestamp) -> Result<Self, Error> {
        let entry: Self = serde_json::from_slice(line).map_err(|_| Error::UnknownEntry)?;
        match &entry {
            Self::Begin(Begin { release: text, .. }) | Self::Lacks(text) if !is_printable(text) => {
                return Err(Error::Name);
            }
            Self::Object(object)
                if !names::is_label(&object.namespace) || !names::is_subdomain(&object.name) =>
            {
                return Err(Error::Name);
            }
            Self::StoreKeys(keys) => keys.check(now)?,
            _ => {}
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value as Json, json};

    use super::Entry;
    use crate::keys::MOST_KEYS;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    /// What is said of an entry; nothing when it is read.
    fn said(entry: &Json) -> Option<String> {
        let read = Entry::read(entry.to_string().as_bytes(), NOW);
        let said = read.err()?.to_string();
        assert!(!said.contains('\u{1b}'), "{said:?}");
        Some(said)
    }

    fn key(id: usize) -> Json {
        json!({
            "id": format!("{id:016x}"), "suite": "XChaCha20Poly1305", "state": "Active",
            "created": NOW.to_string(), "secret": "",
        })
    }

    fn keys(keys: &[Json]) -> Json {
        json!({ "storeKeys": {
            "namespace": "team-a", "store": "pay.ments", "deletionPolicy": "Refuse", "keys": keys,
        } })
    }

    #[test]
    fn what_is_no_name_is_refused_and_not_printed() {
        for name in ["", "\u{1b}[2J", "a\nb", "A", "a/b", "ö"] {
            for field in ["namespace", "name"] {
                let mut object = json!({ "object": {
                    "kind": "Secret", "namespace": "team-a", "name": "stripe", "spec": {},
                } });
                assert_eq!(said(&object), None);
                object["object"][field] = name.into();
                assert!(
                    said(&object).unwrap().contains("no name"),
                    "{field} {name:?}"
                );
            }
            for field in ["namespace", "store"] {
                let mut keys = keys(&[key(1)]);
                assert_eq!(said(&keys), None);
                keys["storeKeys"][field] = name.into();
                assert!(said(&keys).unwrap().contains("no name"), "{field} {name:?}");
            }
        }
        let begin = json!({ "begin": {
            "format": 1, "release": "\u{1b}[2J", "written": NOW.to_string(),
        } });
        assert!(said(&begin).unwrap().contains("no name"));
        assert_eq!(said(&json!({ "lacks": "team-a/pay.ments" })), None);
        let lacks = json!({ "lacks": "\u{1b}[2J" });
        assert!(said(&lacks).unwrap().contains("no name"));
    }

    #[test]
    fn a_key_from_the_future_is_refused_and_one_of_a_clock_that_is_a_little_fast_is_not() {
        for (minutes, refused) in [(-5, false), (9, false), (11, true), (600_000, true)] {
            let mut key = key(1);
            let created = NOW + SignedDuration::from_mins(minutes);
            key["created"] = created.to_string().into();
            let said = said(&keys(&[key]));
            assert_eq!(said.is_some(), refused, "{minutes} {said:?}");
            let words = "key 0000000000000001 of team-a/pay.ments was made in the future";
            assert!(said.is_none_or(|said| said.starts_with(words)));
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused() {
        let said = said(&keys(&[key(1), key(2), key(1)])).unwrap();
        assert!(
            said.starts_with("key 0000000000000001 of team-a/pay.ments is"),
            "{said}"
        );
    }

    #[test]
    fn more_keys_than_a_store_has_are_refused() {
        let many: Vec<_> = (0..MOST_KEYS + 4).map(key).collect();
        assert_eq!(said(&keys(&many[..MOST_KEYS + 3])), None);
        assert!(
            said(&keys(&many))
                .unwrap()
                .contains("more keys for team-a/pay.ments")
        );
    }
}
