//! Walks the documents of a manifest down to the values.
//!
//! What leads to a value has to be written out: behind an alias, an anchor that is used again or a
//! merge key the same text stands in several places, and an envelope fits one only.

use super::manifest::{Field, Secret};
use super::problem::{Note, Problem, Reason};
use super::yaml::position::Position;
use super::yaml::tree::{Content, Id, Tree};

const GROUP: &str = "coffer.dev";
const VERSION: &str = "v1alpha1";
/// The fields of a Secret, of its spec and of what that names. A value under any other would stay in clear.
const TOP: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
const SPEC: [&str; 6] = ["storeRef", "name", "comment", "scopes", "data", "target"];
const STORE_REF: [&str; 1] = ["name"];
const TARGET: [&str; 9] = [
    "name",
    "type",
    "labels",
    "annotations",
    "template",
    "immutable",
    "history",
    "restart",
    "deletionPolicy",
];

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Collects what it finds; nothing stops at the first problem.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) tree: &'t Tree,
    pub(super) secrets: Vec<Secret>,
    pub(super) fields: Vec<Field>,
    pub(super) notes: Vec<(Position, Note)>,
    pub(super) problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, tree: &'t Tree) -> Self {
        let (secrets, fields, notes, problems) = Default::default();
        Self {
            text,
            tree,
            secrets,
            fields,
            notes,
            problems,
        }
    }

    /// A document, or an item of a list.
    pub(super) fn object(&mut self, id: Id) {
        let kinds = self.every(id, "kind", 0);
        let groups = self.every(id, "apiVersion", 0);
        let ours = groups.iter().any(|version| group(version) == Some(GROUP));
        let is = |kind: &str| kinds.contains(&kind);
        if is("List") || (ours && is("SecretList")) {
            self.list(id);
        } else if ours && is("Secret") {
            if let [version] = groups[..]
                && version.strip_prefix(GROUP) != Some(&format!("/{VERSION}"))
            {
                return self.problem(id, Reason::UnknownVersion);
            }
            self.secret(id);
        }
    }

    fn list(&mut self, id: Id) {
        let Some(list) = self.written_out(id, "the list") else {
            return;
        };
        let Some(items) = self.get(list, "items") else {
            return;
        };
        match &self.tree.node(items).content {
            Content::Sequence(ids) if !self.tree.is_aliased(items) => {
                for item in ids {
                    self.object(*item);
                }
            }
            Content::Sequence(_) => self.problem(items, Reason::Anchored("items")),
            Content::Alias(_) => self.problem(items, Reason::Alias("items")),
            _ => {}
        }
    }

    fn secret(&mut self, id: Id) {
        let known = self.problems.len();
        let Some(root) = self.written_out(id, "the Secret") else {
            return;
        };
        self.only(root, &TOP, &Reason::UnknownFieldOf("the Secret"));
        let metadata = self.part(root, "metadata", "metadata");
        let namespace =
            metadata.and_then(|part| self.name(part, "namespace", "metadata.namespace"));
        let name = metadata.and_then(|part| self.name(part, "name", "metadata.name"));
        if let Some(annotations) = metadata.and_then(|part| self.get(part, "annotations"))
            && self.get(annotations, LAST_APPLIED).is_some()
        {
            self.notes
                .push((self.tree.position(annotations), Note::LastApplied));
        }

        let Some(spec) = self.get(root, "spec") else {
            return self.problem(id, Reason::Missing("spec"));
        };
        let Some(spec) = self.written_out(spec, "spec") else {
            return;
        };
        self.only(spec, &SPEC, &Reason::UnknownFieldOf("spec"));
        for (part, known, name) in [
            ("storeRef", &STORE_REF[..], "spec.storeRef"),
            ("target", &TARGET, "spec.target"),
        ] {
            if let Some(part) = self.get(spec, part) {
                self.only(part, known, &Reason::UnknownFieldOf(name));
            }
        }
        let reference = self.part(spec, "storeRef", "spec.storeRef");
        let store = reference.and_then(|part| self.name(part, "name", "spec.storeRef.name"));
        if store.is_none() && self.problems.len() == known {
            self.problem(spec, Reason::Missing("spec.storeRef.name"));
        }
        let position = self.tree.position(id);
        self.secrets.push(Secret {
            position,
            namespace,
            name,
            store: store.unwrap_or_default(),
        });
        match self.get(spec, "data") {
            Some(data) => self.data(data),
            None => self.problem(spec, Reason::NoData),
        }
    }

    pub(super) fn problem(&mut self, at: Id, reason: Reason) {
        self.problems.push(Problem {
            position: self.tree.position(at),
            reason,
        });
    }
}

fn group(api_version: &str) -> Option<&str> {
    api_version.split_once('/').map(|(group, _)| group)
}
