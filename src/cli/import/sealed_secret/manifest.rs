//! What a SealedSecret says, and the native Secret that its controller would make of it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::RsaPrivateKey;

use super::hybrid::{self, Closed};
use super::scope;
use crate::cli::import::found::Found;
use crate::cli::import::manifest::{Metadata, metadata};
use crate::cli::import::native::Native;
use crate::cli::import::skip::{MAX_KEYS, Skip};
use crate::cli::import::yaml::{self, Fields};
use crate::cli::seal::yaml::position::Position;
use crate::cli::seal::yaml::syntax::Syntax;
use crate::cli::seal::yaml::tree::{Id, Tree};
use crate::crypto::Plaintext;
use crate::policy::names;

const API_VERSION: &str = "bitnami.com/v1alpha1";

/// The annotations that only Sealed Secrets reads.
const PREFIX: &str = "sealedsecrets.bitnami.com/";

/// The SealedSecrets of a text, called `file` in messages, opened; `namespace` is that of manifests
/// that name none.
///
/// # Errors
/// Where the text is not YAML.
pub(super) fn read(
    file: &str,
    text: &str,
    namespace: Option<&str>,
    keys: &[RsaPrivateKey],
) -> Result<Vec<Found>, (Position, Syntax)> {
    let tree = Tree::read(text)?;
    let found = |id: Id| Found {
        place: format!("{file}:{}", tree.position(id)),
        native: open(&tree, id, namespace, keys),
    };
    let all = yaml::objects(&tree, API_VERSION, "SealedSecret");
    Ok(all.into_iter().map(found).collect())
}

fn open(
    tree: &Tree,
    id: Id,
    default_namespace: Option<&str>,
    keys: &[RsaPrivateKey],
) -> Result<Native, Skip> {
    let root = yaml::root(tree, id)?;
    let of = metadata(tree, &root)?;
    let spec = yaml::part(tree, &root, "spec", "spec")?;
    if spec.contains_key("data") && !spec.contains_key("encryptedData") {
        return Err(Skip::OldFormat);
    }
    let template = yaml::part(tree, &spec, "template", "spec.template")?;
    let templates = yaml::part(tree, &template, "data", "spec.template.data")?;
    if let Some(count) = NonZeroUsize::new(templates.len()) {
        return Err(Skip::Template(count));
    }
    let Metadata {
        labels,
        mut annotations,
        ..
    } = metadata(tree, &template)?;
    annotations.retain(|key, _| !key.starts_with(PREFIX));
    let namespace = of.namespace.as_deref().or(default_namespace);
    let namespace = namespace.ok_or(Skip::NoNamespace)?;
    let label = scope::label(&of.annotations, namespace, &of.name);
    Ok(Native {
        namespace: Some(namespace.to_owned()),
        name: of.name,
        type_: yaml::optional(tree, &template, "type", "spec.template.type")?.map(str::to_owned),
        labels,
        annotations,
        immutable: yaml::is_true(tree, &template, "immutable"),
        owners: Vec::new(),
        data: values(tree, &spec, &label, keys)?,
    })
}

fn values(
    tree: &Tree,
    spec: &Fields<'_>,
    label: &str,
    keys: &[RsaPrivateKey],
) -> Result<BTreeMap<String, Plaintext>, Skip> {
    let sealed = yaml::part(tree, spec, "encryptedData", "spec.encryptedData")?;
    if sealed.len() > MAX_KEYS {
        return Err(Skip::TooManyKeys(sealed.len()));
    }
    let mut values = BTreeMap::new();
    for (key, id) in sealed {
        if !names::is_data_key(key) {
            return Err(Skip::InvalidKey);
        }
        let written = yaml::text(tree, id, "a value of spec.encryptedData")?;
        let dense: String = written.split_ascii_whitespace().collect();
        let sealed = STANDARD
            .decode(dense)
            .map_err(|_| Skip::NotBase64("spec.encryptedData"))?;
        let opened =
            hybrid::open(keys, label.as_bytes(), &sealed).map_err(|closed| match closed {
                Closed::NotOurs => Skip::NotOpened {
                    key: key.to_owned(),
                    keys: keys.len(),
                },
                Closed::Damaged => Skip::Damaged(key.to_owned()),
            })?;
        values.insert(key.to_owned(), opened);
    }
    Ok(values)
}
