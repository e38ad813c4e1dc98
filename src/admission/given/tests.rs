//! Certificates as administrators issue them, right and wrong.

use jiff::SignedDuration;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};

use super::*;
use crate::admission::identity::{Identity, advance};

const NAME: &str = "coffer-webhook.coffer-system.svc";

fn identity(made: Timestamp) -> Identity {
    advance(None, &[NAME.to_owned()], made).unwrap().unwrap()
}

fn doubt_after(days: i64, name: &str, bundle: &str) -> Option<Doubt> {
    let made = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 40);
    let given = identity(made);
    let bundle = bundle.replace("own", &given.bundle());
    let now = made + SignedDuration::from_hours(24 * days);
    let certificate = &given.serving.certificate;
    let doubted = doubt(certificate, Some(&bundle), name, now);
    let alone = doubt(certificate, None, name, now);
    let is_of_others = matches!(doubted, Some(Doubt::OtherAuthority | Doubt::NoAuthority));
    assert!(
        is_of_others && alone.is_none() || alone == doubted,
        "{alone:?}"
    );
    doubted
}

#[test]
fn one_that_the_api_server_takes_is_not_doubted() {
    assert_eq!(doubt_after(0, NAME, "own"), None);
    assert_eq!(doubt_after(89, NAME, "own"), None);
}

#[test]
fn one_that_it_refuses_is_doubted_for_what_is_wrong() {
    let other = identity(Timestamp::now()).bundle();
    let name = |name: &str| Doubt::Name(name.to_owned());
    for (days, called, bundle, why) in [
        (91, NAME, "own", Doubt::Expired),
        (-1, NAME, "own", Doubt::Ahead),
        (0, "webhook.other.svc", "own", name("webhook.other.svc")),
        (0, "127.0.0.1", "own", name("127.0.0.1")),
        (0, NAME, other.as_str(), Doubt::OtherAuthority),
        (0, NAME, "no PEM", Doubt::NoAuthority),
    ] {
        assert_eq!(doubt_after(days, called, bundle), Some(why));
    }
}

#[test]
fn what_is_no_certificate_is_for_others_to_refuse() {
    let now = Timestamp::now();
    assert_eq!(doubt("", Some(&identity(now).bundle()), NAME, now), None);
}

/// An authority, or a certificate from one: valid in these years.
struct Issued {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

impl Issued {
    fn new(
        years: std::ops::Range<i32>,
        by: Option<&Self>,
        change: impl Fn(&mut CertificateParams),
    ) -> Self {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(years.start, 1, 1);
        params.not_after = date_time_ymd(years.end, 1, 1);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = match by {
            None => params.self_signed(&key),
            Some(by) => params.signed_by(&key, &Issuer::from_params(&by.params, &by.key)),
        };
        let pem = certificate.unwrap().pem();
        Self { params, key, pem }
    }

    fn authority(name: &str, years: std::ops::Range<i32>, by: Option<&Self>) -> Self {
        Self::new(years, by, |params| {
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        })
    }

    /// What this authority issues for the webhooks, for these purposes.
    fn server(&self, purposes: &[ExtendedKeyUsagePurpose]) -> String {
        let name = rcgen::SanType::DnsName(NAME.try_into().unwrap());
        let server = Self::new(2020..2040, Some(self), |params| {
            params.subject_alt_names = vec![name.clone()];
            params.extended_key_usages = purposes.to_vec();
        });
        server.pem
    }
}

fn doubt_in_2030(certificate: &str, bundle: &str) -> Option<Doubt> {
    doubt(
        certificate,
        Some(bundle),
        NAME,
        "2030-06-01T00:00:00Z".parse().unwrap(),
    )
}

#[test]
fn one_for_clients_is_not_for_servers() {
    let root = Issued::authority("root", 2020..2040, None);
    let (client, server) = (
        ExtendedKeyUsagePurpose::ClientAuth,
        ExtendedKeyUsagePurpose::ServerAuth,
    );
    let said = |purposes: &[_]| doubt_in_2030(&root.server(purposes), &root.pem);
    assert_eq!(said(std::slice::from_ref(&client)), Some(Doubt::Purpose));
    assert_eq!(said(&[client, server]), None);
    assert_eq!(said(&[]), None, "without a list it is for everything");
}

#[test]
fn an_authority_out_of_its_dates_is_not_trusted() {
    for years in [2020..2030, 2031..2040] {
        let root = Issued::authority("root", years, None);
        let given = root.server(&[]);
        assert_eq!(doubt_in_2030(&given, &root.pem), Some(Doubt::Authority));
        // It may stand there beside the one that counts.
        let valid = Issued::authority("next", 2020..2040, None);
        let both = format!("{}{}", root.pem, valid.pem);
        assert_eq!(doubt_in_2030(&given, &both), Some(Doubt::Authority));
        assert_eq!(doubt_in_2030(&valid.server(&[]), &both), None);
    }
}

#[test]
fn an_intermediate_out_of_its_dates_is_told_from_the_certificate() {
    let root = Issued::authority("root", 2020..2040, None);
    for (years, why) in [
        (2020..2030, Some(Doubt::Intermediate)),
        (2031..2040, Some(Doubt::Intermediate)),
        (2020..2040, None),
    ] {
        let middle = Issued::authority("middle", years, Some(&root));
        let chain = format!("{}{}", middle.server(&[]), middle.pem);
        assert_eq!(doubt_in_2030(&chain, &root.pem), why);
    }
}

#[test]
fn an_authority_that_was_made_anew_under_its_name_did_not_issue_it() {
    let former = Issued::authority("root", 2020..2040, None);
    let anew = Issued::authority("root", 2020..2040, None);
    let given = former.server(&[]);
    assert_eq!(
        doubt_in_2030(&given, &anew.pem),
        Some(Doubt::OtherAuthority)
    );
    let both = format!("{}{}", anew.pem, former.pem);
    assert_eq!(doubt_in_2030(&given, &both), None);
}
