//! What the conditions say.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::Found;
use super::apply::Applied;
use super::restart;
use crate::api::{ConditionType, Reason};
use crate::controller::context::SealedBy;
use crate::policy::conditions::{self, Wanted};
use crate::policy::native::{self, versions};
use crate::policy::{Problem, generate, values};

/// Why a Secret is ready.
pub(super) fn reason(applied: &Applied) -> Reason {
    match applied.deliveries().next() {
        Some(_) => Reason::Delivered,
        None => Reason::Kept,
    }
}

/// Who has the values.
pub(super) fn whereabouts(found: &Found, applied: &Applied) -> String {
    let own = if versions::is_wanted(&found.secret) {
        applied.target.as_ref().map(|it| it.name.clone())
    } else {
        native::name_of(&found.secret)
    };
    let copies = match applied.copies.deliveries.len() {
        1 => Some("1 copy in another namespace".to_owned()),
        0 => None,
        many => Some(format!("{many} copies in other namespaces")),
    };
    let has = match (own, &copies) {
        (Some(name), None) => format!("native secret `{name}` has the values"),
        (Some(name), Some(copies)) => {
            format!("native secret `{name}` and {copies} have the values")
        }
        (None, Some(copies)) => format!("{copies} with the values"),
        (None, None) => "the values are kept; there is no `spec.target`".to_owned(),
    };
    match found.unasked.as_slice() {
        [] => has,
        [scope] => format!("{has}; nobody of scope `{scope}` asks for them"),
        [scope, more @ ..] => {
            let more = more.len();
            format!("{has}; nobody of scope `{scope}` asks for them, nor of {more} more")
        }
    }
}

/// Whether those in other namespaces have their copies. It is told beside the rest, which is the author's: what happens in
/// a consumer's namespace does not make a Secret unready.
pub(super) fn copied(
    found: &Found,
    outcome: Result<&Applied, &Problem>,
    withdrawn: &[Problem],
) -> Option<Wanted> {
    let made = outcome.map(|applied| &applied.copies);
    let problems = made.iter().flat_map(|copies| &copies.problems);
    let problems: Vec<_> = problems.chain(withdrawn).cloned().collect();
    let (holds, reason, message) = match (Problem::join(&problems), made) {
        (Some(problem), _) => (false, problem.reason, problem.message),
        (None, Ok(copies)) if !copies.deliveries.is_empty() => {
            let made = copies.made;
            let of = found.copies.len();
            (
                made == of,
                Reason::Delivered,
                format!("{made} of {of} copies are made"),
            )
        }
        (None, _) => return None,
    };
    Some(Wanted {
        type_: ConditionType::Copied,
        holds,
        reason,
        message,
    })
}

/// Whether workloads were restarted, where the content changed just now.
pub(super) fn restarted(outcome: Result<&Applied, &Problem>) -> Option<Wanted> {
    let change = outcome.ok()?.restarted.as_ref()?.change.as_ref()?;
    let (holds, reason, message) = match change {
        Ok(message) => (true, Reason::Restarted, message),
        Err(problem) => (false, problem.reason, &problem.message),
    };
    Some(Wanted {
        type_: ConditionType::Restarted,
        holds,
        reason,
        message: message.clone(),
    })
}

/// What was said of the last change stays, as long as the target names a workload that it is about: nobody looks at them in
/// between.
pub(super) fn with_last_restart(
    found: &Found,
    before: &[Condition],
    mut now: Vec<Condition>,
) -> Vec<Condition> {
    let restarted = ConditionType::Restarted.as_str();
    let target = found.secret.spec.target.as_ref();
    let named = target.map(|target| &*target.restart).unwrap_or_default();
    let is_about_named = |said: &Condition| {
        let mut named = named.iter();
        named.any(|workload| said.message.contains(&restart::called(workload)))
    };
    if now.iter().all(|it| it.type_ != restarted) {
        let mut before = before.iter();
        let last = before.find(|it| it.type_ == restarted && is_about_named(it));
        now.extend(last.map(|last| Condition {
            observed_generation: found.secret.metadata.generation,
            ..last.clone()
        }));
    }
    now
}

