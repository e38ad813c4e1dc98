//! A token of a service account, as a pod would have it.

use anyhow::{Context, Result};
use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{Api, Client, api::PostParams};

/// Long enough for a day's work, which a pod's is not; nothing renews it.
const LIFETIME_SECONDS: i64 = 24 * 60 * 60;

/// Requests a token of a service account, valid for a day.
pub async fn request(client: Client, namespace: &str, account: &str) -> Result<String> {
    let request = TokenRequest {
        spec: Some(TokenRequestSpec {
            expiration_seconds: Some(LIFETIME_SECONDS),
            ..TokenRequestSpec::default()
        }),
        ..TokenRequest::default()
    };
    let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
    let answer = accounts
        .create_token_request(account, &PostParams::default(), &request)
        .await
        .with_context(|| format!("cannot get a token of service account {namespace}/{account}"))?;
    let token = answer.status.and_then(|status| status.token);
    token.context("the answer to the token request has no token")
}
