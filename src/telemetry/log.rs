//! Logs: for people or as JSON, and errors in a form that cannot hold a value.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io::IsTerminal as _;

use clap::ValueEnum;
use kube::core::Status;
use kube::runtime::watcher;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Whose lines are never written, whatever the filter says: the client logs whole replies that it
/// cannot decode, and a reply can hold values.
const MUTED: &str = "kube_client::client";

/// Starts logging to standard error. The filter is that of `RUST_LOG`; without one, `info`.
///
/// # Errors
/// A filter that does not parse.
pub fn init(format: Format, filter: &str) -> anyhow::Result<()> {
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let layer = match format {
        Format::Text => layer.boxed(),
        Format::Json => layer.json().boxed(),
    };
    let discreet = filter_fn(|metadata| metadata.target() != MUTED);
    tracing_subscriber::registry()
        .with(layer.with_filter(discreet))
        .with(EnvFilter::try_new(filter)?)
        .init();
    Ok(())
}

/// An error with its sources in one line. What one of them has said already, as many do of their source, is not said
/// again. Only for errors that cannot hold a value.
#[must_use]
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let said = error.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        source = error.source();
    }
    text
}

/// What a failed request says about itself. The API server's own message stays out, because it can
/// quote the object; so does what a decoder says about the text that it could not read.
#[must_use]
pub fn kube_error(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => {
            let fields: Vec<_> = status
                .details
                .iter()
                .flat_map(|details| &details.causes)
                .filter(|cause| !cause.field.is_empty())
                .map(|cause| format!("{} ({})", cause.field, cause.reason))
                .collect();
            let mut text = format!("{} {}", status.code, status.reason);
            if !fields.is_empty() {
                let _ = write!(text, ": {}", fields.join(", "));
            }
            text
        }
        kube::Error::SerdeError(_) => "the reply could not be decoded".to_owned(),
        other => chain(other),
    }
}

/// Whether a request was refused because its namespace is being deleted.
#[must_use]
pub fn is_namespace_terminating(status: &Status) -> bool {
    status
        .details
        .iter()
        .flat_map(|details| &details.causes)
        .any(|cause| cause.reason == "NamespaceTerminating")
}

/// What an interrupted watch says about itself.
#[must_use]
pub fn watch_error(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(source) => format!("list: {}", kube_error(source)),
        watcher::Error::WatchStartFailed(source) => format!("start: {}", kube_error(source)),
        // What does not decode comes as a status without a code, whose message quotes it.
        watcher::Error::WatchError(status) if status.code == 0 => {
            "an event could not be decoded".to_owned()
        }
        watcher::Error::WatchError(status) => format!("{} {}", status.code, status.reason),
        watcher::Error::WatchFailed(source) => kube_error(source),
        watcher::Error::NoResourceVersion => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use kube::config::KubeconfigError;

    use super::chain;

    #[test]
    fn a_cause_that_its_effect_has_told_is_not_told_again() {
        let cause = io::Error::other("no such file");
        let error = KubeconfigError::ReadConfig(cause, "config".into());
        let told = "failed to read kubeconfig from '\"config\"': no such file";
        assert_eq!(chain(&error), told);
        let outer = io::Error::other(error);
        assert_eq!(chain(&outer), told);
    }
}
