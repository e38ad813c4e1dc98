//! Why a secret is not imported. No variant can hold a value.

use std::num::NonZeroUsize;

use crate::cli::seal::yaml::plain::NotText;
use crate::policy::encoding::Unusable;
use crate::policy::{MAX_TOTAL_BYTES, MAX_VALUE_BYTES};

/// The most keys a Secret has.
pub(super) const MAX_KEYS: usize = 64;

/// What is in the way; each message ends with the remedy, where there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Skip {
    #[error("there is none of this name; correct the name, or the namespace")]
    Missing,
    #[error("it is a token of a ServiceAccount, which the cluster makes itself; leave it as it is")]
    ServiceAccountToken,
    #[error("it is a bootstrap token, which the cluster makes itself; leave it as it is")]
    BootstrapToken,
    #[error("it is the record of a Helm release; leave it to Helm")]
    HelmRelease,
    #[error("it holds a private key of Sealed Secrets; keep it out of Git, it opens all others")]
    SealedSecretsKey,
    #[error("Coffer delivers it, from the Secret that is in the cluster already")]
    Delivered,
    #[error("it holds keys of Coffer; they are not for a Secret")]
    CofferKeys,
    #[error("it has no data, and a Secret without values is not delivered")]
    NoData,
    #[error("it has {0} keys, more than {MAX_KEYS}; split it")]
    TooManyKeys(usize),
    #[error(
        "a key has other characters than letters, digits, `-`, `_` and `.`, or begins with `..`; rename it"
    )]
    InvalidKey,
    #[error(
        "the value of `{key}` has {bytes} bytes, more than {MAX_VALUE_BYTES}; keep the file elsewhere, and its key here"
    )]
    ValueTooLarge { key: String, bytes: usize },
    #[error(
        "the value of `{0}` is what stands for a value in the copy that `kubectl apply` keeps; put the value back first"
    )]
    Marker(String),
    #[error("the value of `{0}` is an envelope of Coffer's; put what was sealed in it first")]
    Envelope(String),
    #[error("its values together have more than {MAX_TOTAL_BYTES} bytes; split it")]
    TooLarge,
    #[error("its name is not one that Kubernetes allows; correct it")]
    InvalidName,
    #[error("its namespace is not one that Kubernetes allows; correct it")]
    InvalidNamespace,
    #[error(
        "its namespace differs from --namespace `{0}`; drop the option or correct the manifest"
    )]
    OtherNamespace(String),
    #[error("it names no namespace; give --namespace, a value is sealed for one namespace")]
    NoNamespace,
    #[error("a Secret of this name came before; remove one of the two")]
    Twice,
    #[error("{0} is not a mapping; correct it")]
    NotAMapping(&'static str),
    #[error("{0} uses a merge key (`<<`); write its content out")]
    MergeKey(&'static str),
    #[error("{0} has the same key twice; remove one")]
    DuplicateKey(&'static str),
    #[error("a key of {0} is not text; quote it")]
    KeyNotText(&'static str),
    #[error("{what} is {found}, not text; quote it")]
    NotText { what: &'static str, found: NotText },
    #[error("{0} is not text; correct it")]
    NotAScalar(&'static str),
    #[error("{0} has a tag (`!`) that changes what it is; remove the tag")]
    Tagged(&'static str),
    #[error("it is an alias (`*`); write it out")]
    Alias,
    #[error("a value of {0} is not Base64; correct it, or use stringData")]
    NotBase64(&'static str),
    #[error("spec.data is the format of before 2018; seal it again with kubeseal first")]
    OldFormat,
    #[error(
        "spec.template.data makes {0} of its keys from templates of Sealed Secrets; write them as spec.target.template, and take them out here"
    )]
    Template(NonZeroUsize),
    #[error(
        "none of the private keys given ({keys}) opens `{key}`; give the key that it was sealed with, and import it under the name, namespace and scope that it was sealed for"
    )]
    NotOpened { key: String, keys: usize },
    #[error("the sealed value of `{0}` is cut short or damaged; copy it again, whole")]
    Damaged(String),
}

impl Skip {
    /// Why the value of `key` in `part` has no bytes.
    pub(super) fn unusable(unusable: Unusable, part: &'static str, key: &str) -> Self {
        match unusable {
            Unusable::NotBase64 => Self::NotBase64(part),
            Unusable::TooLarge(bytes) => Self::ValueTooLarge {
                key: key.to_owned(),
                bytes,
            },
            Unusable::Marker => Self::Marker(key.to_owned()),
            Unusable::Envelope => Self::Envelope(key.to_owned()),
        }
    }
}
