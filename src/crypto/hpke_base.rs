//! HPKE in base mode (RFC 9180, section 5.1.1) with HKDF-SHA256 and ChaCha20-Poly1305.

pub(crate) use hpke::kem::{X25519HkdfSha256 as X25519, XWing};
use hpke::{
    Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, setup_receiver, setup_sender_with_rng,
};
use zeroize::Zeroizing;

use super::{Error, Plaintext, key_bytes::KeyBytes, rng::CryptoRng, symmetric::TAG_BYTES};

/// By how many bytes `enc || ciphertext || tag` is longer than the plaintext.
pub(crate) fn overhead<K: Kem>() -> usize {
    K::EncappedKey::size() + TAG_BYTES
}

/// A fresh secret key (RFC 9180, section 7.1.3: `DeriveKeyPair` of random bytes).
pub(crate) fn generate<K: Kem>(rng: &mut impl CryptoRng) -> Result<KeyBytes, Error> {
    let (secret, _) = K::gen_keypair_with_rng(rng);
    let bytes = Zeroizing::new(secret.to_bytes().to_vec());
    KeyBytes::try_from(bytes.as_slice())
}

/// The public key of a secret key.
pub(crate) fn public_key<K: Kem>(secret: &KeyBytes) -> Result<Vec<u8>, Error> {
    Ok(K::sk_to_pk(&secret_key::<K>(secret)?).to_bytes().to_vec())
}

/// Whether the bytes are a public key of this KEM.
pub(crate) fn is_public_key<K: Kem>(bytes: &[u8]) -> bool {
    K::PublicKey::from_bytes(bytes).is_ok()
}

/// Whether an X25519 point would make every shared secret zero (RFC 7748, section 6.1), found by
/// sealing nothing to it: RFC 9180, section 7.1.4, has the sender check for it.
pub(crate) fn is_low_order(point: &[u8], rng: &mut impl CryptoRng) -> bool {
    seal::<X25519>(point, &[], &[], &[], rng) == Err(HpkeError::EncapError)
}

/// `enc || ciphertext || tag` (RFC 9180, section 6.1: `SealBase`).
pub(crate) fn seal<K: Kem>(
    public: &[u8],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, HpkeError> {
    let public = K::PublicKey::from_bytes(public)?;
    let (enc, mut context) = setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeS::Base,
        &public,
        info,
        rng,
    )?;
    Ok([enc.to_bytes().as_slice(), &context.seal(plaintext, aad)?].concat())
}

/// The plaintext, and which of the additional data opened it (RFC 9180, section 6.1: `OpenBase`).
///
/// The key is decapsulated once. A failed attempt does not advance the context's sequence number
/// (section 5.2 increments it after success), so each one sees the nonce of the first message.
pub(crate) fn open<K: Kem>(
    secret: &KeyBytes,
    info: &[u8],
    sealed: &[u8],
    aads: &[Vec<u8>],
) -> Result<(Plaintext, usize), Error> {
    let (enc, ciphertext) = sealed
        .split_at_checked(K::EncappedKey::size())
        .ok_or(Error::TooShort)?;
    let enc = K::EncappedKey::from_bytes(enc).map_err(|_| Error::DoesNotOpen)?;
    let mut context = setup_receiver::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeR::Base,
        &secret_key::<K>(secret)?,
        &enc,
        info,
    )
    .map_err(|_| Error::LowOrderPoint)?;
    aads.iter()
        .enumerate()
        .find_map(|(tried, aad)| Some((context.open(ciphertext, aad).ok()?.into(), tried)))
        .ok_or(Error::DoesNotOpen)
}

fn secret_key<K: Kem>(secret: &KeyBytes) -> Result<K::PrivateKey, Error> {
    K::PrivateKey::from_bytes(secret.expose()).map_err(|_| Error::MalformedSecretKey)
}
