//! Mappings of a manifest: those on the way to a value are written out, the others are only read.

use super::problem::Reason;
use super::reader::Reader;
use super::yaml::tree::{Content, Id};

impl<'t> Reader<'t> {
    /// A mapping that is only read: behind an alias it is as good.
    pub(super) fn part(&mut self, parent: Id, key: &str, what: &'static str) -> Option<Id> {
        let id = self.get(parent, key)?;
        let id = match self.tree.node(id).content {
            Content::Alias(target) => target,
            _ => id,
        };
        self.plain_mapping(id, what)
    }

    /// A name that is only read; absent when missing or null.
    pub(super) fn name(&mut self, parent: Id, key: &str, what: &'static str) -> Option<String> {
        let id = self.get(parent, key)?;
        if self.tree.is_null(id) {
            return None;
        }
        match self.tree.text(id) {
            Some(text) if self.tree.not_text(id).is_none() => Some(text.to_owned()),
            _ => {
                self.problem(id, Reason::NameNotText(what));
                None
            }
        }
    }

    /// A mapping on the way to a value: neither an alias, nor used again, nor merged.
    pub(super) fn written_out(&mut self, id: Id, what: &'static str) -> Option<Id> {
        if matches!(self.tree.node(id).content, Content::Alias(_)) {
            self.problem(id, Reason::Alias(what));
            return None;
        }
        if self.tree.is_aliased(id) {
            self.problem(id, Reason::Anchored(what));
            return None;
        }
        self.plain_mapping(id, what)
    }

    /// A mapping whose keys are all in sight, each once.
    fn plain_mapping(&mut self, id: Id, what: &'static str) -> Option<Id> {
        let Content::Mapping(entries) = &self.tree.node(id).content else {
            self.problem(id, Reason::NotAMapping(what));
            return None;
        };
        for (at, (key, _)) in entries.iter().enumerate() {
            let text = self.tree.text(*key);
            if text == Some("<<") {
                self.problem(*key, Reason::MergeKey(what));
                return None;
            }
            if text.is_some()
                && entries[..at]
                    .iter()
                    .any(|(other, _)| self.tree.text(*other) == text)
            {
                self.problem(*key, Reason::DuplicateKey(what));
                return None;
            }
        }
        Some(id)
    }

    pub(super) fn get(&self, mapping: Id, key: &str) -> Option<Id> {
        self.tree.entry(mapping, key).map(|(_, value)| value)
    }

    /// Refuses the fields of a mapping that are none of those that are known: what stands there would stay
    /// in clear.
    pub(super) fn only(&mut self, mapping: Id, known: &[&str], reason: &Reason) {
        let tree = self.tree;
        let Content::Mapping(fields) = &tree.resolve(mapping).content else {
            return;
        };
        for (name, _) in fields {
            if !tree.text(*name).is_some_and(|text| known.contains(&text)) {
                self.problem(*name, reason.clone());
            }
        }
    }

    /// Every text that `key` may have here, through aliases, merges and repetitions: a Secret is
    /// not to be overlooked because its kind is written in an unusual way.
    pub(super) fn every(&self, id: Id, key: &str, depth: usize) -> Vec<&'t str> {
        let Content::Mapping(entries) = &self.tree.resolve(id).content else {
            return match &self.tree.resolve(id).content {
                Content::Sequence(parts) if (1..4).contains(&depth) => parts
                    .iter()
                    .flat_map(|part| self.every(*part, key, depth + 1))
                    .collect(),
                _ => Vec::new(),
            };
        };
        let mut found = Vec::new();
        for (name, value) in entries {
            match self.tree.text(*name) {
                Some(text) if text == key => found.extend(self.tree.text(*value)),
                Some("<<") if depth < 4 => found.extend(self.every(*value, key, depth + 1)),
                _ => {}
            }
        }
        found
    }
}
