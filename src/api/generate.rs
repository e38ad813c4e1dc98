//! Values that Coffer makes itself: how they are asked for, and what it keeps beside them.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Moment, Period, Value};

/// A value that Coffer makes, once. It stays what it is through upgrades, restarts, restores and
/// repeated applies; only `rotate` replaces it. Changes to the other fields hold for the next value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.length) || (self.kind == 'Password' ? self.length >= 8 && self.length <= 1024 : self.kind == 'Bytes' && self.length >= 1 && self.length <= 4096)")
        .message("length is 8 to 1,024 characters of a Password or 1 to 4,096 Bytes; the other kinds have one of their own"),
    validation = Rule::new("!has(self.characters) || self.kind == 'Password'")
        .message("characters are those of a Password: remove them, or set `kind: Password`"),
    validation = Rule::new("!has(self.algorithm) || self.kind == 'KeyPair' || (self.kind == 'SshKey' && self.algorithm == 'Ed25519')")
        .message("algorithm is Ed25519 or X25519 for a KeyPair, and Ed25519 for an SshKey"),
    validation = Rule::new("!has(self.rotate) || (self.rotate.matches('^[0-9]{1,5}[dhms]$') && int(self.rotate.substring(0, size(self.rotate) - 1)) * {'d': 86400, 'h': 3600, 'm': 60, 's': 1}[self.rotate.substring(size(self.rotate) - 1)] >= 3600)")
        .message("rotate is a number and a unit (d, h, m or s), at least 1h, as in 90d"),
    validation = Rule::new("!has(self.overlap) || self.overlap.matches('^(0|[0-9]{1,5}[dhms])$')")
        .message("overlap is a number and a unit (d, h, m or s), as in 12h, or 0 for none"),
    validation = Rule::new("!has(self.overlap) || has(self.rotate)")
        .message("overlap is how long the value before a rotation stays: give rotate as well")
)]
pub struct Generate {
    /// `Password`: characters. `Bytes`: bytes as they come. `Uuid`: version 4, as text. `SshKey`: an
    /// OpenSSH private key. `KeyPair`: a private key in PKCS #8 (PEM). Of the last two the public half is
    /// delivered under `<key>.pub`: a line for `authorized_keys`, or a public key in PEM.
    pub kind: GeneratorKind,

    /// Characters of a Password, 8 to 1,024, or Bytes, 1 to 4,096. Default: 32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,

    /// What a Password is made of. Default: lower-case and upper-case letters and digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<Characters>,

    /// `Ed25519` (default) or, for a `KeyPair`, `X25519`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<KeyAlgorithm>,

    /// After this time a new value takes the place of this one, as in `90d`; units `d`, `h`, `m`, `s`.
    /// At least `1h`, so that everyone who uses a value has the time to take up the next. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<Period>,

    /// How long the former value stays under `<key>.previous` (its public half under
    /// `<key>.previous.pub`) after a rotation, at most until the next. `0`: not at all. Default: `24h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Period>,
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GeneratorKind {
    /// Characters.
    Password,
    /// Bytes as they come.
    Bytes,
    /// A UUID of version 4.
    Uuid,
    /// A private key of OpenSSH, and its public half.
    SshKey,
    /// A private key in PKCS #8, and its public half.
    KeyPair,
}

/// The characters of a password, each as likely as any other. There is at least one of each class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.symbols) || (has(self.classes) && 'Symbols' in self.classes)")
        .message("symbols say which ones the class Symbols has: add Symbols to classes")
)]
pub struct Characters {
    /// Default: `Lower`, `Upper` and `Digits`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub classes: Vec<CharacterClass>,

    /// The symbols to choose from, out of ASCII. Default: `!#%&*+-./:=?@^_~`, which do not end a quoted
    /// text in YAML, JSON or a shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), regex(pattern = r"^[!-/:-@\[-`{-~]+$"))]
    pub symbols: Option<String>,

    /// Leaves out what people mix up when they read it: `0 O o 1 l I |`. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_ambiguous: Option<bool>,
}

/// A class of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CharacterClass {
    /// `a` to `z`.
    Lower,
    /// `A` to `Z`.
    Upper,
    /// `0` to `9`.
    Digits,
    /// Those of `symbols`.
    Symbols,
}

/// `Ed25519` (default) or, for a `KeyPair`, `X25519`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KeyAlgorithm {
    /// Signatures (RFC 8032).
    #[default]
    Ed25519,
    /// Key agreement (RFC 7748).
    X25519,
}

/// What Coffer keeps of a generated value. Filled in by Coffer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Generated {
    /// When the value was made.
    pub at: Moment,

    /// The value before it, while it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// The value before a rotation.
//
// The rule stands here, because one on `value` would print it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.value.startsWith('coffer.v') && size(self.value) <= 6000")
        .message("the previous value is filled in by Coffer: remove it")
)]
pub struct Previous {
    /// The former value, sealed for the key `<key>.previous`.
    pub value: Value,

    /// When it goes.
    pub until: Moment,
}
