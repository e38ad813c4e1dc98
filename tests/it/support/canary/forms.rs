//! In which forms a value gets about.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use serde_json::json;

/// What the form is called, and what to look for.
pub(super) type Form = (&'static str, Vec<u8>);

/// All forms: as it is; quoted; digit by digit; in base64 wherever in the encoded text it begins; and in
/// base64 of that, as a native Secret's manifest in an admission patch has it.
pub(super) fn of(bytes: &[u8]) -> Vec<Form> {
    let mut forms = vec![("plain", bytes.to_vec())];
    forms.extend(quoted(bytes));
    forms.extend(each(bytes));
    let once = base64(bytes);
    let twice: Vec<_> = once.iter().flat_map(|text| base64(text)).collect();
    forms.extend(once.into_iter().map(|text| ("base64", text)));
    forms.extend(twice.into_iter().map(|text| ("base64 of base64", text)));
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

/// Byte by byte, whether it has to be or not.
fn each(bytes: &[u8]) -> Vec<Form> {
    let all = |write: fn(&u8) -> String, between: &str| {
        let parts: Vec<_> = bytes.iter().map(write).collect();
        parts.join(between).into_bytes()
    };
    vec![
        ("hex", all(|byte| format!("{byte:02x}"), "")),
        ("hex", all(|byte| format!("{byte:02X}"), "")),
        ("hex", all(|byte| format!("{byte:02x}"), " ")),
        ("URL-escaped", all(|byte| format!("%{byte:02x}"), "")),
        ("URL-escaped", all(|byte| format!("%{byte:02X}"), "")),
        ("escaped", all(|byte| format!("\\x{byte:02x}"), "")),
        ("JSON-escaped", all(|byte| format!("\\u00{byte:02x}"), "")),
        ("JSON-escaped", all(|byte| format!("\\u00{byte:02X}"), "")),
        // As Rust, JSON and Go print bytes.
        ("numbers", all(u8::to_string, ", ")),
        ("numbers", all(u8::to_string, ",")),
        ("numbers", all(u8::to_string, " ")),
    ]
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
