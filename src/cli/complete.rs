//! Completion for `kubectl coffer`: kubectl runs `kubectl_complete-coffer` with the words so far, the
//! last of them unfinished, and reads one candidate a line and then a directive
//! (<https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/>, `ShellCompDirective` of cobra).

use clap::{Arg, Command, ValueHint};

/// The shell completes names of files.
const FILES: &str = ":0";
/// There is nothing else to complete.
const NO_FILES: &str = ":4";

/// The candidates and the directive.
pub(super) fn answer(root: &Command, words: &[String]) -> String {
    let (unfinished, before) = words
        .split_last()
        .map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
    let mut command = root;
    let mut waiting = None;
    for word in before {
        if waiting.take().is_some() {
            continue;
        }
        if word.starts_with('-') {
            waiting = option(command, word);
        } else if let Some(sub) = command.find_subcommand(word) {
            command = sub;
        }
    }
    let (candidates, directive) = match waiting {
        Some(option) => (values(option), directive(option)),
        None if unfinished.starts_with('-') => (options(command), NO_FILES),
        None if command.has_subcommands() => (subcommands(command), NO_FILES),
        None => (Vec::new(), FILES),
    };
    let mut out: String = candidates
        .into_iter()
        .filter(|candidate| candidate.starts_with(unfinished))
        .map(|candidate| candidate + "\n")
        .collect();
    out.push_str(directive);
    out.push('\n');
    out
}

/// The option that waits for its value in the next word.
fn option<'c>(command: &'c Command, word: &str) -> Option<&'c Arg> {
    if word.contains('=') {
        return None;
    }
    let is = |arg: &&Arg| match word.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => arg.get_short().is_some_and(|short| word.ends_with(short)),
    };
    let found = command.get_arguments().find(is)?;
    found.get_action().takes_values().then_some(found)
}

fn values(option: &Arg) -> Vec<String> {
    let possible = option.get_possible_values();
    possible
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect()
}

fn directive(option: &Arg) -> &'static str {
    let is_file = matches!(
        option.get_value_hint(),
        ValueHint::FilePath | ValueHint::AnyPath
    ) || option
        .get_value_names()
        .is_some_and(|names| names.iter().any(|name| name.contains("FILE")));
    if is_file { FILES } else { NO_FILES }
}

fn options(command: &Command) -> Vec<String> {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let long = shown.filter_map(|arg| Some((arg.get_long()?, arg.get_help())));
    long.map(|(name, help)| described(&format!("--{name}"), help))
        .collect()
}

fn subcommands(command: &Command) -> Vec<String> {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    shown
        .map(|sub| described(sub.get_name(), sub.get_about()))
        .collect()
}

/// What a shell that can do so shows beside a candidate stands behind a tab.
fn described(candidate: &str, help: Option<&clap::builder::StyledStr>) -> String {
    match help.map(ToString::to_string) {
        Some(help) => format!("{candidate}\t{}", help.lines().next().unwrap_or_default()),
        None => candidate.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::answer;
    use crate::cli::{Cli, Name};

    /// The candidates without what describes them, and the directive.
    fn completed(words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let answer = answer(&Name::Completion.dress(Cli::command()), &words);
        let bare = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        answer.lines().map(bare).collect()
    }

    #[test]
    fn commands_are_completed_and_the_operator_is_none_for_people() {
        assert_eq!(completed(&["ge"]), ["get", ":4"]);
        assert_eq!(completed(&["create", "s"]), ["secret", ":4"]);
        assert!(!completed(&[""]).contains(&"operator".to_owned()));
    }

    #[test]
    fn options_and_their_values_are_completed() {
        assert_eq!(completed(&["get", "stripe", "--o"]), ["--output", ":4"]);
        assert_eq!(completed(&["get", "-o", "w"]), ["wide", ":4"]);
        assert_eq!(
            completed(&["create", "secret", "a", "--dry-run", ""]),
            ["client", "server", ":4"]
        );
    }

    #[test]
    fn where_a_file_is_meant_the_shell_completes_it() {
        assert_eq!(completed(&["verify", "de"]), [":0"]);
        assert_eq!(
            completed(&["create", "secret", "--from-env-file", ""]),
            [":0"]
        );
        assert_eq!(completed(&["get", "-n", ""]), [":4"]);
    }

    #[test]
    fn what_is_not_known_completes_to_nothing() {
        assert_eq!(completed(&["nosuch", "--nosuch", "-x", "zz"]), [":4"]);
        assert_eq!(completed(&[]).last().unwrap(), ":4");
    }
}
