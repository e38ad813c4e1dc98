//! The private keys of a Sealed Secrets controller, as its users keep them.

use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;

use crate::cli::import::manifest;
use crate::cli::seal::yaml::position::Position;
use crate::cli::seal::yaml::syntax::Syntax;

/// Where the controller's Secrets keep the key.
const TLS_KEY: &str = "tls.key";

/// Why there is no key. Quotes nothing of the file, and carries no error of a parser that might.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error(
        "neither a private key in PEM nor Secrets with a `tls.key`; write it with `kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml`"
    )]
    NoKey,
    #[error(
        "the private key has a passphrase; take it off with `openssl pkey`, into a file that you remove afterwards"
    )]
    Passphrase,
    #[error("a private key is damaged, or is not one of RSA; copy it again, whole")]
    Unusable,
    #[error("{0}: {1}")]
    Yaml(Position, Syntax),
}

/// Every key of a file.
///
/// # Errors
/// Where there is none, or one cannot be used.
pub(super) fn read(text: &str) -> Result<Vec<RsaPrivateKey>, Error> {
    // YAML has PEM in base64, or indented below `stringData`.
    if text.lines().any(|line| line.starts_with("-----BEGIN ")) {
        return pem(text);
    }
    let found = manifest::read("", text).map_err(|(at, syntax)| Error::Yaml(at, syntax))?;
    let mut keys = Vec::new();
    for native in found.iter().filter_map(|found| found.native.as_ref().ok()) {
        if let Some(key) = native.data.get(TLS_KEY) {
            let text = std::str::from_utf8(key.expose()).map_err(|_| Error::Unusable)?;
            keys.extend(pem(text)?);
        }
    }
    if keys.is_empty() {
        Err(Error::NoKey)
    } else {
        Ok(keys)
    }
}

/// The private keys among the blocks of a PEM file; certificates are passed over.
fn pem(text: &str) -> Result<Vec<RsaPrivateKey>, Error> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ") {
        rest = &rest[start..];
        let label = rest["-----BEGIN ".len()..]
            .split("-----")
            .next()
            .unwrap_or_default();
        let end = format!("-----END {label}-----");
        let end = rest
            .find(&end)
            .map(|at| at + end.len())
            .ok_or(Error::Unusable)?;
        let block = &rest[..end];
        match label {
            "RSA PRIVATE KEY" if block.contains("ENCRYPTED") => return Err(Error::Passphrase),
            "ENCRYPTED PRIVATE KEY" => return Err(Error::Passphrase),
            "RSA PRIVATE KEY" => {
                keys.push(RsaPrivateKey::from_pkcs1_pem(block).map_err(|_| Error::Unusable)?);
            }
            "PRIVATE KEY" => {
                keys.push(RsaPrivateKey::from_pkcs8_pem(block).map_err(|_| Error::Unusable)?);
            }
            label if label.ends_with("PRIVATE KEY") => return Err(Error::Unusable),
            _ => {}
        }
        rest = &rest[end..];
    }
    if keys.is_empty() {
        Err(Error::NoKey)
    } else {
        Ok(keys)
    }
}
