//! Reading of manifests that hold secrets: strict, and without a word of theirs in an error.
//!
//! What leads to a value is written out once: merge keys and aliased objects are refused, because
//! ignoring them would import less than there is.

use std::collections::BTreeMap;

use super::skip::Skip;
use crate::cli::seal::yaml::tree::{Content, Id, STRING, Tree};

/// The entries of a mapping by key; none where it is missing or null.
pub(super) type Fields<'t> = BTreeMap<&'t str, Id>;

/// The mapping at `id`, called `what` in errors.
pub(super) fn mapping<'t>(tree: &'t Tree, id: Id, what: &'static str) -> Result<Fields<'t>, Skip> {
    let mut fields = Fields::new();
    if tree.is_null(id) {
        return Ok(fields);
    }
    let Content::Mapping(entries) = &tree.resolve(id).content else {
        return Err(Skip::NotAMapping(what));
    };
    for (key, value) in entries {
        match tree.text(*key) {
            Some("<<") => return Err(Skip::MergeKey(what)),
            Some(text) if tree.not_text(*key).is_none() => {
                if fields.insert(text, *value).is_some() {
                    return Err(Skip::DuplicateKey(what));
                }
            }
            _ => return Err(Skip::KeyNotText(what)),
        }
    }
    Ok(fields)
}

/// The mapping under `key`.
pub(super) fn part<'t>(
    tree: &'t Tree,
    fields: &Fields<'_>,
    key: &str,
    what: &'static str,
) -> Result<Fields<'t>, Skip> {
    fields
        .get(key)
        .map_or_else(|| Ok(Fields::new()), |id| mapping(tree, *id, what))
}

/// The text at `id`.
pub(super) fn text<'t>(tree: &'t Tree, id: Id, what: &'static str) -> Result<&'t str, Skip> {
    if let Some(found) = tree.not_text(id) {
        return Err(Skip::NotText { what, found });
    }
    let tag = tree.resolve(id).tag.as_deref();
    if tag.is_some_and(|tag| tag != STRING && tag != "!") {
        return Err(Skip::Tagged(what));
    }
    tree.text(id).ok_or(Skip::NotAScalar(what))
}

/// The text under `key`; none where it is missing or null.
pub(super) fn optional<'t>(
    tree: &'t Tree,
    fields: &Fields<'_>,
    key: &str,
    what: &'static str,
) -> Result<Option<&'t str>, Skip> {
    match fields.get(key) {
        Some(id) if !tree.is_null(*id) => text(tree, *id, what).map(Some),
        _ => Ok(None),
    }
}

/// The texts under `key`, as labels and annotations are.
pub(super) fn texts(
    tree: &Tree,
    fields: &Fields<'_>,
    key: &str,
    what: &'static str,
) -> Result<BTreeMap<String, String>, Skip> {
    part(tree, fields, key, what)?
        .into_iter()
        .map(|(key, id)| Ok((key.to_owned(), text(tree, id, what)?.to_owned())))
        .collect()
}

/// Whether `true` stands under `key`.
pub(super) fn is_true(tree: &Tree, fields: &Fields<'_>, key: &str) -> bool {
    fields.get(key).and_then(|id| tree.text(*id)) == Some("true")
}

/// The objects of this kind in all documents, those in lists included, each once.
pub(super) fn objects(tree: &Tree, api_version: &str, kind: &str) -> Vec<Id> {
    let mut found = Vec::new();
    for document in tree.documents() {
        collect(tree, *document, api_version, kind, &mut found);
    }
    found
}

fn collect(tree: &Tree, id: Id, api_version: &str, kind: &str, found: &mut Vec<Id>) {
    let says = |key: &str| tree.entry(id, key).and_then(|(_, value)| tree.text(value));
    let (version, of) = (says("apiVersion"), says("kind").unwrap_or_default());
    if version == Some(api_version) && of == kind {
        found.push(id);
    } else if of == "List" || (version == Some(api_version) && of == format!("{kind}List")) {
        let items = tree.entry(id, "items").map(|(_, items)| items);
        for item in items.map(|items| tree.items(items)).unwrap_or_default() {
            // An aliased item would be walked once more for each alias.
            if matches!(tree.node(*item).content, Content::Alias(_)) {
                found.push(*item);
            } else {
                collect(tree, *item, api_version, kind, found);
            }
        }
    }
}

/// The root of an object that is written out.
pub(super) fn root(tree: &Tree, id: Id) -> Result<Fields<'_>, Skip> {
    if matches!(tree.node(id).content, Content::Alias(_)) {
        return Err(Skip::Alias);
    }
    mapping(tree, id, "the object")
}
