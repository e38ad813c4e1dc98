//! The manifest as the author wrote it: which of its scalars are values of a Coffer Secret.
//!
//! Documents of other kinds and groups are not looked into, and not touched.

use super::problem::{Note, Problem, Reason};
use super::reader::Reader;
use super::yaml::extent::Extent;
use super::yaml::position::Position;
use super::yaml::tree::{Content, Id, Tree};
use crate::api::Encoding;
use crate::crypto::Plaintext;
use crate::policy::encoding::decode;

/// A text, and the values in it. Has no Debug: the text holds secrets.
pub(crate) struct Manifest<'t> {
    pub(super) text: &'t str,
    pub(super) tree: Tree,
    secrets: Vec<Secret>,
    fields: Vec<Field>,
    notes: Vec<(Position, Note)>,
}

/// The object that values belong to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) position: Position,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) store: String,
}

/// One `spec.data.<key>.value`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Index into [`Manifest::secrets`].
    pub(crate) secret: usize,
    pub(crate) key: String,
    pub(crate) encoding: Encoding,
    /// Whether Coffer makes the value, and has filled it in.
    pub(crate) generated: bool,
    pub(crate) position: Position,
    pub(super) node: Id,
    pub(super) extent: Extent,
}

impl<'t> Manifest<'t> {
    /// Finds the values, or everything that is in the way.
    pub(crate) fn read(text: &'t str) -> Result<Self, Vec<Problem>> {
        let tree = Tree::read(text).map_err(|(position, syntax)| {
            vec![Problem {
                position,
                reason: Reason::Syntax(syntax),
            }]
        })?;
        let mut reader = Reader::new(text, &tree);
        for document in tree.documents() {
            reader.object(*document);
        }
        let Reader {
            secrets,
            fields,
            notes,
            problems,
            ..
        } = reader;
        if problems.is_empty() {
            Ok(Self {
                text,
                tree,
                secrets,
                fields,
                notes,
            })
        } else {
            Err(problems)
        }
    }

    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub(crate) fn notes(&self) -> &[(Position, Note)] {
        &self.notes
    }

    /// The value as it stands in the text, quotes and escapes resolved.
    pub(crate) fn written(&self, field: &Field) -> &str {
        match &self.tree.node(field.node).content {
            Content::Scalar { text, .. } => text,
            _ => "",
        }
    }

    /// The bytes that the value stands for.
    pub(crate) fn bytes(&self, field: &Field) -> Result<Plaintext, Problem> {
        decode(self.written(field), field.encoding).map_err(|unusable| Problem {
            position: field.position,
            reason: unusable.into(),
        })
    }
}
