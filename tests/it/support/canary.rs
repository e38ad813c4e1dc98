//! A value that must not show, in any of the forms in which values get about.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// A value like no other.
pub(crate) struct Canary(String);

impl Canary {
    /// A new one.
    pub(crate) fn new() -> Self {
        Self(format!("canary-{}", uuid::Uuid::new_v4()))
    }

    /// The value.
    pub(crate) fn value(&self) -> &str {
        &self.0
    }

    /// Fails when the text holds the value.
    pub(crate) fn assert_absent(&self, place: &str, text: &str) {
        assert!(!text.contains(&self.0), "the value shows in {place}");
        assert_bytes_absent(self.0.as_bytes(), place, text);
    }
}

/// Fails when the text holds the bytes in an encoded form.
pub(crate) fn assert_bytes_absent(bytes: &[u8], place: &str, text: &str) {
    for form in forms(bytes) {
        assert!(!text.contains(&form), "the value shows in {place}");
    }
}

/// In hexadecimal digits, as Rust prints bytes, and in base64 wherever in the encoded text it begins.
fn forms(bytes: &[u8]) -> Vec<String> {
    let hex = hex(bytes);
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let mut forms = vec![hex.to_uppercase(), hex, numbers.join(", ")];
    for (before, shared) in [(0, 0), (1, 2), (2, 3)] {
        let text = [&vec![0; before], bytes].concat();
        let encoded = BASE64_STANDARD.encode(&text);
        // The characters at both ends hold bits of what stands beside the value.
        let whole = text.len() * 8 / 6;
        forms.push(encoded[shared..whole].to_owned());
    }
    forms
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[test]
fn a_canary_is_found_in_every_form() {
    let canary = Canary::new();
    let hidden =
        |text: String| std::panic::catch_unwind(|| canary.assert_absent("the text", &text)).is_ok();
    for around in ["", "a", "ab", "abc"] {
        let text = format!("{around}{}{around}", canary.value());
        assert!(!hidden(BASE64_STANDARD.encode(&text)), "base64 {around}");
        assert!(!hidden(hex(text.as_bytes())), "hex {around}");
        assert!(
            !hidden(format!("{:?}", text.as_bytes())),
            "numbers {around}"
        );
        assert!(!hidden(text), "plain {around}");
    }
    assert!(hidden("canary".to_owned()));
}
