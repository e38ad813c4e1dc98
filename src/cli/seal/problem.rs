//! What can be wrong with a manifest: where, what, and what to do about it.
//!
//! No variant can hold a value or any other piece of the text: a key of `data` is left out as
//! well, since people do write `data: { hunter2 }`.

use crate::cli::seal::yaml::plain::NotText;
use crate::cli::seal::yaml::position::Position;
use crate::cli::seal::yaml::syntax::Syntax;
use crate::crypto;
use crate::policy::MAX_VALUE_BYTES;
use crate::policy::encoding::Unusable;

/// One thing that is wrong, `line:column: what; remedy`. The file's name is put before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {reason}")]
pub(crate) struct Problem {
    pub(crate) position: Position,
    pub(crate) reason: Reason,
}

/// What is wrong; each message ends with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    #[error("{0}")]
    Syntax(Syntax),
    #[error(
        "this version of coffer.dev is not known here; write `apiVersion: coffer.dev/v1alpha1`"
    )]
    UnknownVersion,
    #[error("{0} has the same key twice; remove one")]
    DuplicateKey(&'static str),
    #[error(
        "{0} uses a merge key (`<<`); write its content out, a sealed value fits one place only"
    )]
    MergeKey(&'static str),
    #[error("{0} is an alias (`*`); write it out, a sealed value fits one place only")]
    Alias(&'static str),
    #[error(
        "{0} is used again through its anchor (`&`); write it out in both places, a sealed value fits one place only"
    )]
    Anchored(&'static str),
    #[error("{0} has a tag (`!`) that changes what it is; remove the tag")]
    Tagged(&'static str),
    #[error("{0} is not a mapping; give it keys, as in `data: {{ password: {{ value: \"…\" }} }}`")]
    NotAMapping(&'static str),
    #[error("{0} is missing; add it, a value is sealed for it")]
    Missing(&'static str),
    #[error("{0} is not text; quote it")]
    NameNotText(&'static str),
    #[error("spec.data is empty; add a key, as in `data: {{ password: {{ value: \"…\" }} }}`")]
    NoData,
    #[error("a key of spec.data has an unknown field; use value, encoding, fromSecret or generate")]
    UnknownField,
    #[error(
        "{0} has an unknown field, and what stands there would stay in clear; correct its name, or remove it"
    )]
    UnknownFieldOf(&'static str),
    #[error("the value is generated; remove value, Coffer fills it in, or remove generate")]
    GivenAndGenerated,
    #[error("the value is {0}, not text; quote it")]
    NotText(NotText),
    #[error("the value is not text but a mapping or a list; quote it")]
    NotAScalar,
    #[error("the encoding is neither Text nor Base64; write one of them, or leave it out for Text")]
    UnknownEncoding,
    #[error("the value is not Base64; correct it, or remove `encoding: Base64`")]
    NotBase64,
    #[error("the value is in clear; seal it with `coffer seal` first")]
    InClear,
    #[error("the value starts like an envelope but is none ({0}); seal the plaintext again")]
    BrokenEnvelope(crypto::Error),
    #[error(
        "the value has {0} bytes, more than {MAX_VALUE_BYTES}; split it over several keys or secrets"
    )]
    TooLarge(usize),
    #[error(
        "the value is what stands for a value in the copy that `kubectl apply` keeps; take the value from your manifest"
    )]
    Marker,
    #[error(
        "the value is sealed already, but has blanks, quotes or base64 around its envelope; give the envelope alone, without `encoding`"
    )]
    WrappedEnvelope,
    #[error("the layout around this value is not understood; write `value: \"…\"` on one line")]
    Layout,
    #[error(
        "metadata.namespace differs from --namespace `{0}`; a value is sealed for one namespace, so drop the option or correct the manifest"
    )]
    OtherNamespace(String),
    #[error(
        "metadata.namespace is missing; add it or give --namespace, a value is sealed for one namespace"
    )]
    NoNamespace,
    #[error(
        "metadata.name is missing; add it (generateName does not do), a value is sealed for one name"
    )]
    NoName,
    #[error(
        "sealing this value would have changed something else in the file, so nothing was written; write the value as `value: \"…\"` on one line"
    )]
    WouldDisturb,
}

impl From<Unusable> for Reason {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::NotBase64 => Self::NotBase64,
            Unusable::TooLarge(bytes) => Self::TooLarge(bytes),
            Unusable::Marker => Self::Marker,
            Unusable::Envelope => Self::WrappedEnvelope,
        }
    }
}

/// What is not wrong, but worth a word. Said on stderr; does not change the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Note {
    #[error(
        "the value reads `{{{{ … }}}}` and is sealed as it stands; render a template before sealing"
    )]
    LooksLikeATemplate,
    #[error(
        "the annotation kubectl.kubernetes.io/last-applied-configuration may repeat values in clear; remove it"
    )]
    LastApplied,
}
