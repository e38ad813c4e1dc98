//! Which retired keys of a store may go, and why the others stay. No client.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::api::KeyState;
use crate::cli::keys::references::{References, Users};
use crate::cli::output;
use crate::crypto::{KeyId, Suite};
use crate::index::store_keys::{Record, WrappedKey};

/// How long a key is retired before it goes: a replica that has not noticed it yet may seal with it,
/// though not for longer than it may serve without having heard from the API server.
pub(super) const GRACE: SignedDuration = SignedDuration::from_mins(5);

/// What becomes of a retired key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) id: KeyId,
    pub(super) suite: Suite,
    /// Why it stays; none when it goes.
    pub(super) kept: Option<Kept>,
}

/// Why a key stays.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Secrets were sealed with it.
    Needed(Users),
    /// It has hardly been retired.
    JustRetired,
    /// It is not known what authors have.
    Public,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needed(users) => write!(
                f,
                "it is needed by {users}; `coffer keys status` tells what to do"
            ),
            Self::JustRetired => write!(
                f,
                "it was retired less than {} minutes ago, and a replica may not know that yet; try again later",
                GRACE.as_mins()
            ),
            Self::Public => f.write_str(
                "Git may hold values that authors sealed with it; --public-keys removes it nevertheless",
            ),
        }
    }
}

/// What becomes of each retired key. Active keys are not spoken of.
pub(super) fn of(
    record: &Record,
    needed: &References,
    public_keys: bool,
    now: Timestamp,
) -> Vec<Verdict> {
    let retired = record
        .keys
        .iter()
        .filter(|key| key.state == KeyState::Retired);
    retired
        .map(|key| Verdict {
            id: key.id,
            suite: key.suite,
            kept: kept(record, key, needed, public_keys, now),
        })
        .collect()
}

/// What can be lost by what goes, in a sentence for each kind of key; none where nothing goes.
pub(super) fn loss<'v>(verdicts: impl Iterator<Item = &'v Verdict>) -> Option<String> {
    let (mut own, mut public) = (0, 0);
    for verdict in verdicts.filter(|it| it.kept.is_none()) {
        match verdict.suite.public_key_bytes() {
            None => own += 1,
            Some(_) => public += 1,
        }
    }
    let mut said = Vec::new();
    if own > 0 {
        said.push(format!(
            "{} that Coffer sealed with: what somebody took out of the cluster and kept, as the answer of a dry run or of `kubectl get` in Git, can never be opened again.",
            output::count(own, "key")
        ));
    }
    if public > 0 {
        said.push(format!(
            "{} that authors sealed with: values in Git, in other clusters' repositories and in branches can never be opened again.",
            output::count(public, "public key")
        ));
    }
    (!said.is_empty()).then(|| said.join("\n"))
}

fn kept(
    record: &Record,
    key: &WrappedKey,
    needed: &References,
    public_keys: bool,
    now: Timestamp,
) -> Option<Kept> {
    if let Some(users) = needed.users(&record.namespace, key.id) {
        return Some(Kept::Needed(users.clone()));
    }
    if key.suite.public_key_bytes().is_some() && !public_keys {
        return Some(Kept::Public);
    }
    let retired = key.retired.as_ref()?;
    (now.duration_since(retired.0) < GRACE).then_some(Kept::JustRetired)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::{Kept, loss, of};
    use crate::cli::keys::fixtures::{self, ACTIVE, PUBLIC_RETIRED, RETIRED};
    use crate::cli::keys::references::References;

    /// A month after the keys of the fixture were retired.
    fn later() -> Timestamp {
        "2026-12-01T00:00:00Z".parse().unwrap()
    }

    fn needed(namespace: &str, id: &str) -> References {
        let mut references = References::default();
        let object = json!({
            "metadata": { "namespace": namespace, "name": "stripe" },
            "spec": { "data": { "k": { "value": format!("coffer.v1.{id}.x") } } },
        });
        references.add(&serde_json::from_value(object).unwrap());
        references
    }

    #[test]
    fn only_retired_keys_go_and_public_ones_only_when_told() {
        let record = fixtures::record();
        let verdicts = of(&record, &References::default(), false, later());
        let named: Vec<_> = verdicts.iter().map(|it| it.id.to_string()).collect();
        assert_eq!(named, [RETIRED, PUBLIC_RETIRED]);
        assert_eq!(verdicts[0].kept, None);
        assert_eq!(verdicts[1].kept, Some(Kept::Public));
        let said = loss(verdicts.iter()).unwrap();
        assert!(said.starts_with("1 key that Coffer sealed with"), "{said}");
        assert!(!said.contains("authors"), "{said}");
        assert_eq!(loss(verdicts[1..].iter()), None);
        let verdicts = of(&record, &References::default(), true, later());
        assert_eq!(verdicts[1].kept, None);
        let said = loss(verdicts.iter()).unwrap();
        assert!(
            said.contains("\n1 public key that authors sealed with"),
            "{said}"
        );
    }

    #[test]
    fn a_key_that_a_secret_needs_stays_whatever_is_told() {
        for id in [RETIRED, PUBLIC_RETIRED] {
            let verdicts = of(&fixtures::record(), &needed("team-a", id), true, later());
            for verdict in verdicts {
                let is_needed =
                    matches!(&verdict.kept, Some(Kept::Needed(users)) if users.first == "stripe");
                assert_eq!(is_needed, verdict.id.to_string() == id);
            }
        }
    }

    #[test]
    fn a_secret_of_another_namespace_or_of_another_key_does_not_need_it() {
        for needed in [needed("team-b", RETIRED), needed("team-a", ACTIVE)] {
            let verdicts = of(&fixtures::record(), &needed, false, later());
            assert_eq!(verdicts[0].kept, None);
        }
    }

    #[test]
    fn a_key_that_was_just_retired_stays_for_a_while() {
        for (at, stays) in [
            ("2026-11-01T00:04:59Z", true),
            ("2026-11-01T00:05:00Z", false),
            // A clock that is behind.
            ("2026-10-31T23:00:00Z", true),
        ] {
            let verdicts = of(
                &fixtures::record(),
                &References::default(),
                false,
                at.parse().unwrap(),
            );
            assert_eq!(verdicts[0].kept == Some(Kept::JustRetired), stays, "{at}");
        }
        let mut record = fixtures::record();
        record.keys[0].retired = None;
        let verdicts = of(&record, &References::default(), false, later());
        assert_eq!(verdicts[0].kept, None);
    }
}
