//! From the value as written to its bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::problem::{MAX_VALUE, Reason};

/// How the author wrote the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Text,
    Base64,
}

impl Encoding {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "Text" => Some(Self::Text),
            "Base64" => Some(Self::Base64),
            _ => None,
        }
    }
}

/// The bytes of a value, at most [`MAX_VALUE`]. Line breaks and blanks in Base64 are layout, as
/// `base64` wraps its output.
pub(crate) fn decode(written: &str, encoding: Encoding) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let bytes = match encoding {
        Encoding::Text => Zeroizing::new(written.as_bytes().to_vec()),
        Encoding::Base64 => {
            let mut dense = Zeroizing::new(Vec::with_capacity(written.len()));
            dense.extend(written.bytes().filter(|byte| !byte.is_ascii_whitespace()));
            // The decoder's own error quotes a character.
            Zeroizing::new(STANDARD.decode(&*dense).map_err(|_| Reason::NotBase64)?)
        }
    };
    if bytes.len() > MAX_VALUE {
        Err(Reason::TooLarge(bytes.len()))
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, decode};
    use crate::cli::seal::problem::{MAX_VALUE, Reason};

    #[test]
    fn wrapped_base64_is_unwrapped() {
        assert_eq!(
            &**decode("aGVs\nbG8=\n", Encoding::Base64).unwrap(),
            b"hello"
        );
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["hunter2!", "aGVsbG8", "aGVsbG8==", "aGV-bG8="] {
            assert_eq!(
                decode(text, Encoding::Base64).unwrap_err(),
                Reason::NotBase64
            );
        }
    }

    #[test]
    fn the_limit_counts_decoded_bytes() {
        let largest = "é".repeat(MAX_VALUE / 2);
        assert!(decode(&largest, Encoding::Text).is_ok());
        let reason = decode(&format!("{largest}x"), Encoding::Text).unwrap_err();
        assert_eq!(reason, Reason::TooLarge(MAX_VALUE + 1));
    }
}
