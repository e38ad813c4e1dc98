//! From the parser's events to a [`Tree`].

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, Span, StrInput, Tag};
use zeroize::Zeroizing;

use super::position::{Index, Position};
use super::syntax::Syntax;
use super::tree::{Content, DEPTH, Id, Node, Tree};

/// Collections that are still open, and the key that waits for its value.
pub(super) struct Builder {
    tree: Tree,
    open: Vec<(Id, Option<Id>)>,
    /// The first node of the document: anchors do not reach across documents.
    first: Id,
}

impl Builder {
    pub(super) fn new(index: Index) -> Self {
        let (nodes, documents, aliased) = (Vec::new(), Vec::new(), HashSet::new());
        let tree = Tree {
            nodes,
            documents,
            aliased,
            index,
        };
        Self {
            tree,
            open: Vec::new(),
            first: 0,
        }
    }

    pub(super) fn read(mut self, text: &str) -> Result<Tree, (Position, Syntax)> {
        // The parser goes on for ever after an error: the first one ends it here.
        for step in Parser::new(StrInput::new(text)) {
            let (event, span) = step.map_err(|error| {
                let byte = self.tree.index.byte(error.marker().index());
                let lines = lines_around(text, byte);
                (self.tree.index.position(byte), Syntax::of(&error, lines))
            })?;
            self.take(event, span)?;
        }
        Ok(self.tree)
    }

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

/// The line that holds `byte` and the one above, for a look at what kind of mistake it is.
fn lines_around(text: &str, byte: usize) -> &str {
    let line = text[..byte].rfind('\n').unwrap_or(0);
    let start = text[..line].rfind('\n').unwrap_or(0);
    let end = text[byte..]
        .find('\n')
        .map_or(text.len(), |length| byte + length);
    &text[start..end]
}