/// The target is as asked for.
pub(super) fn all_well(
    found: &Found,
    applied: &Applied,
    mode: SealedBy,
    changed: bool,
) -> Vec<Wanted> {
    let mut wanted = conditions::ready(reason(applied), whereabouts(found, applied));
    let has_values = found
        .secret
        .spec
        .data
        .values()
        .any(|item| item.value.is_some());
    if has_values {
        let (reason, message) = sealed_by(found, applied, mode, changed);
        wanted.push(Wanted {
            type_: ConditionType::Sealed,
            holds: true,
            reason,
            message: message.to_owned(),
        });
    }
    wanted
}

/// Who sealed the values. That one was stored in plaintext is said for as long as the values are the same.
fn sealed_by(
    found: &Found,
    applied: &Applied,
    mode: SealedBy,
    changed: bool,
) -> (Reason, &'static str) {
    let said = found.secret.status.as_ref();
    let was_stored = said.is_some_and(|said| was_stored(&said.conditions, changed));
    let by_controller = mode == SealedBy::Controller || was_stored;
    let items = found.secret.spec.data.values();
    let mut given = items.filter(|item| item.value.is_some());
    if found.held_plaintext || (applied.sealed_by_coffer && by_controller) {
        (
            Reason::SealedByController,
            "a value was stored in plaintext until the controller sealed it: if etcd, a backup or an \
             audit log may have kept it, change it, and seal it with `coffer seal` before applying",
        )
    } else if applied.sealed_by_coffer {
        (
            Reason::SealedAtAdmission,
            "a value came in plaintext and was sealed before it was stored: where it came in a manifest, \
             Git, or an audit log of request bodies, may have it in plaintext",
        )
    } else if given.clone().all(generate::is_generated) {
        (
            Reason::SealedAtGeneration,
            "the values were generated by Coffer, and sealed before they were stored",
        )
    } else if given.any(generate::is_generated) {
        (
            Reason::SealedByAuthor,
            "the values are sealed by their author, or were generated and sealed by Coffer",
        )
    } else {
        (
            Reason::SealedByAuthor,
            "the values are sealed by their author",
        )
    }
}

/// Whether a value that is now sealed was stored in plaintext, as far as the former conditions tell. Where it rested
/// so until now, nobody knows whether it is the same: it is said rather once too often.
fn was_stored(conditions: &[Condition], changed: bool) -> bool {
    let sealed = ConditionType::Sealed.as_str();
    let mut said = conditions.iter().filter(|it| it.type_ == sealed);
    said.any(|it| {
        it.reason == Reason::StoredInPlaintext.as_str()
            || !changed && it.reason == Reason::SealedByController.as_str()
    })
}

/// It is not. A value that still rests in plaintext is said, whatever else is wrong.
pub(super) fn not_well(found: &Found, problem: &Problem) -> Vec<Wanted> {
    let mut wanted = conditions::not_ready(problem);
    let keys: Vec<_> = values::plaintexts(&found.secret)
        .map(|(key, ..)| key.as_str())
        .collect();
    if !keys.is_empty() {
        wanted.push(Wanted {
            type_: ConditionType::Sealed,
            holds: false,
            reason: Reason::StoredInPlaintext,
            message: format!(
                "`{}` of `spec.data` rests in plaintext until what keeps it from being sealed is \
                 mended: remove it, or seal it with `coffer seal` before applying",
                keys.join("`, `")
            ),
        });
    }
    wanted
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    #[test]
    fn that_a_value_was_stored_in_plaintext_is_not_forgotten_by_a_change_of_mode() {
        let said = |reason: Reason| {
            vec![Condition {
                type_: ConditionType::Sealed.as_str().to_owned(),
                reason: reason.as_str().to_owned(),
                status: "False".to_owned(),
                message: String::new(),
                last_transition_time: Time(Timestamp::UNIX_EPOCH),
                observed_generation: None,
            }]
        };
        for changed in [true, false] {
            assert!(was_stored(&said(Reason::StoredInPlaintext), changed));
            assert!(!was_stored(&said(Reason::SealedAtAdmission), changed));
            assert!(!was_stored(&[], changed));
        }
        assert!(was_stored(&said(Reason::SealedByController), false));
        assert!(!was_stored(&said(Reason::SealedByController), true));
    }
}
