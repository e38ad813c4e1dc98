//! The files by which images are pulled from a registry, as the kubelet reads them.
//!
//! The API server looks for JSON only. What the kubelet then cannot read it leaves out without a word, and an image is not
//! pulled.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use serde::de::{Error, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// With padding or without, as the kubelet takes it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `.dockercfg`: credentials by registry.
type Registries = BTreeMap<String, Credentials>;

/// `.dockerconfigjson`.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only whether it reads")]
struct Config {
    auths: Registries,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only whether they read")]
struct Credentials {
    username: Option<Text>,
    password: Option<Text>,
    email: Option<Text>,
    auth: Option<Login>,
}

/// What a file is not, in words that follow "needs"; nothing where the kubelet reads it.
pub(super) fn flaw(key: &str, file: &[u8]) -> Option<String> {
    let reads = if key == ".dockercfg" {
        serde_json::from_slice::<Registries>(file).is_ok()
    } else {
        serde_json::from_slice::<Config>(file).is_ok()
    };
    if reads {
        return None;
    }
    if serde_json::from_slice::<IgnoredAny>(file).is_err() {
        return Some(format!(
            "needs JSON under `{key}`, and what is there is none"
        ));
    }
    let form = r#""<registry>": { "auth": "<base64 of name:password>" }"#;
    Some(if key == ".dockercfg" {
        format!("needs `{{ {form} }}` under `{key}`, and the JSON there has another form")
    } else {
        format!(
            "needs `{{ \"auths\": {{ {form} }} }}` under `{key}`, and the JSON there has another form"
        )
    })
}

/// A string, of which nothing is kept.
struct Text;

/// `name:password` in base64, of which nothing is kept.
struct Login;

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_str(Strings(|_| true))
            .map(|()| Self)
    }
}

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_login = |text: &str| {
            let decoded = BASE64.decode(text).map(Zeroizing::new);
            text.is_empty() || decoded.is_ok_and(|login| login.contains(&b':'))
        };
        deserializer
            .deserialize_str(Strings(is_login))
            .map(|()| Self)
    }
}

struct Strings(fn(&str) -> bool);

impl Visitor<'_> for Strings {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        (self.0)(text)
            .then_some(())
            .ok_or_else(|| E::custom("another form"))
    }
}

#[cfg(test)]
mod tests {
    use super::flaw;

    #[test]
    fn what_the_kubelet_reads_is_well() {
        for file in [
            r#"{"auths":{}}"#,
            r#"{"auths":{"ghcr.io":{}},"credsStore":"desktop"}"#,
            r#"{"auths":{"ghcr.io":{"auth":"dTpw","identitytoken":5}}}"#,
            r#"{"auths":{"ghcr.io":{"auth":"dTpwcA","email":null}}}"#,
            r#"{"auths":{"ghcr.io":{"username":"u","password":"p","auth":""}}}"#,
        ] {
            assert_eq!(flaw(".dockerconfigjson", file.as_bytes()), None, "{file}");
        }
        for file in ["{}", r#"{"ghcr.io":{"auth":"dTpw"}}"#] {
            assert_eq!(flaw(".dockercfg", file.as_bytes()), None, "{file}");
        }
    }

    #[test]
    fn json_of_another_form_is_told_without_what_it_says() {
        for (key, file) in [
            (".dockerconfigjson", "{}"),
            (".dockerconfigjson", "null"),
            (".dockerconfigjson", r#"["hunter2"]"#),
            (".dockerconfigjson", r#""hunter2""#),
            (".dockerconfigjson", r#"{"auths":["hunter2"]}"#),
            (".dockerconfigjson", r#"{"auths":{"hunter2":"hunter2"}}"#),
            (".dockerconfigjson", r#"{"auths":{"r":{"password":2}}}"#),
            (
                ".dockerconfigjson",
                r#"{"auths":{"r":{"auth":"u:hunter2"}}}"#,
            ),
            // "hunter2" alone.
            (
                ".dockerconfigjson",
                r#"{"auths":{"r":{"auth":"aHVudGVyMg=="}}}"#,
            ),
            // The form of one under the key of the other.
            (".dockerconfigjson", r#"{"ghcr.io":{"auth":"dTpw"}}"#),
            (
                ".dockercfg",
                r#"{"auths":{"ghcr.io":{"auth":"dTpw"}},"x":"hunter2"}"#,
            ),
            (".dockercfg", "[]"),
        ] {
            let flaw = flaw(key, file.as_bytes()).expect(file);
            assert!(
                flaw.starts_with("needs `{ ") && flaw.contains(key),
                "{flaw}"
            );
            assert!(!flaw.contains("hunter2"), "{flaw}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_as_that() {
        for file in ["", "hunter2", "{} hunter2", "{\"auths\":"] {
            let flaw = flaw(".dockerconfigjson", file.as_bytes()).unwrap();
            assert_eq!(
                flaw,
                "needs JSON under `.dockerconfigjson`, and what is there is none"
            );
        }
    }
}
