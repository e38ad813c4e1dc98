//! A manifest's objects as JSON, as kubectl would send them, and where each field stands.

use std::collections::HashMap;

use serde_json::{Map, Number, Value as Json};

use super::finding::Path;
use crate::cli::seal::yaml::plain::NotText;
use crate::cli::seal::yaml::position::Position;
use crate::cli::seal::yaml::syntax::Syntax;
use crate::cli::seal::yaml::tree::{Content, DEPTH, Id, Tree};

/// Nodes of one document, aliases written out: far more than a manifest has, and less than what a few
/// lines of aliases to aliases grow to.
const MAX_NODES: usize = 200_000;

/// One object. Has no Debug: it may hold values in clear.
pub(super) struct Document {
    pub(super) json: Json,
    positions: HashMap<Path, Position>,
    start: Position,
}

impl Document {
    /// Where a field stands, or the nearest thing above it.
    pub(super) fn position(&self, path: &Path) -> Position {
        let mut path = Some(path.clone());
        while let Some(here) = path {
            if let Some(position) = self.positions.get(&here) {
                return *position;
            }
            path = here.parent();
        }
        self.start
    }
}

/// All objects of a text, those in lists included. What is no mapping is left out.
pub(super) fn read(text: &str) -> Result<Vec<Document>, (Position, Syntax)> {
    let tree = Tree::read(text)?;
    let mut documents = Vec::new();
    for id in tree.documents() {
        objects(&tree, *id, 0, &mut documents)?;
    }
    Ok(documents)
}

fn objects(
    tree: &Tree,
    id: Id,
    depth: usize,
    documents: &mut Vec<Document>,
) -> Result<(), (Position, Syntax)> {
    let kind = tree.entry(id, "kind").and_then(|(_, kind)| tree.text(kind));
    if let Some(kind) = kind
        && kind.ends_with("List")
        && let Some((_, items)) = tree.entry(id, "items")
    {
        if depth > DEPTH {
            return Err((tree.position(id), Syntax::TooDeep));
        }
        for item in tree.items(items) {
            objects(tree, *item, depth + 1, documents)?;
        }
        return Ok(());
    }
    let mut reader = Reader {
        tree,
        positions: HashMap::new(),
        nodes: 0,
    };
    let json = reader.value(id, &Path::default(), 0)?;
    if json.is_object() {
        documents.push(Document {
            json,
            positions: reader.positions,
            start: tree.position(id),
        });
    }
    Ok(())
}

struct Reader<'t> {
    tree: &'t Tree,
    positions: HashMap<Path, Position>,
    nodes: usize,
}

impl Reader<'_> {
    fn value(&mut self, id: Id, path: &Path, depth: usize) -> Result<Json, (Position, Syntax)> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > DEPTH {
            return Err((self.tree.position(id), Syntax::TooDeep));
        }
        let node = self.tree.resolve(id);
        Ok(match &node.content {
            Content::Scalar { text, .. } => match self.tree.not_text(id) {
                None => Json::String(text.to_string()),
                Some(NotText::Null) => Json::Null,
                Some(NotText::Boolean) => Json::Bool(is_yes(text)),
                Some(NotText::Number) => Json::Number(number(text)),
            },
            Content::Sequence(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    let path = path.field(&at.to_string());
                    self.positions
                        .insert(path.clone(), self.tree.position(*item));
                    list.push(self.value(*item, &path, depth + 1)?);
                }
                Json::Array(list)
            }
            Content::Mapping(_) => {
                let mut fields = Map::new();
                self.mapping(id, path, depth, &mut fields)?;
                Json::Object(fields)
            }
            // An alias of an alias: the parser makes none.
            Content::Alias(_) => Json::Null,
        })
    }

    /// The fields of a mapping; those of a merge key (`<<`) where the mapping has none of the name.
    fn mapping(
        &mut self,
        id: Id,
        path: &Path,
        depth: usize,
        fields: &mut Map<String, Json>,
    ) -> Result<(), (Position, Syntax)> {
        let tree = self.tree;
        if depth > DEPTH {
            return Err((tree.position(id), Syntax::TooDeep));
        }
        let Content::Mapping(entries) = &tree.resolve(id).content else {
            return Ok(());
        };
        let mut merged = Vec::new();
        for (key, value) in entries {
            match tree.text(*key) {
                Some("<<") => merged.push(*value),
                Some(name) if !fields.contains_key(name) => {
                    let path = path.field(name);
                    self.positions.insert(path.clone(), tree.position(*key));
                    let value = self.value(*value, &path, depth + 1)?;
                    fields.insert(name.to_owned(), value);
                }
                _ => {}
            }
        }
        for part in merged {
            match &tree.resolve(part).content {
                Content::Sequence(parts) => {
                    for part in parts {
                        self.mapping(*part, path, depth + 1, fields)?;
                    }
                }
                _ => self.mapping(part, path, depth + 1, fields)?,
            }
        }
        Ok(())
    }
}

fn is_yes(text: &str) -> bool {
    ["y", "yes", "on", "true"].contains(&text.to_ascii_lowercase().as_str())
}

/// The number, as far as limits look at it: what is written in an unusual way counts as 0.
fn number(text: &str) -> Number {
    let whole = text.parse::<i64>().ok().map(Number::from);
    let fraction = || text.parse::<f64>().ok().and_then(Number::from_f64);
    whole.or_else(fraction).unwrap_or_else(|| Number::from(0))
}
