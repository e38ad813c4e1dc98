//! Native Secrets as manifests have them: `data` in base64, `stringData` as text.

use std::collections::BTreeMap;

use super::found::Found;
use super::native::{self, Native};
use super::skip::{MAX_KEYS, Skip};
use super::yaml::{self, Fields};
use crate::api::Encoding;
use crate::cli::seal::yaml::position::Position;
use crate::cli::seal::yaml::syntax::Syntax;
use crate::cli::seal::yaml::tree::{Id, Tree};
use crate::crypto::Plaintext;
use crate::policy::encoding::decode;
use crate::policy::names;

/// What the metadata of an object says, native Secret or SealedSecret.
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
}

/// The native Secrets of a text, called `file` in messages.
///
/// # Errors
/// Where the text is not YAML.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Found>, (Position, Syntax)> {
    let tree = Tree::read(text)?;
    let found = |id: Id| Found {
        place: format!("{file}:{}", tree.position(id)),
        native: secret(&tree, id),
    };
    Ok(yaml::objects(&tree, "v1", "Secret")
        .into_iter()
        .map(found)
        .collect())
}

fn secret(tree: &Tree, id: Id) -> Result<Native, Skip> {
    let root = yaml::root(tree, id)?;
    let Metadata {
        name,
        namespace,
        labels,
        annotations,
    } = metadata(tree, &root)?;
    let mut values = BTreeMap::new();
    collect(
        tree,
        &root,
        ("data", "a value of data"),
        Encoding::Base64,
        &mut values,
    )?;
    // As the API server does: what is given as text wins.
    let part = ("stringData", "a value of stringData");
    collect(tree, &root, part, Encoding::Text, &mut values)?;
    Ok(Native {
        namespace,
        name,
        type_: yaml::optional(tree, &root, "type", "type")?.map(str::to_owned),
        labels,
        annotations,
        immutable: yaml::is_true(tree, &root, "immutable"),
        owners: owners(tree, &root)?,
        data: values,
    })
}

/// Name, namespace, labels and annotations.
pub(super) fn metadata(tree: &Tree, root: &Fields<'_>) -> Result<Metadata, Skip> {
    let metadata = yaml::part(tree, root, "metadata", "metadata")?;
    let text = |key, what| Ok(yaml::optional(tree, &metadata, key, what)?.map(str::to_owned));
    let mut annotations = yaml::texts(tree, &metadata, "annotations", "metadata.annotations")?;
    native::forget_manifest(&mut annotations);
    Ok(Metadata {
        name: text("name", "metadata.name")?.unwrap_or_default(),
        namespace: text("namespace", "metadata.namespace")?,
        labels: yaml::texts(tree, &metadata, "labels", "metadata.labels")?,
        annotations,
    })
}

fn collect(
    tree: &Tree,
    root: &Fields<'_>,
    (part, value): (&'static str, &'static str),
    encoding: Encoding,
    values: &mut BTreeMap<String, Plaintext>,
) -> Result<(), Skip> {
    let entries = yaml::part(tree, root, part, part)?;
    // Before they are decoded: an alias makes much of little.
    if entries.len() > MAX_KEYS {
        return Err(Skip::TooManyKeys(entries.len()));
    }
    for (key, id) in entries {
        if !names::is_data_key(key) {
            return Err(Skip::InvalidKey);
        }
        let written = yaml::text(tree, id, value)?;
        let decoded = decode(written, encoding);
        let value = decoded.map_err(|unusable| Skip::unusable(unusable, part, key))?;
        values.insert(key.to_owned(), value);
    }
    Ok(())
}

fn owners(tree: &Tree, root: &Fields<'_>) -> Result<Vec<String>, Skip> {
    let metadata = yaml::part(tree, root, "metadata", "metadata")?;
    let Some(list) = metadata.get("ownerReferences") else {
        return Ok(Vec::new());
    };
    let owner = |id: &Id| {
        let owner = yaml::mapping(tree, *id, "an owner reference")?;
        let text = |key| yaml::optional(tree, &owner, key, "an owner reference");
        let (kind, name) = (text("kind")?, text("name")?);
        Ok(format!(
            "{} {}",
            kind.unwrap_or_default(),
            name.unwrap_or_default()
        ))
    };
    tree.items(*list).iter().map(owner).collect()
}
