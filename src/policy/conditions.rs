//! Conditions as the Kubernetes API conventions and kstatus want them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::Problem;
use crate::api::{ConditionType, Reason};

/// A condition before it is dated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which one.
    pub type_: ConditionType,
    /// True or False.
    pub holds: bool,
    /// Why.
    pub reason: Reason,
    /// For people; ends with the remedy where there is one.
    pub message: String,
}

/// The conditions of an object that is as it should be.
#[must_use]
pub fn ready(reason: Reason, message: impl Into<String>) -> Vec<Wanted> {
    vec![Wanted {
        type_: ConditionType::Ready,
        holds: true,
        reason,
        message: message.into(),
    }]
}

/// The conditions of an object with a problem.
#[must_use]
pub fn not_ready(problem: &Problem) -> Vec<Wanted> {
    [(ConditionType::Ready, false), (problem.condition(), true)]
        .map(|(type_, holds)| Wanted {
            type_,
            holds,
            reason: problem.reason,
            message: problem.message.clone(),
        })
        .into()
}

/// Whether some copies are not as they should be.
#[must_use]
pub fn is_copying(conditions: &[Condition]) -> bool {
    let mut told = conditions.iter();
    told.any(|it| it.type_ == ConditionType::Copied.as_str() && it.status != "True")
}

/// An older one has the name. It says nothing about what is delivered.
#[must_use]
pub fn not_named(problem: &Problem) -> Wanted {
    Wanted {
        type_: ConditionType::Named,
        holds: false,
        reason: problem.reason,
        message: problem.message.clone(),
    }
}

/// Dates the conditions, in their fixed order. One whose status did not change keeps its
/// `lastTransitionTime`, so that an unchanged state gives an unchanged status.
#[must_use]
pub fn date(
    before: &[Condition],
    mut wanted: Vec<Wanted>,
    generation: Option<i64>,
    now: &Time,
) -> Vec<Condition> {
    wanted.sort_by_key(|condition| condition.type_);
    wanted
        .into_iter()
        .map(|wanted| {
            let status = if wanted.holds { "True" } else { "False" };
            let since = before
                .iter()
                .find(|c| c.type_ == wanted.type_.as_str() && c.status == status)
                .map_or_else(|| now.clone(), |c| c.last_transition_time.clone());
            Condition {
                type_: wanted.type_.as_str().to_owned(),
                status: status.to_owned(),
                reason: wanted.reason.as_str().to_owned(),
                message: wanted.message,
                observed_generation: generation,
                last_transition_time: since,
            }
        })
        .collect()
}

/// Whether the object was ready, and the reason it gave.
#[must_use]
pub fn ready_reason(conditions: &[Condition]) -> Option<(bool, &str)> {
    conditions
        .iter()
        .find(|condition| condition.type_ == ConditionType::Ready.as_str())
        .map(|condition| (condition.status == "True", condition.reason.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time(jiff::Timestamp::from_second(second).unwrap())
    }

    fn problem() -> Problem {
        Problem::new(Reason::StoreNotFound, "store `a` does not exist: create it")
    }

    #[test]
    fn an_unchanged_state_gives_an_unchanged_status() {
        let first = date(&[], not_ready(&problem()), Some(1), &at(10));
        let second = date(&first, not_ready(&problem()), Some(1), &at(20));
        assert_eq!(first, second);
    }

    #[test]
    fn a_condition_that_turns_is_dated_anew() {
        let first = date(&[], not_ready(&problem()), Some(1), &at(10));
        let second = date(&first, ready(Reason::Delivered, ""), Some(1), &at(20));
        assert_eq!(second[0].last_transition_time, at(20));
    }

    #[test]
    fn what_is_no_longer_abnormal_is_gone() {
        let first = date(&[], not_ready(&problem()), Some(1), &at(10));
        let second = date(&first, ready(Reason::Delivered, ""), Some(1), &at(20));
        assert_eq!(
            second.iter().map(|c| c.type_.as_str()).collect::<Vec<_>>(),
            ["Ready"]
        );
    }
}
