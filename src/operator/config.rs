//! What an administrator decides about the operator.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::str::FromStr;
use std::time::Duration;

use crate::admission::Address;
use crate::facade;
use crate::policy::quota::AccountQuota;
use crate::policy::scopes::DefaultScopes;

/// Of one replica.
#[derive(Clone, Debug)]
pub struct Config {
    /// The namespace that holds the keys.
    pub namespace: String,
    /// What this replica is called in the Lease, for people: the name of its pod.
    pub replica: String,
    /// How many Secrets are worked on at once.
    pub concurrency: u16,
    /// How values in clear are sealed.
    pub admission: Admission,
    /// The REST interfaces; `None`: none.
    pub facade: Option<Facade>,
    /// How many Secrets a namespace may have where it has no quota of its own.
    pub account_quota: AccountQuota,
    /// The scopes of stores that list none.
    pub default_scopes: DefaultScopes,
    /// How many Secrets are sealed again in a second after a rotation, at most.
    pub reseal_rate: NonZeroU16,
    /// How long keys outlive their store where it does not say.
    pub key_retention: Duration,
}

impl Config {
    /// What the operator's own certificate is valid for. The first is the one by which the API server calls the
    /// webhooks, where there are any.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = match &self.admission {
            Admission::Webhook(webhooks) => webhooks.names(),
            Admission::Controller => Vec::new(),
        };
        let facade = self.facade.iter().flat_map(|facade| &facade.names);
        names.extend(facade.cloned());
        names
    }
}

/// How values in clear are sealed.
#[derive(Clone, Debug)]
pub enum Admission {
    /// By a webhook, before they are stored.
    Webhook(Webhooks),
    /// By the controller, after they were stored: for clusters that cannot have webhooks.
    Controller,
}

/// The REST interfaces.
#[derive(Clone, Debug)]
pub struct Facade {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What the certificate is valid for; none: HTTP without TLS.
    pub names: Vec<String>,
    /// Tokens are for one of these audiences.
    pub audiences: Vec<String>,
    /// What holds for the interfaces.
    pub settings: facade::Settings,
}

/// Where the webhooks are.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the API server finds them.
    pub address: Address,
    /// A native Secret of type `kubernetes.io/tls` with their certificate; absent: one of our own.
    pub certificate: Option<String>,
}

impl Webhooks {
    /// How long they are served after the end was asked for: Endpoints take a moment to change.
    pub(super) fn linger(&self) -> Duration {
        match self.address {
            Address::Service { .. } => Duration::from_secs(3),
            Address::Url(_) => Duration::ZERO,
        }
    }

    /// What their certificate has to be valid for.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match &self.address {
            Address::Service { namespace, name } => vec![
                format!("{name}.{namespace}.svc"),
                format!("{name}.{namespace}.svc.cluster.local"),
            ],
            Address::Url(url) => vec![host(url).to_owned()],
        }
    }
}

/// An address that the API server can reach: `https://host` or `https://host:port`.
///
/// # Errors
/// What is wrong with it.
pub fn url(text: &str) -> Result<String, String> {
    let url = axum::http::Uri::from_str(text).map_err(|error| error.to_string())?;
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
    if url.scheme_str() != Some("https") || url.host().is_none_or(str::is_empty) || !is_bare {
        return Err("give https://host or https://host:port, without a path".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn host(url: &str) -> &str {
    let authority = url.trim_start_matches("https://");
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
    .trim_start_matches('[')
    .trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_in_the_certificate() {
        for (text, name) in [
            ("https://127.0.0.1:9443", "127.0.0.1"),
            ("https://operator.example.com", "operator.example.com"),
            ("https://operator.example.com/", "operator.example.com"),
            ("https://[::1]:9443", "::1"),
            ("https://[::1]", "::1"),
        ] {
            assert_eq!(host(&url(text).unwrap()), name, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_for_the_api_server_is_refused() {
        for text in [
            "",
            "127.0.0.1:9443",
            "http://127.0.0.1:9443",
            "https://",
            "https://host/path",
            "https://host?query",
            "https://ho st",
        ] {
            assert!(url(text).is_err(), "{text}");
        }
    }
}
