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
pub(crate) fn generate<K: Kem>(rng: &mut impl CryptoRng) -> KeyBytes {
    let (secret, _) = K::gen_keypair_with_rng(rng);
    let bytes = Zeroizing::new(secret.to_bytes().to_vec());
    KeyBytes::try_from(bytes.as_slice()).expect("X25519 and X-Wing have secret keys of 32 bytes")
}

/// The public key of a secret key.
pub(crate) fn public_key<K: Kem>(secret: &KeyBytes) -> Vec<u8> {
    K::sk_to_pk(&secret_key::<K>(secret)).to_bytes().to_vec()
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
        &secret_key::<K>(secret),
        &enc,
        info,
    )
    .map_err(|_| Error::LowOrderPoint)?;
    aads.iter()
        .enumerate()
        .find_map(|(tried, aad)| Some((context.open(ciphertext, aad).ok()?.into(), tried)))
        .ok_or(Error::DoesNotOpen)
}

fn secret_key<K: Kem>(secret: &KeyBytes) -> K::PrivateKey {
    K::PrivateKey::from_bytes(secret.expose())
        .expect("any 32 bytes are a secret key of X25519 and of X-Wing")
}

#[cfg(test)]
mod tests {
    use super::{X25519, generate, is_low_order, public_key};
    use crate::crypto::rng;

    /// Little-endian 2^255 - 19 plus a small number.
    fn near_the_prime(last: u8) -> [u8; 32] {
        let mut point = [0xff; 32];
        point[0] = last;
        point[31] = 0x7f;
        point
    }

    /// All points of low order that are smaller than 2^255, and their other spellings.
    fn low_order_points() -> Vec<[u8; 32]> {
        let one = std::array::from_fn(|at| u8::from(at == 0));
        let eighth = [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
            0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
            0x5f, 0x49, 0xb8, 0x00,
        ];
        let other_eighth = [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
            0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
            0xd0, 0x9f, 0x11, 0x57,
        ];
        let around = [0xec, 0xed, 0xee].map(near_the_prime);
        [[0; 32], one, eighth, other_eighth]
            .into_iter()
            .chain(around)
            .collect()
    }

    #[test]
    fn every_point_of_low_order_is_known_as_one() {
        for point in low_order_points() {
            assert!(is_low_order(&point, &mut rng::system()), "{point:x?}");
        }
    }

    #[test]
    fn the_point_of_a_key_is_not_of_low_order() {
        let mut rng = rng::system();
        let point = public_key::<X25519>(&generate::<X25519>(&mut rng));
        assert!(!is_low_order(&point, &mut rng));
    }
}
