//! From the words of a command line to what is asked for.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error, FromArgMatches as _};

use super::{Cli, Name, complete, output};

/// A usage error, as `clap` has it.
const USAGE: u8 = 2;

/// Commands that are given values, or ask for a passphrase, which someone may write behind them.
const SECRETIVE: [&str; 8] = [
    "create", "set", "value", "backup", "keygen", "restore", "export", "import",
];

/// What is asked for; `Err` when it is answered already: by help, candidates or a usage error.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let words: Vec<OsString> = words.into_iter().collect();
    let name = Name::of(words.first().map(OsString::as_os_str));
    let mut command = name.dress(Cli::command());
    if name == Name::Completion {
        let words = words
            .iter()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned());
        let words: Vec<String> = words.collect();
        command.build();
        let printed = output::print(&complete::answer(&command, &words));
        return Err(ExitCode::from(if printed.is_ok() { 0 } else { USAGE }));
    }
    let takes_values = words
        .iter()
        .skip(1)
        .any(|word| SECRETIVE.iter().any(|command| word == command));
    command
        .try_get_matches_from_mut(words)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| refuse(&error, takes_values))
}

fn refuse(error: &Error, takes_values: bool) -> ExitCode {
    if takes_values && quotes(error) {
        eprintln!("{}", without_the_word(error));
        return ExitCode::from(USAGE);
    }
    // It is to the terminal that this may fail, and then nobody reads it.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE))
}

/// Whether clap's own message repeats a word that it did not expect.
fn quotes(error: &Error) -> bool {
    // Also what is taken for one that does not go with an option.
    let is_subcommand = error.get(ContextKind::InvalidSubcommand).is_some();
    is_subcommand
        || matches!(
            error.kind(),
            ErrorKind::UnknownArgument | ErrorKind::TooManyValues | ErrorKind::ValueValidation
        )
}

/// A word too many may be the second half of a value with a blank in it: it is not repeated.
fn without_the_word(error: &Error) -> String {
    let mut message = "coffer: a word is not understood; it is not shown, since it may be part of a value or a passphrase: put values with blanks into quotes, give passphrases in a file, and see --help".to_owned();
    if let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
        && matches!(
            error.kind(),
            ErrorKind::TooManyValues | ErrorKind::ValueValidation
        )
    {
        // The argument that it stands behind, as the definition has it.
        message.push_str("; it stands for ");
        message.push_str(argument);
    }
    if let Some(ContextValue::String(meant)) = error.get(ContextKind::SuggestedArg) {
        message.push_str("; did you mean ");
        message.push_str(meant);
        message.push('?');
    }
    message
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::without_the_word;
    use crate::cli::Cli;

    fn said(words: &[&str]) -> String {
        let error = Cli::command().try_get_matches_from(words).unwrap_err();
        without_the_word(&error)
    }

    #[test]
    fn half_a_value_is_not_repeated() {
        for words in [
            vec![
                "coffer",
                "create",
                "secret",
                "a",
                "--store",
                "s",
                "--from-literal",
                "k=my",
                "hunter2",
            ],
            vec!["coffer", "create", "hunter2"],
            vec!["coffer", "set", "a", "k=my", "--hunter2"],
            vec!["coffer", "set", "a", "k=my", "--store=hunter2"],
            vec!["coffer", "backup", "--output", "f", "hunter2"],
            vec!["coffer", "backup", "--passphrase", "hunter2"],
            vec!["coffer", "backup", "--passphrase=hunter2"],
            vec!["coffer", "backup", "--output", "f", "--hunter2"],
            vec!["coffer", "backup", "keygen", "--passphrase", "hunter2"],
            vec!["coffer", "backup", "keygen", "--passphrase=hunter2"],
            vec!["coffer", "restore", "f", "--passphrase", "hunter2"],
            vec!["coffer", "restore", "f", "hunter2"],
            vec!["coffer", "keys", "export", "--output", "f", "hunter2"],
            vec!["coffer", "keys", "import", "f", "hunter2"],
        ] {
            assert!(words.iter().any(|word| super::SECRETIVE.contains(word)));
            let error = Cli::command().try_get_matches_from(&words).unwrap_err();
            // Whatever clap itself would repeat is not left to it.
            let repeats = error.to_string().contains("hunter2");
            assert!(!repeats || super::quotes(&error), "{words:?}");
            assert!(!said(&words).contains("hunter2"), "{words:?}");
        }
    }

    #[test]
    fn a_misspelt_option_is_helped_with() {
        let words = said(&["coffer", "set", "a", "--from-litteral", "k=v"]);
        assert!(words.ends_with("did you mean --from-literal?"), "{words}");
    }
}
