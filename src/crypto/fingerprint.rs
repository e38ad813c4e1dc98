//! Keyed digests: to see that contents are the same, or Coffer's, without storing them.
//!
//! HMAC-SHA256 (RFC 2104) over length-prefixed fields: domain, label, the number of parts, and the
//! parts. The label keeps the uses of one key apart.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    Error,
    fields::Fields,
    key_bytes::KeyBytes,
    rng::{self, CryptoRng},
};

const DOMAIN: &str = "coffer.fingerprint.v1";
const PREFIX: &str = "v1.";

/// Makes fingerprints. Without its key nobody can test a guess against one.
pub struct Fingerprinter(KeyBytes);

impl Fingerprinter {
    /// One with a new key.
    #[must_use]
    pub fn generate() -> Self {
        Self::generate_with_rng(&mut rng::system())
    }

    pub(crate) fn generate_with_rng(rng: &mut impl CryptoRng) -> Self {
        Self(KeyBytes::random(rng))
    }

    /// Takes up a key again that was wrapped.
    ///
    /// # Errors
    /// [`Error::MalformedSecretKey`] when it does not have 32 bytes.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, Error> {
        bytes.try_into().map(Self)
    }

    /// The key, to be wrapped. Always 32 bytes.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_secret_bytes()
    }

    /// The fingerprint of `parts` under `label`: `v1.` and 43 characters of base64url.
    #[must_use]
    pub fn fingerprint(&self, label: &str, parts: &[&[u8]]) -> String {
        let digest = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("HMAC takes a key of any length")
            .chain_update(&*encode(label, parts))
            .finalize();
        format!(
            "{PREFIX}{}",
            BASE64_URL_SAFE_NO_PAD.encode(digest.into_bytes())
        )
    }

    /// Whether `fingerprint` is that of `parts` under `label`. Takes the same time wherever the two
    /// differ.
    #[must_use]
    pub fn matches(&self, fingerprint: &str, label: &str, parts: &[&[u8]]) -> bool {
        let expected = self.fingerprint(label, parts);
        expected.as_bytes().ct_eq(fingerprint.as_bytes()).into()
    }
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprinter([redacted])")
    }
}

/// What is digested. Erased on drop: the parts may be values.
fn encode(label: &str, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let count = u32::try_from(parts.len()).expect("no list has 2^32 parts");
    let start = Fields::new(DOMAIN).field(label).field(count.to_be_bytes());
    let fields = parts.iter().fold(start, Fields::field);
    Zeroizing::new(fields.into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::{Fingerprinter, encode};
    use crate::crypto::Error;

    fn fingerprinter() -> Fingerprinter {
        Fingerprinter::from_secret_bytes(&[7; 32]).unwrap()
    }

    fn encoded((label, parts): &(String, Vec<Vec<u8>>)) -> Vec<u8> {
        let parts: Vec<_> = parts.iter().map(Vec::as_slice).collect();
        encode(label, &parts).to_vec()
    }

    /// One byte and short parts, so that equal lists, and lists that differ only in where a part
    /// ends, are common.
    fn inputs() -> impl Strategy<Value = (String, Vec<Vec<u8>>)> {
        ("a?", vec(vec(0..1_u8, 0..3), 0..4))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn two_encodings_are_equal_exactly_if_label_and_parts_are(
            left in inputs(),
            right in inputs(),
        ) {
            prop_assert_eq!(encoded(&left) == encoded(&right), left == right);
        }
    }

    #[test]
    fn a_fingerprint_stays_what_it_was_in_the_first_release() {
        let fingerprint = fingerprinter().fingerprint("content", &[b"a", b""]);
        assert_eq!(
            fingerprint,
            "v1.DImYtFAQ6uTvqIJQBG9xHDZmYNXBwMkqsWpeZ_JNXGE"
        );
    }

    #[test]
    fn the_same_parts_under_the_same_label_and_key_match() {
        let again = Fingerprinter::from_secret_bytes(&fingerprinter().to_secret_bytes()).unwrap();
        let fingerprint = fingerprinter().fingerprint("content", &[b"a"]);
        assert!(again.matches(&fingerprint, "content", &[b"a"]));
    }

    #[test]
    fn anything_else_does_not_match() {
        let fingerprinter = fingerprinter();
        let fingerprint = fingerprinter.fingerprint("content", &[b"a", b"b"]);
        let inputs: [(&str, &[&[u8]]); 7] = [
            ("owner", &[b"a", b"b"]),
            ("", &[b"content", b"a", b"b"]),
            ("content", &[b"b", b"a"]),
            ("content", &[b"ab"]),
            ("content", &[b"a", b"b", b""]),
            ("content", &[b"", b"a", b"b"]),
            ("content", &[]),
        ];
        for (label, parts) in inputs {
            assert!(
                !fingerprinter.matches(&fingerprint, label, parts),
                "{label} {parts:?}"
            );
        }
    }

    #[test]
    fn a_mangled_fingerprint_matches_nothing() {
        let good = fingerprinter().fingerprint("content", &[]);
        let short = &good[..good.len() - 1];
        for text in [
            "",
            "v1.",
            short,
            &format!("{good}="),
            &good.replacen("v1", "v2", 1),
        ] {
            assert!(!fingerprinter().matches(text, "content", &[]), "{text}");
        }
    }

    #[test]
    fn another_key_makes_another_fingerprint() {
        let (left, right) = (Fingerprinter::generate(), Fingerprinter::generate());
        assert_ne!(
            left.fingerprint("content", &[]),
            right.fingerprint("content", &[])
        );
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        let refused = Fingerprinter::from_secret_bytes(&[7; 31]).unwrap_err();
        assert_eq!(refused, Error::MalformedSecretKey);
    }
}
