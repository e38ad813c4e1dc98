//! A certificate that the administrator gives: whether the API server will take it, as far as that shows here.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

#[cfg(test)]
mod tests;

/// Why the API server will not take a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Doubt {
    #[error("it has expired: renew it")]
    Expired,
    #[error("it is not valid yet: compare the clocks")]
    Ahead,
    #[error("an intermediate certificate in its `tls.crt` is not valid at this time: renew it")]
    Intermediate,
    #[error(
        "the authority in its `ca.crt` is not valid at this time: renew the authority, and then the certificate"
    )]
    Authority,
    #[error("its `ca.crt` has no certificate: put the authority's there")]
    NoAuthority,
    #[error("its `ca.crt` did not issue it: put the authority's certificate there")]
    OtherAuthority,
    #[error("it is not for `{0}`: add that to its DNS names")]
    Name(String),
    #[error(
        "it is not for servers: issue it with the extended key usage `server auth`, or with none"
    )]
    Purpose,
}

/// Why the API server will not take it at `now`, when it calls the webhooks by `name` and trusts `bundle`. None
/// where nothing is wrong, and where that cannot be told.
pub(super) fn doubt(certificate: &str, bundle: &str, name: &str, now: Timestamp) -> Option<Doubt> {
    let chain: Vec<_> = parts(certificate).collect();
    let (leaf, intermediates) = chain.split_first()?;
    let server = ServerName::try_from(name).ok()?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().ok()?));
    let lapsed = lapsed(leaf, now);
    if lapsed.is_some() {
        return lapsed;
    }
    let judge = |authorities: Vec<_>| match verify(leaf, intermediates, authorities, &server, now)?
    {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Some(Doubt::Intermediate),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some(Doubt::Name(name.to_owned()))
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Some(Doubt::Purpose)
        }
        // Of an authority of the same name, with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            Some(Doubt::OtherAuthority)
        }
        _ => None,
    };
    let authorities: Vec<_> = parts(bundle).collect();
    if authorities.is_empty() {
        return Some(Doubt::NoAuthority);
    }
    // The API server looks at the dates of authorities as well, which the verifier does not.
    let is_valid = |authority: &CertificateDer<'static>| self::lapsed(authority, now).is_none();
    let valid = authorities.iter().filter(|it| is_valid(it)).cloned();
    match judge(valid.collect()) {
        Some(Doubt::OtherAuthority) if judge(authorities) != Some(Doubt::OtherAuthority) => {
            Some(Doubt::Authority)
        }
        judged => judged,
    }
}

/// What a verifier says that trusts these authorities, and not when they are valid. None where it has no objection.
fn verify(
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    authorities: Vec<CertificateDer<'static>>,
    server: &ServerName<'_>,
    now: UnixTime,
) -> Option<CertificateError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // There is no verifier that trusts nobody.
    let Ok(verifier) =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()
    else {
        return Some(CertificateError::UnknownIssuer);
    };
    match verifier.verify_server_cert(leaf, intermediates, server, &[], now) {
        Err(Error::InvalidCertificate(error)) => Some(error),
        _ => None,
    }
}

/// Whether a certificate is out of its dates: what a verifier says first, also where it trusts that certificate.
fn lapsed(certificate: &CertificateDer<'static>, now: UnixTime) -> Option<Doubt> {
    let any = ServerName::from(std::net::Ipv4Addr::LOCALHOST);
    let itself = vec![certificate.clone()];
    match verify(certificate, &[], itself, &any, now)? {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(Doubt::Expired),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some(Doubt::Ahead)
        }
        _ => None,
    }
}

fn parts(pem: &str) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok)
}
