//! The places of the Pod API that name a Secret.

use serde_json::{Value as Json, json};

use super::env;

/// A place, and the fields of a pod's spec that name the Secret `stripe` there.
type Way = (&'static str, Json);

/// All of them, but for [`ADDED`].
pub(super) fn ways() -> Vec<Way> {
    [of_containers(), of_volumes()].concat()
}

/// Those of containers that are added to a pod.
pub(super) const ADDED: [&str; 2] = [
    "ephemeralContainers.env.valueFrom.secretKeyRef.name",
    "ephemeralContainers.envFrom.secretRef.name",
];

/// Those of containers, and of the pod itself.
fn of_containers() -> Vec<Way> {
    let env_from = json!([{ "secretRef": { "name": "stripe" } }]);
    let main = json!({ "name": "main", "image": "none" });
    let with = |container: Json| {
        let mut all = main.clone();
        for (field, value) in container.as_object().unwrap() {
            all[field] = value.clone();
        }
        all
    };
    let from = &env("stripe")["containers"][0]["env"];
    let first = |container: Json| {
        let mut init = with(container);
        init["name"] = json!("first");
        json!({ "initContainers": [init] })
    };
    let beside = json!({ "name": "beside", "image": "none", "envFrom": env_from });
    vec![
        ("containers.env.valueFrom.secretKeyRef.name", env("stripe")),
        (
            "containers.envFrom.secretRef.name",
            json!({ "containers": [main, beside] }),
        ),
        (
            "initContainers.env.valueFrom.secretKeyRef.name",
            first(json!({ "env": from })),
        ),
        (
            "initContainers.envFrom.secretRef.name",
            first(json!({ "envFrom": env_from })),
        ),
        (
            "imagePullSecrets.name",
            json!({ "imagePullSecrets": [{ "name": "registry" }, { "name": "stripe" }] }),
        ),
    ]
}

/// Those of volumes.
fn of_volumes() -> Vec<Way> {
    let volume = |source: Json| {
        let mut volume = source;
        volume["name"] = json!("v");
        json!({ "volumes": [volume] })
    };
    let by_ref = |kind: &str, mut fields: Json| {
        fields["secretRef"] = json!({ "name": "stripe" });
        volume(json!({ kind: fields }))
    };
    vec![
        (
            "volumes.secret.secretName",
            volume(json!({ "secret": { "secretName": "stripe" } })),
        ),
        (
            "volumes.projected.sources.secret.name",
            volume(json!({ "projected": { "sources": [
                { "configMap": { "name": "c" } }, { "secret": { "name": "stripe" } },
            ] } })),
        ),
        (
            "volumes.csi.nodePublishSecretRef.name",
            volume(json!({ "csi": {
                "driver": "d.example.com", "nodePublishSecretRef": { "name": "stripe" },
            } })),
        ),
        (
            "volumes.azureFile.secretName",
            volume(json!({ "azureFile": { "secretName": "stripe", "shareName": "s" } })),
        ),
        (
            "volumes.cephfs.secretRef.name",
            by_ref("cephfs", json!({ "monitors": ["m"] })),
        ),
        (
            "volumes.cinder.secretRef.name",
            by_ref("cinder", json!({ "volumeID": "i" })),
        ),
        (
            "volumes.flexVolume.secretRef.name",
            by_ref("flexVolume", json!({ "driver": "d" })),
        ),
        (
            "volumes.iscsi.secretRef.name",
            by_ref(
                "iscsi",
                json!({
                    "targetPortal": "p", "iqn": "iqn.2001-04.com.example:s", "lun": 0,
                    "chapAuthSession": true,
                }),
            ),
        ),
        (
            "volumes.rbd.secretRef.name",
            by_ref("rbd", json!({ "monitors": ["m"], "image": "i" })),
        ),
        (
            "volumes.scaleIO.secretRef.name",
            by_ref(
                "scaleIO",
                json!({ "gateway": "g", "system": "s", "volumeName": "v" }),
            ),
        ),
        (
            "volumes.storageos.secretRef.name",
            by_ref("storageos", json!({ "volumeName": "v" })),
        ),
    ]
}
