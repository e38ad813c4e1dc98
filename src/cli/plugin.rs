//! One binary under several names: `coffer`; `kubectl-coffer`, which kubectl runs for `kubectl
//! coffer`; and `kubectl_complete-coffer`, which it runs to complete the words of that.

use std::ffi::OsStr;
use std::path::Path;

use clap::Command;

/// The name that the binary was called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// `coffer`, and whatever else someone calls it.
    Coffer,
    /// As a plugin of kubectl.
    Plugin,
    /// For the completion of the plugin.
    Completion,
}

impl Name {
    /// From the first word of the command line.
    #[must_use]
    pub fn of(program: Option<&OsStr>) -> Self {
        let stem = program.and_then(|program| Path::new(program).file_name()?.to_str());
        match stem.map(|name| name.strip_suffix(".exe").unwrap_or(name)) {
            Some("kubectl-coffer") => Self::Plugin,
            Some("kubectl_complete-coffer") => Self::Completion,
            _ => Self::Coffer,
        }
    }

    /// The command line as this name shows it.
    pub(super) fn dress(self, command: Command) -> Command {
        match self {
            Self::Coffer => command,
            Self::Plugin | Self::Completion => examples(command.bin_name("kubectl coffer"))
                .mut_subcommand("operator", |command| command.hide(true)),
        }
    }
}

/// Examples read as they are typed.
fn examples(command: Command) -> Command {
    let command = match command.get_after_help().map(ToString::to_string) {
        Some(text) => {
            let typed = text
                .replace("\n  coffer ", "\n  kubectl coffer ")
                .replace("| coffer ", "| kubectl coffer ");
            command.after_help(typed)
        }
        None => command,
    };
    command.mut_subcommands(examples)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::Name;

    #[test]
    fn the_name_is_told_from_the_program() {
        for (program, name) in [
            ("coffer", Name::Coffer),
            ("/usr/local/bin/kubectl-coffer", Name::Plugin),
            ("kubectl-coffer.exe", Name::Plugin),
            ("./kubectl_complete-coffer", Name::Completion),
            ("kubectl-coffer-2", Name::Coffer),
            ("", Name::Coffer),
        ] {
            assert_eq!(Name::of(Some(OsStr::new(program))), name, "{program}");
        }
        assert_eq!(Name::of(None), Name::Coffer);
    }
}
