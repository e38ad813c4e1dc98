//! The webhooks' port, from the side of someone who reaches it and knows the path: the API server tells it to
//! whoever writes while no webhook answers.

use axum::http::{Request, Uri};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::{Api, Client, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value as Json, json};

use super::{stored, version};
use crate::support::{Canary, Cluster, Namespace, manifest};

/// Whoever reaches the port, and knows the path.
struct Stranger {
    client: Client,
    path: String,
}

impl Stranger {
    async fn of(cluster: &Cluster) -> Self {
        let api: Api<MutatingWebhookConfiguration> = Api::all(cluster.client.clone());
        let webhooks = api.get("coffer").await.unwrap().webhooks.unwrap();
        let told = &webhooks[0].client_config;
        let url: Uri = told.url.as_ref().unwrap().parse().unwrap();
        let bundle = &told.ca_bundle.as_ref().unwrap().0;
        let authorities = CertificateDer::pem_slice_iter(bundle);
        let mut config = Config::new(
            format!("https://{}", url.authority().unwrap())
                .parse()
                .unwrap(),
        );
        config.root_cert = Some(authorities.map(|it| it.unwrap().to_vec()).collect());
        config.default_retry = false;
        config.proxy_url = None;
        Self {
            client: Client::try_from(config).unwrap(),
            path: url.path().to_owned(),
        }
    }

    /// The answer, or the status where it is none.
    async fn post(&self, path: &str, body: Vec<u8>) -> Result<Json, u16> {
        let request = Request::post(path)
            .header("Content-Type", "application/json")
            .body(body)
            .unwrap();
        match self.client.request_text(request).await {
            Ok(text) => Ok(serde_json::from_str(&text).unwrap()),
            Err(kube::Error::Api(status)) => Err(status.code),
            Err(error) => panic!("no answer: {error}"),
        }
    }

    /// The envelope that a review of an update to this value is answered with.
    async fn guess(&self, ns: &Namespace, value: &str, old: Json) -> String {
        let mut object = old.clone();
        object["spec"]["data"]["value"]["value"] = json!(value);
        let review = json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": "u", "operation": "UPDATE", "name": "stripe", "namespace": ns.name,
                "kind": { "group": "coffer.dev", "version": "v1alpha1", "kind": "Secret" },
                "resource": { "group": "coffer.dev", "version": "v1alpha1", "resource": "secrets" },
                "userInfo": {}, "object": object, "oldObject": old,
            },
        });
        let answer = self
            .post(&self.path, review.to_string().into_bytes())
            .await
            .unwrap();
        let patch = answer["response"]["patch"].as_str().unwrap();
        let patch: Json = serde_json::from_slice(&BASE64_STANDARD.decode(patch).unwrap()).unwrap();
        let sealed = patch
            .as_array()
            .unwrap()
            .iter()
            .find(|operation| operation["path"] == "/spec/data/value/value");
        sealed.unwrap()["value"].as_str().unwrap().to_owned()
    }
}

/// The envelope of a value for the very same place, which is not the one that is stored.
async fn in_git(ns: &Namespace, value: &str) -> String {
    let arguments = [
        "apply",
        "--dry-run=server",
        "--server-side",
        "--force-conflicts",
        "-ojson",
        "-f",
        "-",
    ];
    let said = ns
        .kubectl(&arguments, &manifest::secret("stripe", value))
        .await;
    let object: Json = serde_json::from_str(&said).unwrap();
    object["spec"]["data"]["value"]["value"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_value_is_compared_only_with_what_is_stored_now() {
    let (ns, canary) = (Cluster::namespace("port").await, Canary::new());
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret("stripe", canary.value())).await;
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    let envelope = stored(&ns, "stripe").await;
    let secret = json!(ns.secrets().get("stripe").await.unwrap());
    let stranger = Stranger::of(&ns.cluster).await;
    // Out of Git: the envelope, but not the object's UID and version.
    for (field, value) in [
        ("resourceVersion", "1"),
        ("uid", "00000000-0000-0000-0000-000000000000"),
    ] {
        let mut old = secret.clone();
        old["metadata"][field] = json!(value);
        let guessed = stranger.guess(&ns, canary.value(), old).await;
        assert_ne!(guessed, envelope, "the right value is told by {field}");
    }
    assert_eq!(
        stranger.guess(&ns, canary.value(), secret.clone()).await,
        envelope
    );
    assert_ne!(stranger.guess(&ns, "wrong", secret.clone()).await, envelope);
    // Nor is anything told of a former value, out of Git as well, to whoever knows UID and version.
    let former = Canary::new();
    let sealed = in_git(&ns, former.value()).await;
    let mut old = secret;
    old["spec"]["data"]["value"]["value"] = json!(sealed);
    let guessed = stranger.guess(&ns, former.value(), old).await;
    assert_ne!(guessed, sealed, "the right value is told");
    let before = version(&ns, "stripe").await;
    ns.apply(&manifest::secret("stripe", canary.value())).await;
    assert_eq!(version(&ns, "stripe").await, before);
}

#[tokio::test]
async fn what_is_no_review_of_the_api_servers_is_refused() {
    let ns = Cluster::namespace("port").await;
    let stranger = Stranger::of(&ns.cluster).await;
    let wrong_path = "/00000000000000000000000000000000/seal/secrets";
    let unknown = stranger.path.replace("/seal/", "/steal/");
    for (path, body, status) in [
        (wrong_path, b"{}".to_vec(), 404),
        (&unknown, b"{}".to_vec(), 404),
        (&stranger.path, b"hunter2".to_vec(), 400),
        (&stranger.path, b"{}".to_vec(), 400),
        (&stranger.path, vec![b' '; 9 << 20], 413),
    ] {
        let answer = stranger.post(path, body).await;
        assert_eq!(answer.unwrap_err(), status, "{path}");
    }
}
