//! What the cluster has already, as digests: a hundred thousand objects take some megabytes.

use std::collections::HashMap;

use crate::cli::archive::object::{Digest, KINDS, Object};
use crate::cli::archive::progress::Progress;
use crate::cli::cluster::Cluster;

/// The objects of a cluster.
#[derive(Default)]
pub(super) struct Survey {
    /// By label. None for one that is being deleted.
    digests: HashMap<String, Option<Digest>>,
}

/// What there is of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    Nothing,
    TheSame,
    Another,
    BeingDeleted,
}

impl Survey {
    /// Looks at all of them. Errs where the definitions are not installed.
    pub(super) fn of(cluster: &Cluster) -> anyhow::Result<Self> {
        let mut survey = Self::default();
        let mut progress = Progress::new("objects in the cluster", None);
        for kind in KINDS {
            cluster.each(kind, |object| {
                progress.step();
                let metadata = &object.metadata;
                let (namespace, name) = (&metadata.namespace, &metadata.name);
                let label = format!(
                    "{kind} {}/{}",
                    namespace.as_deref().unwrap_or_default(),
                    name.as_deref().unwrap_or_default()
                );
                survey.add(label, Object::of(kind, object).as_ref());
                Ok(())
            })?;
        }
        Ok(survey)
    }

    pub(super) fn add(&mut self, label: String, object: Option<&Object>) {
        self.digests.insert(label, object.map(Object::digest));
    }

    pub(super) fn compare(&self, object: &Object) -> There {
        match self.digests.get(&object.label()) {
            None => There::Nothing,
            Some(None) => There::BeingDeleted,
            Some(Some(digest)) if *digest == object.digest() => There::TheSame,
            Some(Some(_)) => There::Another,
        }
    }
}
