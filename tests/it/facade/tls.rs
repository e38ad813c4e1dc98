//! The REST interfaces over TLS, as the chart serves them.

use axum::http::Request;
use k8s_openapi::api::core::v1 as core;
use kube::{Api, Client};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value as Json;

use super::token;
use crate::support::{Cluster, Isolated, Namespace, Options};

/// A client that trusts these authorities alone.
fn client(address: &str, authorities: &[u8], token: &str) -> Client {
    let mut config = kube::Config::new(address.parse().unwrap());
    let certificates = CertificateDer::pem_slice_iter(authorities);
    let certificates = certificates.map(|it| it.unwrap().to_vec());
    config.root_cert = Some(certificates.collect());
    config.auth_info.token = Some(token.to_owned().into());
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

async fn verify(client: &Client) -> Result<Json, kube::Error> {
    let request = Request::get("/client/v4/user/tokens/verify");
    let request = request.body(Vec::new()).unwrap();
    client.request::<Json>(request).await
}

#[tokio::test]
async fn the_certificate_is_of_the_authority_that_the_native_secret_shows() {
    let isolated = Isolated::start(Options {
        tls: true,
        ..Options::default()
    })
    .await;
    let ns = Namespace::create(isolated.cluster.clone(), "rest-tls").await;
    ns.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: app }\n")
        .await;
    let token = token(&ns, "app", "coffer").await;
    let natives: Api<core::Secret> = Api::namespaced(ns.cluster.client.clone(), "coffer-system");
    let identity = natives.get("coffer-webhook-identity").await.unwrap();
    let authorities = &identity.data.unwrap()["ca.crt"].0;
    let plain = isolated.operator.as_ref().unwrap().facade_url();
    let address = plain.replace("http:", "https:");
    let answer = verify(&client(&address, authorities, &token))
        .await
        .unwrap();
    assert_eq!(answer["result"]["status"], "active");
    // Not of another authority, and not without TLS.
    let other = cluster_authority(&isolated.cluster);
    assert!(verify(&client(&address, &other, &token)).await.is_err());
    assert!(verify(&client(plain, authorities, &token)).await.is_err());
}

/// That of the API server.
fn cluster_authority(cluster: &Cluster) -> Vec<u8> {
    use base64::Engine as _;
    let text = std::fs::read_to_string(&cluster.kubeconfig).unwrap();
    let config: Json = serde_yaml::from_str(&text).unwrap();
    let cluster = &config["clusters"][0]["cluster"];
    match cluster["certificate-authority-data"].as_str() {
        Some(data) => base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap(),
        None => std::fs::read(cluster["certificate-authority"].as_str().unwrap()).unwrap(),
    }
}
