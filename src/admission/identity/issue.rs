//! Making keys and certificates.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::plan::{AUTHORITY_LIFE, SERVING_LIFE};
use super::{Authority, PathToken, Serving};

/// A clock may be this far behind and still find the certificate valid.
pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(10);

/// A new authority, with a name of its own: the API server tells two of them apart by their names.
pub(super) fn authority(now: Timestamp) -> Result<Authority, rcgen::Error> {
    let name = format!("coffer webhooks {}", Uuid::new_v4().as_simple());
    let key = KeyPair::generate()?;
    let ends = now + AUTHORITY_LIFE;
    let certificate = authority_params(&name, now, ends).self_signed(&key)?;
    Ok(Authority {
        name,
        certificate: certificate.pem(),
        key: key.serialize_pem().into(),
        made: now,
        ends,
    })
}

/// A certificate for the server, valid no longer than its authority.
pub(super) fn serving(
    authority: &Authority,
    names: Vec<String>,
    now: Timestamp,
) -> Result<Serving, rcgen::Error> {
    let signer = KeyPair::from_pem(authority.key.expose())?;
    let params = authority_params(&authority.name, authority.made, authority.ends);
    let ends = (now + SERVING_LIFE).min(authority.ends);
    let mut leaf = CertificateParams::new(names.clone())?;
    leaf.distinguished_name
        .push(DnType::CommonName, "coffer webhooks");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    (leaf.not_before, leaf.not_after) = validity(now, ends);
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &Issuer::new(params, signer))?;
    Ok(Serving {
        authority: authority.name.clone(),
        names,
        certificate: certificate.pem(),
        key: key.serialize_pem().into(),
        made: now,
        ends,
    })
}

/// 122 random bits.
pub(super) fn path(now: Timestamp) -> PathToken {
    PathToken {
        token: Uuid::new_v4().as_simple().to_string(),
        made: now,
    }
}

fn authority_params(name: &str, made: Timestamp, ends: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (params.not_before, params.not_after) = validity(made, ends);
    params
}

fn validity(made: Timestamp, ends: Timestamp) -> (OffsetDateTime, OffsetDateTime) {
    let at = |timestamp: Timestamp| {
        OffsetDateTime::from_unix_timestamp(timestamp.as_second())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    };
    (at(made - SKEW), at(ends))
}
