//! A certificate and its key, as a server shows them; and why a pair that is given cannot be shown.

use std::sync::Arc;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1 as core;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys, ServerConfig};

use super::identity::PrivateKey;

/// A pair, and whom to trust for it.
#[derive(Clone)]
pub(super) struct Pair {
    /// PEM, the server's own certificate first.
    pub(super) certificate: String,
    /// PEM.
    pub(super) key: PrivateKey,
    /// PEM; `None` where the administrator tells the API server.
    pub(super) bundle: Option<String>,
}

/// Why a pair cannot be shown. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it does not exist: create it, with `tls.crt` and `tls.key`")]
    Absent,
    #[error(
        "it has no `{0}`: a native Secret of type kubernetes.io/tls has `tls.crt` and `tls.key`"
    )]
    Lacks(&'static str),
    #[error("its `tls.crt` is not a certificate in PEM: put the server's certificate there")]
    Certificate,
    #[error("its `tls.key` is not a private key in PEM, without a passphrase: put that there")]
    Key,
    #[error(
        "its `tls.key` is of a type that is not supported: issue the certificate for ECDSA P-256 or P-384, Ed25519, or RSA of 2048 to 4096 bits"
    )]
    KeyType,
    #[error("its `tls.key` is not the key of `tls.crt`: put both in as they were issued together")]
    Mismatch,
}

/// The pair in a native Secret of type `kubernetes.io/tls`.
pub(super) fn read(native: Option<&core::Secret>) -> Result<Pair, Unusable> {
    let native = native.ok_or(Unusable::Absent)?;
    let entry = |name| text(native, name).ok_or(Unusable::Lacks(name));
    Ok(Pair {
        certificate: entry("tls.crt")?,
        key: entry("tls.key")?.into(),
        bundle: text(native, "ca.crt"),
    })
}

fn text(native: &core::Secret, entry: &str) -> Option<String> {
    let ByteString(bytes) = native.data.as_ref()?.get(entry)?;
    String::from_utf8(bytes.clone()).ok()
}

/// A server that shows this pair, both in PEM.
pub(super) fn server_config(certificate: &str, key: &str) -> Result<ServerConfig, Unusable> {
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| Unusable::Certificate)?;
    let leaf = chain.first().ok_or(Unusable::Certificate)?;
    ParsedCertificate::try_from(leaf).map_err(|_| Unusable::Certificate)?;
    // Its own error could quote the key.
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| Unusable::Key)?;
    let key =
        rustls::crypto::ring::sign::any_supported_type(&key).map_err(|_| Unusable::KeyType)?;
    let shown = CertifiedKey::new(chain, key);
    match shown.keys_match() {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(_) => return Err(Unusable::Mismatch),
    }
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    // What the API server speaks with services, so that its requests are spread over all replicas.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::super::identity::{Identity, advance};
    use super::*;

    /// A key of a type that the API server takes, and this server's library does not.
    const P521: &str = "-----BEGIN PRIVATE KEY-----
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBr83BodYuAGHC8BXV
aLzzVm+3E+Vtc6NlJILx5ojNAcZw7l3/QWznzv0ksu7Bzb6ocOT9iSiZDejeJKvU
nM3UFyuhgYkDgYYABAB1kVE+xt9L4t9nhY5xZgcKF5EkHw13j+VY4eRRvGiPua08
/Pxl5vjgdhZ6gkCrDbRiCZUd8L6Ze5pqdQGKl01ZTwDTZLcQ997aMHCg72EcRkes
pLFM7lKHCI9JXp7qhw5OXzMPo477quSiukGmXyuY7bCj45aLtgRlzOQq7SOX4YGk
Kg==
-----END PRIVATE KEY-----";

    fn identity() -> Identity {
        let names = ["a.svc".to_owned()];
        advance(None, &names, Timestamp::now()).unwrap().unwrap()
    }

    fn why(certificate: &str, key: &str) -> Option<Unusable> {
        // The only error is that it is set already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        server_config(certificate, key).err()
    }

    #[test]
    fn each_fault_of_a_pair_is_told_from_the_others() {
        let (one, other) = (identity().serving, identity().serving);
        let (certificate, key) = (one.certificate.as_str(), one.key.expose());
        let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let locked = P521.replace("PRIVATE", "ENCRYPTED PRIVATE");
        for (certificate, key, wanted) in [
            (certificate, key, None),
            ("", key, Some(Unusable::Certificate)),
            ("no PEM", key, Some(Unusable::Certificate)),
            (garbled, key, Some(Unusable::Certificate)),
            (key, key, Some(Unusable::Certificate)),
            (certificate, "", Some(Unusable::Key)),
            (certificate, certificate, Some(Unusable::Key)),
            (certificate, &locked, Some(Unusable::Key)),
            (certificate, P521, Some(Unusable::KeyType)),
            (certificate, other.key.expose(), Some(Unusable::Mismatch)),
        ] {
            assert_eq!(why(certificate, key), wanted, "{certificate:.40}");
        }
    }

    #[test]
    fn what_a_native_secret_lacks_is_named() {
        let native = |entries: &[&str]| -> core::Secret {
            let data: serde_json::Map<_, _> = entries
                .iter()
                .map(|entry| ((*entry).to_owned(), json!("AAAA")))
                .collect();
            serde_json::from_value(json!({ "data": data })).unwrap()
        };
        let lacks = |native: Option<&core::Secret>| read(native).err();
        assert_eq!(lacks(None), Some(Unusable::Absent));
        assert_eq!(
            lacks(Some(&native(&["tls.key"]))),
            Some(Unusable::Lacks("tls.crt"))
        );
        assert_eq!(
            lacks(Some(&native(&["tls.crt"]))),
            Some(Unusable::Lacks("tls.key"))
        );
        assert_eq!(lacks(Some(&native(&["tls.crt", "tls.key"]))), None);
    }
}
