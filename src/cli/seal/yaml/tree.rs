//! A YAML stream as nodes that know where they stand.
//!
//! The text of scalars erases itself when the tree is dropped, and nothing here has a Debug.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use zeroize::Zeroizing;

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
    nodes: Vec<Node>,
    documents: Vec<Id>,
    aliased: HashSet<Id>,
    index: Index,
}

impl Tree {
    /// Reads all documents of a stream.
    pub(crate) fn read(text: &str) -> Result<Self, (Position, Syntax)> {
        let index = Index::of(text);
        // The parser takes a NUL for the end of the text; what follows it would go unread.
        if let Some(byte) = text.find('\0') {
            return Err((index.position(byte), Syntax::Unprintable));
        }
        let (nodes, documents, aliased) = (Vec::new(), Vec::new(), HashSet::new());
        let mut builder = Builder {
            tree: Self {
                nodes,
                documents,
                aliased,
                index,
            },
            open: Vec::new(),
            first: 0,
        };
        for step in Parser::new(StrInput::new(text)) {
            let (event, span) = step.map_err(|error| {
                let byte = builder.tree.index.byte(error.marker().index());
                let lines = lines_around(text, byte);
                (builder.tree.index.position(byte), Syntax::of(&error, lines))
            })?;
            builder.take(event, span)?;
        }
        Ok(builder.tree)
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

/// The line that holds `byte` and the one above, for a look at what kind of mistake it is.
fn lines_around(text: &str, byte: usize) -> &str {
    let line = text[..byte].rfind('\n').unwrap_or(0);
    let start = text[..line].rfind('\n').unwrap_or(0);
    let end = text[byte..]
        .find('\n')
        .map_or(text.len(), |length| byte + length);
    &text[start..end]
}

/// Collections that are still open, and the key that waits for its value.
struct Builder {
    tree: Tree,
    open: Vec<(Id, Option<Id>)>,
    /// The first node of the document: anchors do not reach across documents.
    first: Id,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), (Position, Syntax)> {
        let (content, anchor, tag) = match event {
            Event::DocumentStart(_) => {
                self.first = self.tree.nodes.len();
                return Ok(());
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                return Ok(());
            }
            Event::Scalar(text, style, anchor, tag) => {
                let text = Zeroizing::new(text.into_owned());
                (Content::Scalar { text, style }, anchor, tag)
            }
            Event::Alias(anchor) => (Content::Alias(self.target(anchor, span)?), 0, None),
            Event::SequenceStart(anchor, tag) => (Content::Sequence(Vec::new()), anchor, tag),
            Event::MappingStart(anchor, tag) => (Content::Mapping(Vec::new()), anchor, tag),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {
                return Ok(());
            }
        };
        let opens = matches!(content, Content::Sequence(_) | Content::Mapping(_));
        let start = self.tree.index.byte(span.start.index());
        let end = self.tree.index.byte(span.end.index());
        let tag = tag.map(|tag| written_out(&tag));
        let id = self.tree.nodes.len();
        self.tree.nodes.push(Node {
            content,
            anchor,
            tag,
            start,
            end,
        });
        self.attach(id);
        if opens {
            self.open.push((id, None));
        }
        if self.open.len() > DEPTH {
            return Err((self.tree.position(id), Syntax::TooDeep));
        }
        Ok(())
    }

    fn attach(&mut self, id: Id) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.tree.documents.push(id);
            return;
        };
        match (&mut self.tree.nodes[*parent].content, key.take()) {
            (Content::Mapping(entries), Some(key)) => entries.push((key, id)),
            (Content::Mapping(_), None) => *key = Some(id),
            (Content::Sequence(items), _) => items.push(id),
            (Content::Scalar { .. } | Content::Alias(_), _) => {}
        }
    }

    fn target(&mut self, anchor: usize, span: Span) -> Result<Id, (Position, Syntax)> {
        let byte = self.tree.index.byte(span.start.index());
        let here = &self.tree.nodes[self.first..];
        let found = here.iter().rposition(|node| node.anchor == anchor);
        let id = self.first
            + found.ok_or_else(|| (self.tree.index.position(byte), Syntax::UnknownAnchor))?;
        self.tree.aliased.insert(id);
        Ok(id)
    }
}

fn written_out(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}
