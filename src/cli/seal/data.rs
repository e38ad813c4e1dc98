//! `spec.data` of one Secret: each key, its value and encoding.

use saphyr_parser::ScalarStyle;
use serde::Deserialize as _;
use serde::de::value::StrDeserializer;

use super::manifest::Field;
use super::problem::{Note, Problem, Reason};
use super::reader::Reader;
use super::yaml::extent;
use super::yaml::plain::NotText;
use super::yaml::syntax::Syntax;
use super::yaml::tree::{Content, Id, STRING};
use crate::api::Encoding;
use crate::crypto::Envelope;

const FIELDS: [&str; 5] = ["value", "encoding", "fromSecret", "generate", "generated"];
const FROM_SECRET: [&str; 2] = ["name", "key"];

impl Reader<'_> {
    pub(super) fn data(&mut self, data: Id) {
        if self.tree.is_null(data) {
            return self.problem(data, Reason::NoData);
        }
        let Some(data) = self.written_out(data, "spec.data") else {
            return;
        };
        let Content::Mapping(entries) = &self.tree.node(data).content else {
            return;
        };
        if entries.is_empty() {
            self.problem(data, Reason::NoData);
        }
        for (key, entry) in entries {
            match self.tree.text(*key) {
                Some(text) => self.entry(text, *entry),
                None => self.problem(*key, Reason::NameNotText("a key of spec.data")),
            }
        }
    }

    fn entry(&mut self, key: &str, entry: Id) {
        let Some(entry) = self.written_out(entry, "a key of spec.data") else {
            return;
        };
        // A misspelt `value` would stay in clear, here and in Git.
        self.only(entry, &FIELDS, &Reason::UnknownField);
        if let Some(source) = self.get(entry, "fromSecret") {
            let reason = Reason::UnknownFieldOf("fromSecret");
            self.only(source, &FROM_SECRET, &reason);
        }
        let encoding = match self.get(entry, "encoding") {
            Some(id) if !self.tree.is_null(id) => {
                let named = self.tree.text(id).and_then(encoding);
                if named.is_none() {
                    self.problem(id, Reason::UnknownEncoding);
                }
                named.unwrap_or(Encoding::Text)
            }
            _ => Encoding::Text,
        };
        if let Some((name, value)) = self.tree.entry(entry, "value") {
            let sealed = self.tree.text(value).is_some_and(Envelope::is_sealed);
            let generate = self.get(entry, "generate");
            let generated = generate.is_some_and(|id| !self.tree.is_null(id));
            if !sealed && generated {
                return self.problem(name, Reason::GivenAndGenerated);
            }
            self.value(key, (encoding, generated), name, value);
        }
    }

    fn value(&mut self, key: &str, (encoding, generated): (Encoding, bool), name: Id, value: Id) {
        let node = self.tree.node(value);
        let (text, style) = match &node.content {
            Content::Scalar { text, style } => (text, *style),
            Content::Alias(_) => return self.problem(value, Reason::Alias("the value")),
            Content::Mapping(_) | Content::Sequence(_) => {
                let template = self.text[node.start..].starts_with("{{");
                let reason = if template {
                    Reason::Syntax(Syntax::Template)
                } else {
                    Reason::NotAScalar
                };
                return self.problem(value, reason);
            }
        };
        if self.tree.is_aliased(value) {
            return self.problem(value, Reason::Anchored("the value"));
        }
        if node
            .tag
            .as_deref()
            .is_some_and(|tag| tag != STRING && tag != "!")
        {
            return self.problem(value, Reason::Tagged("the value"));
        }
        match self.tree.not_text(value) {
            // An empty value has no place of its own: the key is what one sees.
            Some(NotText::Null) => return self.problem(name, Reason::NotText(NotText::Null)),
            Some(other) => return self.problem(value, Reason::NotText(other)),
            None => {}
        }
        // YAML has no blocks within braces: the parser takes one for a plain scalar, Kubernetes
        // refuses it.
        if style == ScalarStyle::Plain && text.starts_with(['|', '>']) {
            return self.problem(value, Reason::Layout);
        }
        let key_end = self.tree.node(name).end;
        let Some(extent) = extent::of_value(self.text, key_end, node.end, style) else {
            return self.problem(value, Reason::Layout);
        };
        let position = self.tree.position_of_byte(extent.scalar.start);
        let whole = text.trim();
        if style != ScalarStyle::Literal && whole.starts_with("{{") && whole.ends_with("}}") {
            self.notes.push((position, Note::LooksLikeATemplate));
        }
        let Some(secret) = self.secrets.len().checked_sub(1) else {
            return self.problems.push(Problem {
                position,
                reason: Reason::Layout,
            });
        };
        let key = key.to_owned();
        self.fields.push(Field {
            secret,
            key,
            encoding,
            generated,
            position,
            node: value,
            extent,
        });
    }
}

/// As the resource itself reads it.
fn encoding(name: &str) -> Option<Encoding> {
    let name = StrDeserializer::<serde::de::value::Error>::new(name);
    Encoding::deserialize(name).ok()
}
