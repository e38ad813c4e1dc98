//! From a value as its author wrote it to its bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::MAX_VALUE_BYTES;
use super::scrub::is_marker;
use crate::api::Encoding;
use crate::crypto::{Envelope, Plaintext};

/// Why a value has no bytes. Neither variant can hold a piece of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is not what its encoding says.
    NotBase64,
    /// It has more bytes than [`MAX_VALUE_BYTES`]: so many.
    TooLarge(usize),
    /// It is what stands for a value in the copy of the manifest that `kubectl apply` keeps.
    Marker,
    /// It is sealed already.
    Envelope,
}

/// Whether bytes are an envelope, with nothing but signs around it that are none of an envelope's own, as they are pasted
/// along: blanks, line breaks, quotes of any kind, a byte order mark. Sealed as it stands, its consumers would have the envelope for a password.
#[must_use]
pub fn is_envelope(value: &[u8]) -> bool {
    let is_around = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.');
    std::str::from_utf8(value).is_ok_and(|text| Envelope::is_sealed(text.trim_matches(is_around)))
}

/// The bytes of a value, at most [`MAX_VALUE_BYTES`]. Line breaks and blanks in base64 are layout, as
/// `base64` wraps its output.
///
/// # Errors
/// [`Unusable`].
pub fn decode(written: &str, encoding: Encoding) -> Result<Plaintext, Unusable> {
    no_stand_in(written.as_bytes())?;
    let bytes = match encoding {
        Encoding::Text => Zeroizing::new(written.as_bytes().to_vec()),
        Encoding::Base64 => {
            let mut dense = Zeroizing::new(Vec::with_capacity(written.len()));
            dense.extend(written.bytes().filter(|byte| !byte.is_ascii_whitespace()));
            // The decoder's own error quotes a character.
            Zeroizing::new(STANDARD.decode(&*dense).map_err(|_| Unusable::NotBase64)?)
        }
    };
    if bytes.len() > MAX_VALUE_BYTES {
        return Err(Unusable::TooLarge(bytes.len()));
    }
    no_stand_in(&bytes)?;
    Ok(Plaintext::from(bytes))
}

fn no_stand_in(value: &[u8]) -> Result<(), Unusable> {
    if is_marker(value) {
        return Err(Unusable::Marker);
    }
    if is_envelope(value) {
        return Err(Unusable::Envelope);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_base64_is_unwrapped() {
        let bytes = decode("aGVs\nbG8=\n", Encoding::Base64).unwrap();
        assert_eq!(bytes.expose(), b"hello");
    }

    #[test]
    fn text_keeps_its_line_breaks() {
        let bytes = decode("a\n", Encoding::Text).unwrap();
        assert_eq!(bytes.expose(), b"a\n");
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["hunter2!", "aGVsbG8", "aGVsbG8==", "aGV-bG8="] {
            assert_eq!(
                decode(text, Encoding::Base64).unwrap_err(),
                Unusable::NotBase64
            );
        }
    }

    #[test]
    fn what_stands_for_a_value_in_kubectls_copy_is_none() {
        for (text, encoding) in [
            ("[sealed by coffer]", Encoding::Text),
            ("[sealed by coffer]\n", Encoding::Text),
            ("[sealed by coffer]", Encoding::Base64),
            ("W3NlYWxlZCBieSBjb2ZmZXJd", Encoding::Base64),
        ] {
            let unusable = decode(text, encoding).unwrap_err();
            assert_eq!(unusable, Unusable::Marker, "{text} {encoding:?}");
        }
        assert!(decode("W3NlYWxlZCBieSBjb2ZmZXJd", Encoding::Text).is_ok());
        assert!(decode("was [sealed by coffer]", Encoding::Text).is_ok());
    }

    #[test]
    fn an_envelope_with_something_around_it_is_none() {
        let envelope = "coffer.v1.0123456789abcdef.AAAA";
        for text in [
            format!("{envelope}\n"),
            format!(" {envelope}"),
            format!("\"{envelope}\""),
            format!("'{envelope}'\n"),
            format!("\u{a0}{envelope}"),
            format!("\u{feff}{envelope}"),
            format!("\u{201c}{envelope}\u{201d}"),
            format!("`{envelope}`\u{200b}"),
        ] {
            for (text, encoding) in [
                (text.clone(), Encoding::Text),
                (text.clone(), Encoding::Base64),
                (STANDARD.encode(&text), Encoding::Base64),
            ] {
                let unusable = decode(&text, encoding).unwrap_err();
                assert_eq!(unusable, Unusable::Envelope, "{text} {encoding:?}");
            }
            assert!(decode(&STANDARD.encode(&text), Encoding::Text).is_ok());
        }
        assert!(decode(&format!("old: {envelope}"), Encoding::Text).is_ok());
        assert!(decode("\"coffer.version\"", Encoding::Text).is_ok());
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        let largest = "é".repeat(MAX_VALUE_BYTES / 2);
        assert!(decode(&largest, Encoding::Text).is_ok());
        let unusable = decode(&format!("{largest}x"), Encoding::Text).unwrap_err();
        assert_eq!(unusable, Unusable::TooLarge(MAX_VALUE_BYTES + 1));
    }
}
