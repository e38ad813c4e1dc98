//! Certificates in PEM: taken apart, looked at, and written in one form.

use minijinja::{Environment, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::ParsedCertificate;

use super::flaws;
use crate::crypto::pem;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Adds the filter `certs`.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("certs", |text: &str| certificates(text));
}

/// The certificates of a text, each with a line break at its end. Keys and whatever else stands between them are left
/// out.
fn certificates(text: &str) -> Result<Vec<String>, Error> {
    let none = || flaws::error(flaws::CERTIFICATES);
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let read = read.map_err(|_| none())?;
    // One that begins on the line on which another ends is not read, and would be lost.
    let is_whole = read.len() == text.matches(BEGIN).count();
    if read.is_empty()
        || !is_whole
        || read
            .iter()
            .any(|it| ParsedCertificate::try_from(it).is_err())
    {
        return Err(none());
    }
    let written = read.iter().map(|it| {
        let text = pem::encode("CERTIFICATE", 64, it);
        String::from_utf8_lossy(&text).into_owned()
    });
    Ok(written.collect())
}
