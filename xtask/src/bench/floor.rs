//! The yardstick of `cold-sync`: what the API server and this machine can do at most with the two
//! writes that an operator cannot do without, and nothing else.
//!
//! The objects, the bodies of the requests, the account, the client library and the concurrency
//! are the operator's. Everything is computed beforehand but for what only the first answer tells.

use std::{
    process,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use coffer::{
    api::{
        Delivery, Secret, SecretStatus, id_of,
        wellknown::{ORIGIN_LABEL, ORIGIN_NAME_ANNOTATION},
    },
    policy::operations::{replace_with, test},
};
use json_patch::Patch as JsonPatch;
use k8s_openapi::{ByteString, api::core::v1 as core};
use kube::{
    Api, Client, ResourceExt as _,
    api::{ListParams, ObjectMeta, Patch, PatchParams, PostParams},
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
        write_status(client, &native.metadata, resource_version, &status).await
    }
}

/// Writes the status of the Secret of this name.
async fn write_status(
    client: Client,
    named: &ObjectMeta,
    resource_version: Option<String>,
    status: &SecretStatus,
) -> Result<()> {
    let patch = json!({
        "metadata": { "resourceVersion": resource_version },
        "status": status,
    });
    let params = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let (namespace, name) = (named.namespace.as_deref(), named.name.as_deref());
    Api::<Secret>::namespaced(client, namespace.unwrap_or_default())
        .patch_status(name.unwrap_or_default(), &params, &Patch::Merge(&patch))
        .await?;
    Ok(())
}

/// Makes what sealing again cannot do without as fast as it goes: one patch of the values of each Secret, in the
/// name of who owns them, and one of its status. All of the first and then all of the second, so that the API
/// server's memory has the first. Says how long both took.
pub async fn rewrite(cluster: &Cluster) -> Result<Duration> {
    let client = cluster.account().await?;
    let secrets = Api::<Secret>::all(client.clone())
        .list(&ListParams::default())
        .await?
        .items;
    let started = Instant::now();
    let into = Arc::new(Mutex::new(Vec::with_capacity(secrets.len())));
    let (with, patched) = (client.clone(), Arc::clone(&into));
    for_each(secrets, move |secret| {
        let (client, patched) = (with.clone(), Arc::clone(&patched));
        async move {
            let secret = swap(client, secret).await?;
            let mut patched = patched.lock().unwrap_or_else(PoisonError::into_inner);
            patched.push(secret);
            Ok(())
        }
    })
    .await?;
    let patched = std::mem::take(&mut *into.lock().unwrap_or_else(PoisonError::into_inner));
    for_each(patched, move |secret| observe(client.clone(), secret)).await?;
    Ok(started.elapsed())
}

/// Other envelopes of the same sizes: each key has that of the next.
async fn swap(client: Client, secret: Secret) -> Result<Secret> {
    let version = json!(secret.resource_version());
    let mut operations = vec![test(["metadata", "resourceVersion"], version)];
    let values: Vec<_> = secret.spec.data.values().map(|item| &item.value).collect();
    for (key, value) in secret.spec.data.keys().zip(values.iter().cycle().skip(1)) {
        let path = ["spec", "data", key, "value"];
        operations.push(replace_with(path, json!(value)));
    }
    let owner = secret
        .managed_fields()
        .iter()
        .find(|it| it.subresource.is_none());
    let params = PatchParams {
        field_manager: owner.and_then(|owner| owner.manager.clone()),
        ..PatchParams::default()
    };
    let namespace = secret.namespace().unwrap_or_default();
    let patched = Api::<Secret>::namespaced(client, &namespace)
        .patch(
            &secret.name_any(),
            &params,
            &Patch::Json::<()>(JsonPatch(operations)),
        )
        .await?;
    Ok(patched)
}

/// The status as it was, of the new generation.
async fn observe(client: Client, secret: Secret) -> Result<()> {
    let mut status = secret.status.clone().context("a Secret without status")?;
    status.observed_generation = secret.metadata.generation;
    for condition in &mut status.conditions {
        condition.observed_generation = secret.metadata.generation;
    }
    let version = secret.resource_version();
    write_status(client, &secret.metadata, version, &status).await
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
