//! The textual encoding of keys (RFC 7468), written and read in one form only.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

/// `bytes` between the lines that say what they are, `width` characters to a line.
pub(crate) fn encode(label: &str, width: usize, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let body = Zeroizing::new(BASE64_STANDARD.encode(bytes));
    let rows = body.len().div_ceil(width);
    // As large as it gets: a buffer that grows leaves copies behind.
    let room = body.len() + rows + 2 * label.len() + "-----BEGIN -----\n-----END -----\n".len();
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    text.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for row in body.as_bytes().chunks(width) {
        text.extend_from_slice(row);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    text
}

/// The bytes of what [`encode`] wrote; `None` for a text with another label, or without its lines.
pub(crate) fn decode(label: &str, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.strip_prefix(format!("-----BEGIN {label}-----\n").as_bytes())?;
    let text = text.strip_suffix(format!("-----END {label}-----\n").as_bytes())?;
    let mut body = Zeroizing::new(Vec::with_capacity(text.len()));
    body.extend(text.iter().filter(|byte| **byte != b'\n'));
    BASE64_STANDARD.decode(&*body).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bytes_are_broken_into_lines_and_read_back() {
        let text = encode("X", 4, b"hello!");
        assert_eq!(
            text.as_slice(),
            b"-----BEGIN X-----\naGVs\nbG8h\n-----END X-----\n"
        );
        assert_eq!(decode("X", &text).unwrap().as_slice(), b"hello!");
    }

    #[test]
    fn what_is_labelled_otherwise_is_not_read() {
        let text = encode("X", 64, b"hello");
        assert!(decode("Y", &text).is_none());
        assert!(decode("X", &text[1..]).is_none());
        assert!(decode("X", b"aGVsbG8=\n").is_none());
    }
}
