//! The control plane's authority, and the certificates and keys it issues.

use std::fs;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use super::layout::Layout;

/// The names under which the API server is reached; the address is the first of the service network.
const SERVER_NAMES: [&str; 7] = [
    "127.0.0.1",
    "localhost",
    "10.96.0.1",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];

/// The service network, whose first address is in the server's certificate.
pub(super) const SERVICE_NETWORK: &str = "10.96.0.0/16";

/// The files in the certificates folder.
pub(super) const AUTHORITY: &str = "ca.crt";
pub(super) const SERVER: Pair = Pair {
    certificate: "server.crt",
    key: "server.key",
};
pub(super) const ADMIN: Pair = Pair {
    certificate: "admin.crt",
    key: "admin.key",
};
pub(super) const CONTROLLER_MANAGER: Pair = Pair {
    certificate: "controller-manager.crt",
    key: "controller-manager.key",
};
pub(super) const TOKEN_KEY: &str = "service-account.key";
pub(super) const TOKEN_PUBLIC_KEY: &str = "service-account.pub";

/// The file names of a certificate and its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) certificate: &'static str,
    pub(super) key: &'static str,
}

/// Writes all of them.
pub(super) fn write(layout: &Layout) -> Result<()> {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "coffer local control plane");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    save(layout, AUTHORITY, &certificate.pem())?;
    let authority = Issuer::new(params, key);

    let names = SERVER_NAMES.map(str::to_owned);
    let mut server = leaf("kube-apiserver", ExtendedKeyUsagePurpose::ServerAuth);
    server.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    issue(layout, &authority, &server, SERVER)?;

    // The group is what makes the administrator; the name shows in the audit log.
    let mut admin = leaf("coffer-admin", ExtendedKeyUsagePurpose::ClientAuth);
    admin
        .distinguished_name
        .push(DnType::OrganizationName, "system:masters");
    issue(layout, &authority, &admin, ADMIN)?;

    let manager = leaf(
        "system:kube-controller-manager",
        ExtendedKeyUsagePurpose::ClientAuth,
    );
    issue(layout, &authority, &manager, CONTROLLER_MANAGER)?;

    let tokens = KeyPair::generate()?;
    save(layout, TOKEN_KEY, &tokens.serialize_pem())?;
    save(layout, TOKEN_PUBLIC_KEY, &tokens.public_key_pem())
}

fn leaf(name: &str, usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params
}

fn issue(
    layout: &Layout,
    authority: &Issuer<'_, KeyPair>,
    params: &CertificateParams,
    pair: Pair,
) -> Result<()> {
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    save(layout, pair.certificate, &certificate.pem())?;
    save(layout, pair.key, &key.serialize_pem())
}

fn save(layout: &Layout, file: &str, pem: &str) -> Result<()> {
    // The folder around it is its owner's only.
    fs::write(layout.certificate(file), pem).with_context(|| format!("cannot write {file}"))
}
