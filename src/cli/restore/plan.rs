//! What there is to do for each object of a backup. No client.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::differences::Differences;
use super::survey::{Survey, There};
use crate::cli::archive::count;
use crate::cli::archive::intake::Intake;
use crate::cli::archive::object::{KINDS, Object};

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// It is made.
    Create,
    /// It takes the place of another.
    Replace,
}

/// The objects that are not in the cluster as they are in the backup.
#[derive(Debug, Default)]
pub(super) struct Plan {
    steps: HashMap<String, Step>,
    /// By kind and namespace: how many are made.
    made: BTreeMap<(&'static str, String), usize>,
    /// Labels, in the order of the file.
    differing: Vec<String>,
    /// Those that cannot be written before the cluster is done with them.
    being_deleted: Vec<String>,
    same: usize,
}

impl Plan {
    /// Takes up an object of the file.
    pub(super) fn add(&mut self, object: &Object, survey: &Survey) {
        let kind = KINDS.into_iter().find(|kind| *kind == object.kind);
        let label = object.label();
        match survey.compare(object) {
            There::TheSame => self.same += 1,
            There::Nothing => {
                let made = self
                    .made
                    .entry((kind.unwrap_or_default(), object.namespace.clone()));
                *made.or_default() += 1;
                self.steps.insert(label, Step::Create);
            }
            There::Another => {
                self.differing.push(label.clone());
                self.steps.insert(label, Step::Replace);
            }
            There::BeingDeleted => self.being_deleted.push(label),
        }
    }

    /// Leaves out what is in these namespaces: nothing can be made there while they are being deleted.
    pub(super) fn leave_out(&mut self, is_going: impl Fn(&str) -> bool) {
        self.made.retain(|(_, namespace), _| !is_going(namespace));
        let going = |label: &str| place(label).is_some_and(|(_, namespace)| is_going(namespace));
        let (out, differing) = self.differing.drain(..).partition(|label| going(label));
        self.differing = differing;
        self.being_deleted.extend::<Vec<_>>(out);
        let out = self.steps.extract_if(|label, _| going(label));
        // Those that differ are named already.
        let made = out.filter(|(_, step)| *step == Step::Create);
        let mut made: Vec<_> = made.map(|(label, _)| label).collect();
        made.sort_unstable();
        self.being_deleted.append(&mut made);
    }

    /// What is to be done with an object; none where it is as it should be.
    pub(super) fn step(&self, object: &Object) -> Option<Step> {
        self.steps.get(&object.label()).copied()
    }

    /// How many objects of this kind are written.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The namespaces that something is made in.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.made.keys().map(|(_, namespace)| namespace.as_str())
    }

    /// Kind and namespace of what is made, and of what takes the place of another.
    pub(super) fn places(&self) -> BTreeSet<(&str, &str, Step)> {
        let made = self.made.keys();
        let made = made.map(|(kind, namespace)| (*kind, namespace.as_str(), Step::Create));
        let differing = self.differing.iter().filter_map(|label| {
            let (kind, namespace) = place(label)?;
            Some((kind, namespace, Step::Replace))
        });
        made.chain(differing).collect()
    }

    /// How many are left out.
    pub(super) fn being_deleted(&self) -> usize {
        self.being_deleted.len()
    }

    /// How many are in the way.
    pub(super) fn differing(&self) -> usize {
        self.differing.len() + self.being_deleted.len()
    }

    /// A line for each namespace and kind, and for each object that differs, with the paths by which it does.
    pub(super) fn text(&self, overwrite: bool, differences: &Differences) -> String {
        let made = self.made.iter().map(|((kind, namespace), made)| {
            format!("namespace {namespace}: {} to be made", count(*made, kind))
        });
        let what = if overwrite {
            "to be made as in the backup"
        } else {
            "differs"
        };
        let differing = self.differing.iter().map(|label| {
            let paths = differences.get(label).map(|paths| paths.join(", "));
            match paths.filter(|paths| !paths.is_empty()) {
                Some(paths) => format!("{label}: {what}: {paths}"),
                None => format!("{label}: {what}"),
            }
        });
        let deleted = self.being_deleted.iter();
        let deleted = deleted.map(|label| format!("{label}: is being deleted"));
        let lines = made.chain(differing).chain(deleted);
        lines.map(|line| line + "\n").collect()
    }

    pub(super) fn refusal(&self) -> String {
        let verb = |number: usize| if number == 1 { "is" } else { "are" };
        let differing = self.differing();
        format!(
            "{} {} there and not as in the backup",
            count(differing, "object"),
            verb(differing)
        )
    }

    /// What was done, or would be.
    pub(super) fn summary(&self, intake: &Intake<'_>, dry_run: bool) -> String {
        self.told(intake.changes(), dry_run)
    }

