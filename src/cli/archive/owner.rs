//! To which namespace the keys of a file belong here. No client.
//!
//! docs/decisions/whose-keys-of-a-file.md has the table, and why.

use super::clear_keys::ClearKeys;

/// Whose keys a file's become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Those of the namespace that has the name here.
    Present,
    /// The same, if an administrator says so: a namespace of this name was deleted, and whoever owns the
    /// present one may be someone else.
    PresentIfAdopted,
    /// Those of the namespace that they were of: no store had them when the file was written, so that may have
    /// been deleted before.
    Former,
}

/// The namespace of the name that the file has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// None where it is yet to be made: nobody else can have it then.
    pub(super) uid: Option<&'a str>,
    /// Whether the file is of this very cluster, or does not say. In another one every namespace has another
    /// UID, and the names say which is which.
    pub(super) same_cluster: bool,
    /// Whether an administrator has said that present namespaces are to have the keys of former ones.
    pub(super) adopt: bool,
}

/// Decides; `there`: the namespace of the keys that are there.
pub(super) fn owner(clear: &ClearKeys, there: Option<&str>, place: Place<'_>) -> Owner {
    let is_former_there = there.is_some_and(|there| Some(there) != place.uid);
    let is_same = place.uid == Some(clear.namespace_uid.as_str());
    if place.adopt || (is_same && !is_former_there) {
        Owner::Present
    } else if clear.orphaned && !is_same {
        Owner::Former
    } else if place.uid.is_some() && (is_former_there || place.same_cluster) {
        Owner::PresentIfAdopted
    } else {
        Owner::Present
    }
}

#[cfg(test)]
mod tests {
    use super::{Owner, Place, owner};
    use crate::cli::archive::clear_keys::ClearKeys;

    /// Where keys of the namespace `here` go.
    fn owner_in(
        uid: Option<&str>,
        same_cluster: bool,
        orphaned: bool,
        there: Option<&str>,
    ) -> Owner {
        let clear = serde_json::json!({
            "namespace": "team-a", "store": "vault", "namespaceUid": "here", "orphaned": orphaned,
            "deletionPolicy": "Cascade", "keys": [],
        });
        let clear: ClearKeys = serde_json::from_value(clear).unwrap();
        let place = |adopt| Place {
            uid,
            same_cluster,
            adopt,
        };
        assert_eq!(owner(&clear, there, place(true)), Owner::Present);
        owner(&clear, there, place(false))
    }

    #[test]
    fn in_another_cluster_the_namespaces_of_the_same_names_have_the_keys() {
        for there in [None, Some("new")] {
            assert_eq!(owner_in(Some("new"), false, false, there), Owner::Present);
        }
        assert_eq!(owner_in(None, false, false, None), Owner::Present);
    }

    #[test]
    fn in_the_same_cluster_a_namespace_that_was_made_anew_has_them_only_if_someone_says_so() {
        let asks = Owner::PresentIfAdopted;
        for there in [None, Some("new"), Some("here"), Some("other")] {
            assert_eq!(owner_in(Some("new"), true, false, there), asks, "{there:?}");
        }
        assert_eq!(owner_in(Some("here"), true, false, None), Owner::Present);
        assert_eq!(owner_in(Some("here"), true, true, None), Owner::Present);
        // One that is made for them is nobody else's.
        assert_eq!(owner_in(None, true, false, Some("here")), Owner::Present);
    }

    #[test]
    fn keys_there_of_a_namespace_that_was_deleted_are_asked_about_in_every_cluster() {
        let asks = Owner::PresentIfAdopted;
        assert_eq!(owner_in(Some("new"), false, false, Some("old")), asks);
        assert_eq!(owner_in(Some("here"), false, false, Some("old")), asks);
    }

    #[test]
    fn keys_that_no_store_had_stay_those_of_their_namespace() {
        for same_cluster in [false, true] {
            for uid in [None, Some("new")] {
                assert_eq!(owner_in(uid, same_cluster, true, None), Owner::Former);
            }
        }
    }
}
