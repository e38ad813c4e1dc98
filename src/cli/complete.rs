//! Completion for `kubectl coffer`: kubectl runs `kubectl_complete-coffer` with the words so far, the
//! last of them unfinished, and reads one candidate a line and then a directive
//! (<https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/>, `ShellCompDirective` of cobra).

use clap::{Arg, ArgAction, Command, ValueHint};

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
    let mut operands = 0;
    for word in before {
        if waiting.take().is_some() {
            continue;
        }
        if word.starts_with('-') {
            waiting = option(command, word);
        } else if let Some(sub) = command.find_subcommand(word).filter(|_| operands == 0) {
            command = sub;
        } else {
            operands += 1;
        }
    }
    let assigned = unfinished
        .split_once('=')
        .filter(|(name, _)| name.starts_with('-'))
        .and_then(|(name, value)| Some((option(command, name)?, value)));
    let (candidates, directive, begun) = match (waiting, assigned) {
        (Some(option), _) => (values(option), directive(option), unfinished),
        // The shell keeps what stands before the value.
        (None, Some((option, value))) => (values(option), directive(option), value),
        (None, None) if unfinished.starts_with('-') => (options(command), NO_FILES, unfinished),
        (None, None) => {
            let (candidates, directive) = operand(command, operands);
            (candidates, directive, unfinished)
        }
    };
    let mut out: String = candidates
        .into_iter()
        .filter(|candidate| candidate.starts_with(begun))
        .map(|candidate| candidate + "\n")
        .collect();
    out.push_str(directive);
    out.push('\n');
    out
}

/// What may stand behind so many words that are no options: a subcommand, or what the argument there takes.
fn operand(command: &Command, before: usize) -> (Vec<String>, &'static str) {
    let mut candidates = Vec::new();
    if before == 0 {
        candidates = subcommands(command);
    }
    let takes_many = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append);
    let mut arguments = command.get_positionals();
    let argument = arguments.nth(before);
    let argument = argument.or_else(|| command.get_positionals().last().filter(takes_many));
    let Some(argument) = argument else {
        return (candidates, NO_FILES);
    };
    candidates.extend(values(argument));
    (candidates, directive(argument))
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

fn values(arg: &Arg) -> Vec<String> {
    let possible = arg.get_possible_values();
    possible
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect()
}

fn directive(arg: &Arg) -> &'static str {
    let is_file = matches!(
        arg.get_value_hint(),
        ValueHint::FilePath | ValueHint::AnyPath
    ) || arg
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
mod tests;
