//! What is wrong with a certificate that is given, and what the log says of it.

use super::given::Doubt;
use super::pair::Unusable;

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// It cannot be shown.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// It is shown, and the API server will not take it.
    #[error(transparent)]
    Doubted(#[from] Doubt),
}

/// Logs a change: what is wrong now, with the native Secret of this name, while a certificate is shown or none is.
pub(super) fn log(trouble: Option<&Trouble>, native: &str, is_shown: bool) {
    match trouble {
        Some(Trouble::Unusable(why)) if is_shown => tracing::error!(
            native,
            "the webhooks' certificate cannot be used, the former one stays: {why}"
        ),
        Some(Trouble::Unusable(why)) => tracing::error!(
            native,
            "the webhooks' certificate cannot be used, values in clear are refused until it can: {why}"
        ),
        Some(Trouble::Doubted(why)) => tracing::warn!(
            native,
            "the API server will not take the webhooks' certificate: {why}"
        ),
        None => tracing::info!(
            native,
            "nothing is wrong with the webhooks' certificate any more"
        ),
    }
}
