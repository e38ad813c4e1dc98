//! The envelope: `coffer.v1.<key id>.<payload>`, the form in which a sealed value is stored.
//!
//! The payload is base64url without padding (RFC 4648, section 5), of
//! `nonce || ciphertext || tag` for a symmetric key and `enc || ciphertext || tag` for an HPKE
//! pair. There is one text for an envelope and one envelope for a text: anything that a lenient
//! decoder would forgive (padding, stray bits, white space, capitals in the key id) is refused.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{Error, KeyId, MAX_PLAINTEXT_BYTES, Suite};

const FAMILY: &str = "coffer.v";
const VERSION: &str = "1";

/// A sealed value. Not secret; bound to its place by what its key authenticates.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Envelope {
    key_id: KeyId,
    payload: Vec<u8>,
}

impl Envelope {
    pub(crate) fn new(key_id: KeyId, payload: Vec<u8>) -> Self {
        Self { key_id, payload }
    }

    /// Whether a text is meant to be an envelope: it starts with `coffer.v<digits>.`. What is, but
    /// does not parse, is a broken envelope, and never a plaintext.
    #[must_use]
    pub fn is_sealed(text: &str) -> bool {
        split_version(text).is_some()
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// [`Error::NotAnEnvelope`], [`Error::UnknownVersion`], [`Error::MalformedEnvelope`],
    /// [`Error::MalformedKeyId`], [`Error::NonCanonicalPayload`], [`Error::TooShort`],
    /// [`Error::TooLong`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (version, rest) = split_version(text).ok_or(Error::NotAnEnvelope)?;
        if version != VERSION {
            return Err(Error::UnknownVersion);
        }
        let (key_id, payload) = rest.split_once('.').ok_or(Error::MalformedEnvelope)?;
        let key_id = key_id.parse()?;
        if payload.len() > longest_payload_text() {
            return Err(Error::TooLong);
        }
        let payload = BASE64_URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| Error::NonCanonicalPayload)?;
        // Which suite it is, only its key knows; this is the least that any of them needs.
        if Suite::ALL
            .into_iter()
            .all(|suite| payload.len() < suite.overhead())
        {
            return Err(Error::TooShort);
        }
        Ok(Self { key_id, payload })
    }

    /// The key that the envelope was sealed with.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(&self.payload);
        write!(f, "{FAMILY}{VERSION}.{}.{payload}", self.key_id)
    }
}

impl fmt::Debug for Envelope {
    /// The key only: payloads are long and tell nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// Version and rest of a text that is meant to be an envelope.
fn split_version(text: &str) -> Option<(&str, &str)> {
    let (version, rest) = text.strip_prefix(FAMILY)?.split_once('.')?;
    let digits = !version.is_empty() && version.bytes().all(|digit| digit.is_ascii_digit());
    digits.then_some((version, rest))
}

fn longest_payload_text() -> usize {
    let overhead = Suite::ALL
        .into_iter()
        .map(Suite::overhead)
        .max()
        .unwrap_or_default();
    (MAX_PLAINTEXT_BYTES + overhead).div_ceil(3) * 4
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Envelope, longest_payload_text};
    use crate::crypto::{Error, KeyId};

    const ID: &str = "0123456789abcdef";

    proptest! {
        #[test]
        fn an_envelope_reads_back_as_it_was_written(
            payload in prop::collection::vec(any::<u8>(), 40..200),
        ) {
            let id: KeyId = ID.parse().unwrap();
            let envelope = Envelope::new(id, payload);
            let text = envelope.to_string();
            prop_assert!(Envelope::is_sealed(&text));
            prop_assert_eq!(Envelope::parse(&text), Ok(envelope));
        }

        #[test]
        fn what_parses_is_the_only_text_of_its_envelope(payload in "[A-Za-z0-9_/+=-]{54,58}") {
            let text = format!("coffer.v1.{ID}.{payload}");
            if let Ok(envelope) = Envelope::parse(&text) {
                prop_assert_eq!(envelope.to_string(), text);
            }
        }

        #[test]
        fn only_what_is_meant_to_be_an_envelope_is_mine(text in "(coffer)?[.]?v?[0-9]{0,2}[.]?.*") {
            let mine = Envelope::parse(&text) != Err(Error::NotAnEnvelope);
            prop_assert_eq!(Envelope::is_sealed(&text), mine);
        }
    }

    #[test]
    fn a_broken_or_future_envelope_is_still_meant_to_be_one() {
        for text in [
            "coffer.v1.",
            "coffer.v1.x",
            "coffer.v2.anything",
            "coffer.v10.x.y",
        ] {
            assert!(Envelope::is_sealed(text), "{text}");
            assert!(Envelope::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_plaintext_is_not_meant_to_be_an_envelope() {
        let texts = [
            "",
            "hunter2",
            "coffer",
            "coffer.v1",
            "coffer.v.x",
            "coffer.vx.y",
            "coffer.wrap.v1.1.x",
            "Coffer.v1.x",
            " coffer.v1.x",
            "coffer.v-1.x",
            "coffer.v\u{663}.x",
        ];
        for text in texts {
            assert!(!Envelope::is_sealed(text), "{text}");
            assert_eq!(Envelope::parse(text), Err(Error::NotAnEnvelope), "{text}");
        }
    }

    #[test]
    fn an_endless_payload_is_refused_before_it_is_decoded() {
        let text = format!("coffer.v1.{ID}.{}", "!".repeat(longest_payload_text() + 1));
        assert_eq!(Envelope::parse(&text), Err(Error::TooLong));
    }

    #[test]
    fn the_debug_of_an_envelope_names_its_key_and_hides_its_payload() {
        let envelope = Envelope::new(ID.parse().unwrap(), vec![7; 40]);
        assert_eq!(
            format!("{envelope:?}"),
            format!("Envelope {{ key_id: KeyId({ID}), .. }}")
        );
    }
}
