//! A certificate that the administrator gives: whether the API server will take it, as far as that shows here.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
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

/// Why the API server will not take it at `now`, when it calls the webhooks by `name` and trusts `bundle`; without one,
/// what shows on the certificate alone. None where nothing is wrong, and where that cannot be told.
pub(super) fn doubt(
    certificate: &str,
    bundle: Option<&str>,
    name: &str,
    now: Timestamp,
) -> Option<Doubt> {
    let chain: Vec<_> = parts(certificate).collect();
    let (leaf, intermediates) = chain.split_first()?;
    let server = ServerName::try_from(name).ok()?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().ok()?));
    let alone = alone(leaf, now);
    if alone.is_some() {
        return alone;
    }
    verify_server_name(&ParsedCertificate::try_from(leaf).ok()?, &server)
        .map_or_else(|_| Some(Doubt::Name(name.to_owned())), |()| None)
        .or_else(|| issuer(leaf, intermediates, bundle?, now))
}

/// What is wrong with those who issued a certificate that is right by itself.
fn issuer(
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    bundle: &str,
    now: UnixTime,
) -> Option<Doubt> {
    let authorities: Vec<_> = parts(bundle).collect();
    if authorities.is_empty() {
        return Some(Doubt::NoAuthority);
    }
    let judge = |authorities| match verify(leaf, intermediates, authorities, now)? {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Some(Doubt::Intermediate),
        // The latter is of an authority of the same name, with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            Some(Doubt::OtherAuthority)
        }
        _ => None,
    };
    // The API server looks at the dates of authorities as well, which the verifier does not.
    let is_valid = |it: &&CertificateDer<'static>| {
        !matches!(alone(it, now), Some(Doubt::Expired | Doubt::Ahead))
    };
    let valid = authorities.iter().filter(is_valid).cloned();
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
    // Its name is looked at last, and not here.
    let any = ServerName::from(Ipv4Addr::LOCALHOST);
    match verifier.verify_server_cert(leaf, intermediates, &any, &[], now) {
        Err(Error::InvalidCertificate(error)) => Some(error),
        _ => None,
    }
}

/// What is wrong with a certificate by itself: what a verifier says first, also where it trusts nobody else.
fn alone(certificate: &CertificateDer<'static>, now: UnixTime) -> Option<Doubt> {
    match verify(certificate, &[], vec![certificate.clone()], now)? {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(Doubt::Expired),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some(Doubt::Ahead)
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Some(Doubt::Purpose)
        }
        _ => None,
    }
}

fn parts(pem: &str) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok)
}
