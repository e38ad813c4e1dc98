//! What a command prints: the form that was asked for, to a stdout that may be closed early.

use std::fmt::{Display, Write as _};
use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;

/// The answer is no: there is no such object, there is one already, something would be refused.
pub(super) const NO: u8 = 1;

/// The forms of a table command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Table,
    /// The same with more columns
    Wide,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// kind/name, one a line
    Name,
}

/// The forms of a command that has one for people and the data behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Shown {
    /// For people
    #[default]
    Table,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

impl Shown {
    /// The form for machines; none for people.
    pub(super) fn data(self) -> Option<Data> {
        match self {
            Self::Table => None,
            Self::Json => Some(Data::Json),
            Self::Yaml => Some(Data::Yaml),
        }
    }
}

/// A form for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Json,
    Yaml,
}

impl Data {
    /// The text of a value, with a line break at its end.
    pub(super) fn text(self, value: &impl Serialize) -> anyhow::Result<String> {
        Ok(match self {
            Self::Json => serde_json::to_string_pretty(value)? + "\n",
            Self::Yaml => serde_yaml::to_string(value)?,
        })
    }
}

/// One item a line.
pub(super) fn lines(items: impl IntoIterator<Item = impl Display>) -> String {
    let mut text = String::new();
    for item in items {
        let _ = writeln!(text, "{item}");
    }
    text
}

/// A number and what it counts: `1 key`, `2 keys`.
pub(super) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Writes to stdout. A reader that has seen enough (`| head`) is no error.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout"),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use crate::cli::Cli;

    /// Looks at a command and those below it; how many print data.
    fn look(command: &Command) -> usize {
        let output = command.get_arguments().find(|arg| arg.get_id() == "output");
        let forms = output
            .map(clap::Arg::get_possible_values)
            .unwrap_or_default();
        let has = |name: &str| forms.iter().any(|form| form.matches(name, false));
        assert!(!has("json") || has("table"), "{}", command.get_name());
        usize::from(has("json")) + command.get_subcommands().map(look).sum::<usize>()
    }

    #[test]
    fn whatever_prints_data_takes_the_form_for_people_by_name_as_well() {
        assert_eq!(look(&Cli::command()), 6);
    }
}
