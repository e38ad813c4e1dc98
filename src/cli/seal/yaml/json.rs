//! A node as JSON, for objects that hold no secret.

use serde_json::{Map, Value};

use super::tree::{Content, Id, Tree};

/// The node with everything below it. Scalars that are not text and aliases become null: what is
/// read through this holds text only, and kubectl writes no aliases.
pub(crate) fn of(tree: &Tree, id: Id) -> Value {
    match &tree.node(id).content {
        Content::Scalar { text, .. } if tree.not_text(id).is_none() => {
            Value::String(text.to_string())
        }
        Content::Scalar { .. } | Content::Alias(_) => Value::Null,
        Content::Sequence(items) => items.iter().map(|item| of(tree, *item)).collect(),
        Content::Mapping(entries) => {
            let entry =
                |(key, value): &(Id, Id)| Some((tree.text(*key)?.to_owned(), of(tree, *value)));
            Value::Object(entries.iter().filter_map(entry).collect::<Map<_, _>>())
        }
    }
}
