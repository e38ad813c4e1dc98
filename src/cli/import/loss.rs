//! What stays behind when a native Secret is imported, in words for its owner.

use std::fmt;

use crate::api::wellknown::MANAGED_BY_LABEL;
use crate::policy::native::decides_about;

/// What a Coffer Secret does not say about its native Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    Label(String),
    Annotation(String),
    Immutable,
    Owner(String),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(key) if key == MANAGED_BY_LABEL => {
                write!(
                    f,
                    "label `{key}` is left out: Coffer manages the native Secret"
                )
            }
            Self::Label(key) => left_out(f, "label", key),
            Self::Annotation(key) => left_out(f, "annotation", key),
            Self::Immutable => f.write_str(
                "`immutable` is left out: Coffer keeps the native Secret as the Coffer Secret says",
            ),
            Self::Owner(owner) => write!(
                f,
                "it belongs to {}: before you delete that, `coffer import take-over` it",
                owner.escape_debug()
            ),
        }
    }
}

fn left_out(f: &mut fmt::Formatter<'_>, what: &str, key: &str) -> fmt::Result {
    let fate = if decides_about(key) { "loses" } else { "keeps" };
    let key = key.escape_debug();
    write!(
        f,
        "{what} `{key}` is left out: a target may not have it; a native Secret that is taken over {fate} it"
    )
}
