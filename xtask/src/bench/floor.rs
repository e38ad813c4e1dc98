//! The yardstick of `cold-sync`: what the API server and this machine can do at most with the two
//! writes that an operator cannot do without, and nothing else.
//!
//! The objects, the bodies of the requests, the account, the client library and the concurrency
//! are the operator's. Everything is computed beforehand but for what only the first answer tells.

use std::{
    process,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use coffer::api::{
    Delivery, Secret, SecretStatus, id_of,
    wellknown::{ORIGIN_LABEL, ORIGIN_NAME_ANNOTATION},
};
use k8s_openapi::{ByteString, api::core::v1 as core};
use kube::{
    Api, Client, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;

use super::{
    cluster::{Cluster, for_each},
    usage::Usage,
    workload,
};

/// The field manager of the operator's writes.
const MANAGER: &str = "coffer/secret";

/// The two writes for one Secret.
#[derive(Debug)]
pub struct Writes {
    native: core::Secret,
    resource_version: Option<String>,
    status: SecretStatus,
}

impl Writes {
    /// As the operator would make them, after the example of those that it made.
    pub fn of(secret: &Secret, example: &(Secret, core::Secret)) -> Result<Self> {
        let (name, uid) = (secret.name_any(), secret.uid().unwrap_or_default());
        let (model, native) = example;

        let mut native = native.clone();
        let meta = &mut native.metadata;
        meta.name = Some(name.clone());
        meta.namespace = secret.namespace();
        (meta.uid, meta.resource_version) = (None, None);
        (meta.creation_timestamp, meta.managed_fields) = (None, None);
        native
            .labels_mut()
            .insert(ORIGIN_LABEL.to_owned(), uid.clone());
        let annotations = native.annotations_mut();
        annotations.insert(ORIGIN_NAME_ANNOTATION.to_owned(), name.clone());
        for owner in native.owner_references_mut() {
            owner.name.clone_from(&name);
            owner.uid.clone_from(&uid);
        }
        native.data = Some(
            workload::plaintexts(secret)
                .into_iter()
                .map(|(key, value)| (key.to_owned(), ByteString(value.into_bytes())))
                .collect(),
        );

        let mut status = model.status.clone().context("the example has no status")?;
        status.id = Some(id_of(&uid));
        status.created = secret.creation_timestamp();
        for condition in &mut status.conditions {
            condition.message = condition.message.replace(&model.name_any(), &name);
        }
        Ok(Self {
            native,
            resource_version: secret.resource_version(),
            status,
        })
    }

    async fn make(self, client: Client) -> Result<()> {
        let Self {
            native,
            resource_version,
            mut status,
        } = self;
        let namespace = native.namespace().unwrap_or_default();
        let params = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PostParams::default()
        };
        let native = Api::<core::Secret>::namespaced(client.clone(), &namespace)
            .create(&params, &native)
            .await?;
        status.deliveries = vec![Delivery {
            name: native.name_any(),
            uid: native.uid().unwrap_or_default(),
            resource_version: native.resource_version().unwrap_or_default(),
            namespace,
        }];
        let patch = json!({
            "metadata": { "resourceVersion": resource_version },
            "status": status,
        });
        let params = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        Api::<Secret>::namespaced(client, &status.deliveries[0].namespace)
            .patch_status(&native.name_any(), &params, &Patch::Merge(&patch))
            .await?;
        Ok(())
    }
}

/// Makes the writes for all `secrets` as fast as it goes. Says how long it took, and what this process
/// used meanwhile.
pub async fn run(cluster: &Cluster, secrets: &[Secret]) -> Result<(Duration, Usage)> {
    let client = cluster.account().await?;
    let writes = secrets
        .iter()
        .map(|secret| Writes::of(secret, &cluster.example));
    let writes = writes.collect::<Result<Vec<_>>>()?;
    let (before, started) = (Usage::of(process::id())?, Instant::now());
    for_each(writes, move |writes| writes.make(client.clone())).await?;
    let (elapsed, after) = (started.elapsed(), Usage::of(process::id())?);
    let usage = Usage {
        cpu: after.cpu.saturating_sub(before.cpu),
        ..after
    };
    Ok((elapsed, usage))
}
