//! The native Secrets that a secret follows, read with their owner's consent.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as core;
use kube::{Api, Client, ResourceExt as _};

use crate::api::wellknown::{ORIGIN_LABEL, SOURCE_LABEL};
use crate::api::{Reason, Secret, SecretKeySource};
use crate::crypto::Plaintext;
use crate::index::{Index, ObjectKey};
use crate::operations::Error;
use crate::policy::Problem;
use crate::policy::values::Sources;

/// Their data, by name.
pub(super) struct Followed(BTreeMap<String, BTreeMap<String, Plaintext>>);

impl Followed {
    /// Those that may be read; of the others nothing is asked for.
    ///
    /// # Errors
    /// The API server does not answer.
    pub(super) async fn read(
        client: &Client,
        index: &Index,
        secret: &Secret,
    ) -> Result<Self, Error> {
        let namespace = secret.namespace().unwrap_or_default();
        let natives: Api<core::Secret> = Api::namespaced(client.clone(), &namespace);
        let mut read = BTreeMap::new();
        for source in secret
            .spec
            .data
            .values()
            .filter_map(|it| it.from_secret.as_ref())
        {
            let key = ObjectKey::new(&namespace, &source.name);
            if read.contains_key(&source.name) || index.source_version(&key).is_none() {
                continue;
            }
            let native = natives.get_opt(&source.name).await;
            let native = native.map_err(Error::api("read a native secret that is followed"))?;
            if let Some(native) = native.filter(consents) {
                let data = native.data.unwrap_or_default().into_iter();
                let data = data.map(|(key, bytes)| (key, Plaintext::from(bytes.0)));
                read.insert(source.name.clone(), data.collect());
            }
        }
        Ok(Self(read))
    }
}

fn consents(native: &core::Secret) -> bool {
    let labels = native.labels();
    !labels.contains_key(ORIGIN_LABEL)
        && labels
            .get(SOURCE_LABEL)
            .is_some_and(|value| value == "true")
}

impl Sources for Followed {
    fn read(&self, source: &SecretKeySource) -> Result<Plaintext, Problem> {
        let found = self
            .0
            .get(&source.name)
            .and_then(|data| data.get(&source.key));
        found.cloned().ok_or_else(|| {
            let SecretKeySource { name, key } = source;
            Problem::new(
                Reason::SourceNotFound,
                format!("native secret `{name}` has no key `{key}` that may be read: see the conditions of the Secret"),
            )
        })
    }
}