    fn told(&self, stores: usize, dry_run: bool) -> String {
        let over = match self.differing.len() {
            0 => String::new(),
            differing => format!(" ({differing} over what differed)"),
        };
        let objects = self.made.values().sum::<usize>() + self.differing.len();
        let parts = [
            (stores, format!("the keys of {}", count(stores, "store"))),
            (objects, count(objects, "object") + &over),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter_map(|(number, part)| (number > 0).then_some(part))
            .collect();
        if parts.is_empty() {
            return "all of it is there already; nothing is to be done".to_owned();
        }
        let verb = if dry_run { "would restore" } else { "restored" };
        let same = match self.same {
            0 => String::new(),
            1 => "; 1 is the same".to_owned(),
            many => format!("; {many} are the same"),
        };
        format!("{verb} {}{same}", parts.join(", "))
    }
}

/// Kind and namespace of a label.
fn place(label: &str) -> Option<(&str, &str)> {
    let (kind, name) = label.split_once(' ')?;
    Some((kind, name.split_once('/')?.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Differences, Plan, Step};
    use crate::cli::archive::object::Object;
    use crate::cli::restore::survey::Survey;

    fn object(kind: &str, name: &str, comment: &str) -> Object {
        serde_json::from_value(json!({
            "kind": kind, "namespace": "team-a", "name": name, "spec": { "comment": comment },
        }))
        .unwrap()
    }

    #[test]
    fn what_is_missing_is_made_and_what_differs_is_named() {
        let mut survey = Survey::default();
        for (name, comment) in [("same", "c"), ("other", "x")] {
            let object = object("Secret", name, comment);
            survey.add(object.label(), Some(&object));
        }
        survey.add("Secret team-a/going".to_owned(), None);
        let mut plan = Plan::default();
        for name in ["same", "other", "going", "new", "newer"] {
            plan.add(&object("Secret", name, "c"), &survey);
        }
        plan.add(&object("SecretStore", "same", "c"), &survey);
        let steps =
            ["same", "other", "going", "new"].map(|name| plan.step(&object("Secret", name, "c")));
        assert_eq!(steps, [None, Some(Step::Replace), None, Some(Step::Create)]);
        let label = "Secret team-a/other".to_owned();
        let paths = ["spec.comment", "spec.tags"].map(str::to_owned);
        let differences: Differences = [(label, paths.into())].into();
        assert_eq!(
            plan.text(false, &differences),
            "namespace team-a: 2 Secrets to be made\nnamespace team-a: 1 SecretStore to be made\n\
             Secret team-a/other: differs: spec.comment, spec.tags\nSecret team-a/going: is being deleted\n"
        );
        assert_eq!(
            plan.refusal(),
            "2 objects are there and not as in the backup"
        );
        let places: Vec<_> = plan
            .places()
            .into_iter()
            .map(|(kind, _, step)| (kind, step))
            .collect();
        let expected = [
            ("Secret", Step::Create),
            ("Secret", Step::Replace),
            ("SecretStore", Step::Create),
        ];
        assert_eq!(places.len(), 3);
        assert!(expected.iter().all(|place| places.contains(place)));
    }

    #[test]
    fn what_is_in_a_namespace_that_is_being_deleted_is_left_out_and_named() {
        let mut survey = Survey::default();
        survey.add(
            "Secret team-a/other".to_owned(),
            Some(&object("Secret", "other", "x")),
        );
        for (going, expected) in [("team-b", (0, 2)), ("team-a", (2, 0))] {
            let mut plan = Plan::default();
            for name in ["new", "other"] {
                plan.add(&object("Secret", name, "c"), &survey);
            }
            plan.leave_out(|namespace| namespace == going);
            assert_eq!((plan.being_deleted(), plan.len()), expected);
            assert_eq!(plan.places().len(), expected.1);
            let new = object("Secret", "new", "c");
            assert_eq!(plan.step(&new).is_some(), expected.1 > 0);
            let text = plan.text(true, &Differences::default());
            assert_eq!(text.contains("is being deleted"), expected.0 > 0);
        }
    }

    #[test]
    fn a_summary_reads_like_a_sentence() {
        let mut plan = Plan::default();
        assert_eq!(
            plan.told(0, false),
            "all of it is there already; nothing is to be done"
        );
        plan.same = 2;
        assert_eq!(
            plan.told(1, true),
            "would restore the keys of 1 store; 2 are the same"
        );
        plan.add(&object("Secret", "new", "c"), &Survey::default());
        assert_eq!(
            plan.told(3, false),
            "restored the keys of 3 stores, 1 object; 2 are the same"
        );
    }
}
