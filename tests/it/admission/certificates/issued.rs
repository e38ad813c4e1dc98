//! Certificates as an administrator issues them.

use coffer::admission::identity::Identity;
use kube::api::{Patch, PatchParams};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use serde_json::json;

use super::{aged, natives};
use crate::support::Isolated;

/// A certificate with its key, and the authority to be trusted for it; all in PEM.
pub(super) struct Given {
    pub(super) certificate: String,
    pub(super) key: String,
    pub(super) bundle: String,
}

impl From<&Identity> for Given {
    fn from(identity: &Identity) -> Self {
        Self {
            certificate: identity.serving.certificate.clone(),
            key: identity.serving.key.expose().to_owned(),
            bundle: identity.bundle(),
        }
    }
}

impl Given {
    /// One that is right.
    pub(super) fn good() -> Self {
        Self::from(&aged(&["127.0.0.1".to_owned()], 0))
    }

    /// One for this purpose, from an authority that ends with this year.
    pub(super) fn issued(purpose: ExtendedKeyUsagePurpose, year: i32) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.not_after = date_time_ymd(year, 12, 31);
        let signer = KeyPair::generate().unwrap();
        let bundle = authority.self_signed(&signer).unwrap().pem();
        let mut server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        server.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::new(authority, signer);
        Self {
            certificate: server.signed_by(&key, &issuer).unwrap().pem(),
            key: key.serialize_pem(),
            bundle,
        }
    }

    /// Puts it where cert-manager would.
    pub(super) async fn put(&self, isolated: &Isolated, name: &str) {
        let tls = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": { "name": name },
            "stringData": { "tls.crt": self.certificate, "tls.key": self.key, "ca.crt": self.bundle },
        });
        let params = PatchParams::apply("cert-manager").force();
        natives(isolated)
            .patch(name, &params, &Patch::Apply(tls))
            .await
            .unwrap();
    }
}
