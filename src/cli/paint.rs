//! Colours, on a terminal only, and not against the user's will (<https://no-color.org>).

use std::env;
use std::io::{self, IsTerminal as _};

/// What a text tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Waiting,
    Bad,
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paint(bool);

impl Paint {
    /// As stdout and the environment have it.
    pub(super) fn of_stdout() -> Self {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self(!unwanted && !dumb && io::stdout().is_terminal())
    }

    #[cfg(test)]
    pub(super) const fn none() -> Self {
        Self(false)
    }

    #[cfg(test)]
    pub(super) const fn colours() -> Self {
        Self(true)
    }

    /// The text in the colour of its tone.
    pub(super) fn text(self, text: &str, tone: Tone) -> String {
        let colour = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => 32,
            Tone::Waiting => 33,
            Tone::Bad => 31,
        };
        if self.0 && !text.is_empty() {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
