//! A certificate that the administrator gives: whether the API server will take it, as far as that shows here.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

/// Why the API server will not take it at `now`, when it calls the webhooks by `name` and trusts `bundle`. None
/// where nothing is wrong, and where that cannot be told.
pub(super) fn doubt(certificate: &str, bundle: &str, name: &str, now: Timestamp) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(parts(bundle));
    let chain: Vec<_> = parts(certificate).collect();
    let (leaf, intermediates) = chain.split_first()?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().ok()?));
    let server = ServerName::try_from(name).ok()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let Ok(verifier) =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()
    else {
        return Some("its `ca.crt` has no certificate".to_owned());
    };
    let judged = verifier.verify_server_cert(leaf, intermediates, &server, &[], now);
    let Err(Error::InvalidCertificate(error)) = judged else {
        return None;
    };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some("it has expired: renew it".to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some("it is not valid yet: compare the clocks".to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Some(format!("it is not for `{name}`: add that to its DNS names"))
        }
        CertificateError::UnknownIssuer => {
            Some("its `ca.crt` did not issue it: put the authority's certificate there".to_owned())
        }
        _ => None,
    }
}

fn parts(pem: &str) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::identity::{Identity, advance};
    use super::*;

    const NAME: &str = "coffer-webhook.coffer-system.svc";

    fn identity(made: Timestamp) -> Identity {
        advance(None, &[NAME.to_owned()], made).unwrap().unwrap()
    }

    fn doubt_after(days: i64, name: &str, bundle: &str) -> Option<String> {
        let made = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 40);
        let given = identity(made);
        let bundle = bundle.replace("own", &given.bundle());
        let now = made + SignedDuration::from_hours(24 * days);
        doubt(&given.serving.certificate, &bundle, name, now)
    }

    #[test]
    fn one_that_the_api_server_takes_is_not_doubted() {
        assert_eq!(doubt_after(0, NAME, "own"), None);
        assert_eq!(doubt_after(89, NAME, "own"), None);
    }

    #[test]
    fn one_that_it_refuses_is_doubted_with_the_remedy() {
        let other = identity(Timestamp::now()).bundle();
        for (days, name, bundle, why) in [
            (91, NAME, "own", "it has expired"),
            (-1, NAME, "own", "it is not valid yet"),
            (
                0,
                "webhook.other.svc",
                "own",
                "it is not for `webhook.other.svc`",
            ),
            (0, "127.0.0.1", "own", "it is not for `127.0.0.1`"),
            (0, NAME, other.as_str(), "its `ca.crt` did not issue it"),
            (0, NAME, "no PEM", "its `ca.crt` has no certificate"),
        ] {
            let doubt = doubt_after(days, name, bundle).unwrap();
            assert!(doubt.starts_with(why), "{doubt}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_for_others_to_refuse() {
        let now = Timestamp::now();
        assert_eq!(doubt("", &identity(now).bundle(), NAME, now), None);
    }
}
