//! The native Secrets that `fromSecret` follows: their versions from memory, their data from the API
//! server, and only with their owner's consent.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use kube::ResourceExt as _;

use super::natives::Natives;
use crate::api::wellknown::{ORIGIN_LABEL, SOURCE_LABEL};
use crate::api::{Reason, Secret, SecretKeySource};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::crypto::Plaintext;
use crate::index::ObjectKey;
use crate::policy::native::conflict;
use crate::policy::{Problem, values};

/// The resourceVersion of each native Secret that is followed; none where it may not be.
pub(super) type Versions = BTreeMap<String, Option<Box<str>>>;

/// From memory.
pub(super) fn versions(ctx: &Context, namespace: &str, secret: &Secret) -> Versions {
    secret
        .spec
        .data
        .values()
        .filter_map(|value| value.from_secret.as_ref())
        .map(|source| {
            let version = ctx
                .index
                .source_version(&ObjectKey::new(namespace, &source.name));
            (source.name.clone(), version)
        })
        .collect()
}

/// The native Secrets that are followed, as far as they may be.
#[derive(Default)]
pub(super) struct Sources(BTreeMap<String, Source>);

enum Source {
    Data(BTreeMap<String, Plaintext>),
    Absent,
    NoConsent,
    Delivered,
}

impl Sources {
    pub(super) async fn read_all(
        ctx: &Context,
        namespace: &str,
        versions: &Versions,
    ) -> Result<Self, Error> {
        let natives = Natives::of(&ctx.client, namespace);
        let mut sources = BTreeMap::new();
        for (name, version) in versions {
            let key = ObjectKey::new(namespace, name);
            let source = if version.is_some() {
                natives.get(&key).await?.map(Source::of)
            } else {
                // Not among those that consent: is it there at all? Its data is not asked for.
                let metadata = natives.metadata(&key).await?;
                metadata.map(|metadata| {
                    let is_delivered = metadata.labels().contains_key(ORIGIN_LABEL);
                    if is_delivered {
                        Source::Delivered
                    } else {
                        Source::NoConsent
                    }
                })
            };
            sources.insert(name.clone(), source.unwrap_or(Source::Absent));
        }
        Ok(Self(sources))
    }
}

impl Source {
    fn of(object: core::Secret) -> Self {
        if object.labels().contains_key(ORIGIN_LABEL) {
            return Self::Delivered;
        }
        let consents = object.metadata.labels.as_ref().is_some_and(|labels| {
            labels
                .get(SOURCE_LABEL)
                .is_some_and(|value| value == "true")
        });
        if !consents {
            return Self::NoConsent;
        }
        let data = object.data.unwrap_or_default();
        Self::Data(
            data.into_iter()
                .map(|(key, ByteString(bytes))| (key, Plaintext::from(bytes)))
                .collect(),
        )
    }
}

impl values::Sources for Sources {
    fn read(&self, source: &SecretKeySource) -> Result<Plaintext, Problem> {
        let SecretKeySource { name, key } = source;
        match self.0.get(name) {
            Some(Source::Data(data)) => {
                data.get(key).map(|value| Plaintext::from(value.expose().to_vec())).ok_or_else(|| {
                    Problem::new(
                        Reason::SourceKeyMissing,
                        format!("native secret `{name}` has no key `{key}`: add it, or correct `fromSecret`"),
                    )
                })
            }
            Some(Source::NoConsent) => Err(Problem::new(
                Reason::ConsentMissing,
                format!("native secret `{name}` may not be read: its owner has to label it {SOURCE_LABEL}=true"),
            )),
            Some(Source::Delivered) => Err(conflict::delivered_source(name)),
            Some(Source::Absent) | None => Err(Problem::new(
                Reason::SourceNotFound,
                format!("native secret `{name}` does not exist: create it with the label {SOURCE_LABEL}=true, or correct `fromSecret`"),
            )),
        }
    }
}
