//! Every way in which a pod can refer to a Secret.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::places::{ADDED, ways};
use super::{INSIDE, OUTSIDE, env, make, maker, named, pod, refused, restricted, taken};
use crate::support::{Cluster, Namespace};

#[tokio::test]
async fn a_scoped_secret_is_refused_outside_its_scopes_and_taken_inside_in_every_way() {
    let ns = restricted().await;
    let maker = maker(&ns).await;
    let told = format!(
        "service account \"other\" may not use Secret \"stripe\", which is for these scopes of SecretStore \
         {}/vault: checkout. Run the pod as an account in one of them, name this one there in the SecretStore, or take \
         the reference out",
        ns.name
    );
    let mut wrong = Vec::new();
    for (place, fields) in ways() {
        match maker.judge(&pod(OUTSIDE, &fields)).await {
            Err(message) if message.contains(&told) => {}
            other => wrong.push(format!("{place}: outside: {other:?}")),
        }
        if let Err(message) = maker.judge(&pod(INSIDE, &fields)).await {
            wrong.push(format!("{place}: inside: {message}"));
        }
        let text = fields.to_string().replace("stripe", "elsewhere");
        let unscoped = serde_json::from_str(&text).unwrap();
        if let Err(message) = maker.judge(&pod(OUTSIDE, &unscoped)).await {
            wrong.push(format!("{place}: another Secret: {message}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Without a name it is the account `default`.
    let mut unnamed = pod(OUTSIDE, &env("stripe"));
    unnamed["spec"]["serviceAccountName"].take();
    assert!(refused(&maker, &unnamed).await.contains("\"default\""));
}

/// A new version of Kubernetes may bring another one.
#[tokio::test]
async fn every_place_of_the_pod_api_that_names_a_secret_is_known() {
    let cluster = Cluster::shared().await;
    let output = cluster
        .kubectl(&["get", "--raw", "/openapi/v3/api/v1"], "")
        .await;
    let api: Json = serde_json::from_slice(&output.stdout).unwrap();
    let mut places = BTreeSet::new();
    let pod = "io.k8s.api.core.v1.PodSpec";
    walk(&api["components"]["schemas"], pod, "", false, &mut places);
    let known: BTreeSet<_> = ways()
        .into_iter()
        .map(|(place, _)| place)
        .chain(ADDED)
        .collect();
    let places: BTreeSet<_> = places.iter().map(String::as_str).collect();
    assert_eq!(places, known);
}

/// Notes each text under a property, or of a type, that has to do with Secrets, but for keys in them.
fn walk(schemas: &Json, name: &str, place: &str, is_secret: bool, places: &mut BTreeSet<String>) {
    let schema = &schemas[name];
    for (property, of) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{property}");
        let place = place.trim_start_matches('.');
        let is_secret = is_secret || property.to_lowercase().contains("secret");
        let reference = [
            &of["$ref"],
            &of["allOf"][0]["$ref"],
            &of["items"]["$ref"],
            &of["items"]["allOf"][0]["$ref"],
        ];
        let nested = reference
            .iter()
            .find_map(|it| it.as_str()?.rsplit('/').next());
        // A claim for a volume refers to no Secret: what the volume refers to is the cluster's.
        match nested {
            Some(nested) if property != "volumeClaimTemplate" => {
                let is_secret = is_secret || nested.contains("Secret");
                walk(schemas, nested, place, is_secret, places);
            }
            _ if is_secret && (property == "name" || property == "secretName") => {
                places.insert(place.to_owned());
            }
            _ => {}
        }
    }
}

/// The container that `kubectl debug` adds.
async fn debug(ns: &Namespace, pod: &str, name: &str, fields: &Json) -> Result<String, String> {
    let mut container = json!({ "name": name, "image": "none" });
    for (field, value) in fields.as_object().unwrap() {
        container[field] = value.clone();
    }
    let patch = json!({ "spec": { "ephemeralContainers": [container] } }).to_string();
    let command = [
        "patch",
        "pod",
        pod,
        "--subresource",
        "ephemeralcontainers",
        "-p",
        &patch,
    ];
    ns.try_kubectl(&command, "").await
}

#[tokio::test]
async fn a_container_that_is_added_to_a_pod_is_judged_and_what_was_there_is_not() {
    let ns = restricted().await;
    make(&ns, named("inside", pod(INSIDE, &json!({})))).await;
    make(&ns, named("outside", pod(OUTSIDE, &env("later")))).await;
    let by_env = json!({ "env": env("stripe")["containers"][0]["env"] });
    let by_all = json!({ "envFrom": [{ "secretRef": { "name": "stripe" } }] });
    for (name, fields) in [("a", &by_env), ("b", &by_all)] {
        let told = debug(&ns, "outside", name, fields).await.unwrap_err();
        assert!(told.contains("may not use Secret \"stripe\""), "{told}");
        debug(&ns, "inside", name, fields).await.unwrap();
    }
    // What the pod had before its Secret was scoped does not keep it from being debugged.
    ns.apply(&super::scoped("later", "[checkout]")).await;
    refused(&ns, &pod(OUTSIDE, &env("later"))).await;
    debug(&ns, "outside", "c", &json!({})).await.unwrap();
    debug(&ns, "outside", "d", &json!({})).await.unwrap();
    taken(&ns, &pod(OUTSIDE, &json!({}))).await;
}

/// Why a pod that is there is not judged again.
#[tokio::test]
async fn kubernetes_lets_nobody_change_what_a_pod_refers_to() {
    let ns = restricted().await;
    make(&ns, pod(OUTSIDE, &json!({}))).await;
    let mut changes = ways();
    changes.push(("serviceAccountName", json!({ "serviceAccountName": "web" })));
    changes.push((
        ADDED[0],
        json!({ "ephemeralContainers": [{
            "name": "e", "image": "none", "env": env("stripe")["containers"][0]["env"],
        }] }),
    ));
    for (place, fields) in changes {
        let patch = json!({ "spec": fields }).to_string();
        let told = ns
            .try_kubectl(&["patch", "pod", "pod", "-p", &patch], "")
            .await;
        let told = told.expect_err(place);
        let words = [
            "may not change fields",
            "may not add or remove containers",
            "Forbidden",
        ];
        assert!(
            words.iter().any(|words| told.contains(words)),
            "{place}: {told}"
        );
    }
}
