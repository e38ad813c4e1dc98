//! A YAML stream as nodes that know where they stand.
//!
//! The text of scalars erases itself when the tree is dropped, and nothing here has a Debug.

use std::collections::HashSet;

use saphyr_parser::ScalarStyle;
use zeroize::Zeroizing;

use super::builder::Builder;
use super::plain::{self, NotText};
use super::position::{Index, Position};
use super::syntax::Syntax;

/// Levels of nesting; a manifest has about twenty.
pub(crate) const DEPTH: usize = 200;

/// The tag of a string, `!!str`.
pub(crate) const STRING: &str = "tag:yaml.org,2002:str";

/// A node of one [`Tree`].
pub(crate) type Id = usize;

pub(crate) struct Node {
    pub(crate) content: Content,
    /// The anchor's number, 0 without one.
    pub(crate) anchor: usize,
    /// The tag written out, `tag:yaml.org,2002:str` for `!!str`.
    pub(crate) tag: Option<String>,
    /// First byte: of the anchor or tag if there is one; of the content for a block scalar.
    pub(crate) start: usize,
    /// The byte after the node, and possibly after blanks and a comment that follow it.
    pub(crate) end: usize,
}

pub(crate) enum Content {
    Scalar {
        text: Zeroizing<String>,
        style: ScalarStyle,
    },
    Alias(Id),
    Sequence(Vec<Id>),
    Mapping(Vec<(Id, Id)>),
}

pub(crate) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) documents: Vec<Id>,
    /// Nodes that an alias stands for.
    pub(super) aliased: HashSet<Id>,
    pub(super) index: Index,
}

impl Tree {
    /// Reads all documents of a stream.
    pub(crate) fn read(text: &str) -> Result<Self, (Position, Syntax)> {
        let index = Index::of(text);
        // The parser takes a NUL for the end of the text; what follows it would go unread.
        if let Some(byte) = text.find('\0') {
            return Err((index.position(byte), Syntax::Unprintable));
        }
        Builder::new(index).read(text)
    }

    pub(crate) fn documents(&self) -> &[Id] {
        &self.documents
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node, or what it stands for if it is an alias.
    pub(crate) fn resolve(&self, id: Id) -> &Node {
        match self.nodes[id].content {
            Content::Alias(target) => &self.nodes[target],
            _ => &self.nodes[id],
        }
    }

    /// The text of a scalar, aliases followed.
    pub(crate) fn text(&self, id: Id) -> Option<&str> {
        match &self.resolve(id).content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Key and value of an entry of a mapping, an alias of one included.
    pub(crate) fn entry(&self, mapping: Id, key: &str) -> Option<(Id, Id)> {
        match &self.resolve(mapping).content {
            Content::Mapping(entries) => entries
                .iter()
                .copied()
                .find(|(name, _)| self.text(*name) == Some(key)),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self, id: Id) -> &[Id] {
        match &self.resolve(id).content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    /// What the scalar is to Kubernetes when it is not a string.
    pub(crate) fn not_text(&self, id: Id) -> Option<NotText> {
        let node = self.resolve(id);
        match &node.content {
            Content::Scalar {
                text,
                style: ScalarStyle::Plain,
            } if node.tag.is_none() => plain::meaning(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self, id: Id) -> bool {
        self.not_text(id) == Some(NotText::Null)
    }

    /// Whether an alias elsewhere stands for this node.
    pub(crate) fn is_aliased(&self, id: Id) -> bool {
        self.aliased.contains(&id)
    }

    pub(crate) fn position(&self, id: Id) -> Position {
        self.index.position(self.nodes[id].start)
    }

    pub(crate) fn position_of_byte(&self, byte: usize) -> Position {
        self.index.position(byte)
    }
}
