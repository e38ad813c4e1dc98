//! Digests as text.

use std::fmt::Write as _;

/// Two lower-case digits for each byte. For what is no secret.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
