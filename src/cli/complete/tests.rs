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
fn a_value_behind_an_equals_sign_is_completed_without_its_option() {
    assert_eq!(completed(&["get", "--output=js"]), ["json", ":4"]);
    assert_eq!(completed(&["verify", "--store="]), [":0"]);
    assert_eq!(completed(&["get", "--nosuch=x"]), [":4"]);
    // What ends with the letter of an option is none.
    assert_eq!(
        completed(&["set", "stripe", "token="]),
        completed(&["set", "stripe", "x="])
    );
}

#[test]
fn arguments_are_completed_each_for_itself() {
    assert_eq!(completed(&["completions", "b"]), ["bash", ":4"]);
    assert_eq!(completed(&["get", ""]), [":4"]);
    assert_eq!(completed(&["seal", "v"]), ["value", ":0"]);
    assert_eq!(completed(&["seal", "a.yaml", "v"]), [":0"]);
    assert_eq!(completed(&["keys", "import", ""]), [":0"]);
    assert_eq!(completed(&["keys", "import", "file", ""]), [":4"]);
    assert_eq!(completed(&["keys", "import", "file", "a/b", ""]), [":4"]);
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
