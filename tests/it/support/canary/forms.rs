//! In which forms a value gets about.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use ring::digest;
use serde_json::json;

/// What the form is called, and what to look for.
pub(super) type Form = (&'static str, Vec<u8>);

/// How much of a value is looked for, in bytes: its beginning and its end, so that one that was cut short is
/// found as well, and one that a line break was put into.
pub(super) const PIECE: usize = 12;

/// All forms, as they are without white space and backslashes in between: as it is; quoted; byte by byte; in
/// base64 wherever in the encoded text it begins; in base64 of that, as a native Secret's manifest in an
/// admission patch has it; and what tells whoever guesses the value that it is it.
pub(super) fn of(bytes: &[u8]) -> Vec<Form> {
    let pieces = match bytes.len().checked_sub(PIECE) {
        Some(rest) => vec![&bytes[..PIECE], &bytes[rest..]],
        None => vec![bytes],
    };
    let mut forms = Vec::new();
    for piece in pieces {
        forms.push(("plain", piece.to_vec()));
        forms.extend(quoted(piece));
        forms.extend(each(piece));
        let once = base64(piece);
        let twice: Vec<_> = once.iter().flat_map(|text| base64(text)).collect();
        forms.extend(once.into_iter().map(|text| ("base64", text)));
        forms.extend(twice.into_iter().map(|text| ("base64 of base64", text)));
    }
    forms.extend(digests(bytes));
    forms.extend(digests(&[bytes, b"\n"].concat()));
    forms
}

/// As JSON and URLs quote what has to be quoted.
fn quoted(bytes: &[u8]) -> Vec<Form> {
    let mut forms = vec![("URL-escaped", url(bytes))];
    if let Ok(text) = std::str::from_utf8(bytes) {
        let json = json!(text).to_string();
        forms.push(("JSON", json[1..json.len() - 1].to_owned().into_bytes()));
    }
    forms
}

fn url(bytes: &[u8]) -> Vec<u8> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let escaped = bytes.iter().map(|byte| match byte {
        byte if is_plain(byte) => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    escaped.collect::<String>().into_bytes()
}

/// Byte by byte, whether it has to be or not: with what stands before each, and between them.
fn each(bytes: &[u8]) -> Vec<Form> {
    let mut forms = Vec::new();
    for (form, before, between) in [
        ("hex", "", ""),
        ("hex", "", ":"),
        // As Rust prints bytes when told to print them so, and Go.
        ("hex", "", ","),
        ("hex", "0x", ","),
        ("URL-escaped", "%", ""),
        ("escaped", "x", ""),
        ("JSON-escaped", "u00", ""),
    ] {
        let all = |write: fn(&u8) -> String| {
            let parts = bytes.iter().map(|byte| format!("{before}{}", write(byte)));
            parts.collect::<Vec<_>>().join(between).into_bytes()
        };
        forms.push((form, all(|byte| format!("{byte:02x}"))));
        forms.push((form, all(|byte| format!("{byte:02X}"))));
    }
    // As Rust, JSON and Go print bytes.
    for between in [",", " "] {
        let parts: Vec<_> = bytes.iter().map(u8::to_string).collect();
        forms.push(("numbers", parts.join(between).into_bytes()));
    }
    forms
}

/// In both alphabets, at every distance from a multiple of three; without the characters at both ends,
/// which hold bits of what stands beside the value.
fn base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for (before, shared) in [(0, 0), (1, 2), (2, 3)] {
        let text = [&vec![0; before], bytes].concat();
        let whole = text.len() * 8 / 6;
        for alphabet in [BASE64_STANDARD, BASE64_URL_SAFE] {
            let encoded = alphabet.encode(&text);
            forms.push(encoded.as_bytes()[shared..whole].to_vec());
        }
    }
    forms
}

/// The beginnings of digests, which are cut short as well.
fn digests(bytes: &[u8]) -> Vec<Form> {
    let mut forms = Vec::new();
    for algorithm in [
        &digest::SHA1_FOR_LEGACY_USE_ONLY,
        &digest::SHA256,
        &digest::SHA384,
        &digest::SHA512,
    ] {
        let digest = digest::digest(algorithm, bytes);
        let digest = &digest.as_ref()[..PIECE];
        let hex = |write: fn(&u8) -> String| digest.iter().map(write).collect::<String>();
        forms.push(("digest", hex(|byte| format!("{byte:02x}")).into_bytes()));
        forms.push(("digest", hex(|byte| format!("{byte:02X}")).into_bytes()));
        for alphabet in [BASE64_STANDARD, BASE64_URL_SAFE] {
            forms.push(("digest", alphabet.encode(digest).into_bytes()));
        }
    }
    forms
}
