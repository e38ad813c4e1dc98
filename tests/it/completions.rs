//! Completion as the shell does it: its own completion script, run by bash.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::Ran;
use crate::support::ran::coffer;

/// Completes the words given, the last of them unfinished, by the function that is registered for the first.
const COMPLETE: &str = r#"
registered=$(complete -p "$1") || exit 3
function=${registered##*-F }
function=${function%% *}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>complaints
grep -v 'compopt: not currently executing completion function' complaints >&2
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// What the package bash-completion has for all scripts, as far as that of kubectl needs it.
const PACKAGE: &str = r#"
_init_completion() {
  words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
  cur=${words[cword]} prev=${words[cword - 1]}
}
"#;

/// A folder with the binary under its names, and with kubectl where there is one.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["coffer", "kubectl-coffer", "kubectl_complete-coffer"] {
            let link = folder.path().join(name);
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_coffer"), link).unwrap();
        }
        Self { folder }
    }

    /// What bash completes these words to, after this preparation.
    fn completed(&self, preparation: &str, words: &[&str]) -> Vec<String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::split_paths(&path);
        let path = std::iter::once(self.folder.path().to_owned()).chain(path);
        let output = Command::new("bash")
            .args([
                "--norc",
                "-c",
                &format!("{preparation}\n{COMPLETE}"),
                "bash",
            ])
            .args(words)
            .current_dir(self.folder.path())
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("KUBERC", "off")
            .output()
            .expect("bash cannot be run: install it, completion is tested with it");
        let ran = Ran::from(output);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{words:?}");
        ran.out.split_whitespace().map(str::to_owned).collect()
    }

    fn coffer(&self, words: &[&str]) -> Vec<String> {
        let words = [&["coffer"], words].concat();
        self.completed("source <(coffer completions bash)", &words)
    }

    fn kubectl(&self, words: &[&str]) -> Vec<String> {
        let kubectl = kubectl();
        let link = self.folder.path().join("kubectl");
        let _ = std::os::unix::fs::symlink(kubectl, link);
        let words = [&["kubectl", "coffer"], words].concat();
        let preparation = format!("{PACKAGE}\nsource <(kubectl completion bash)");
        self.completed(&preparation, &words)
    }
}

fn kubectl() -> PathBuf {
    let tools = std::env::var_os("COFFER_TEST_TOOLS");
    let tools = tools.expect("COFFER_TEST_TOOLS is not set: run the tests with `cargo xtask test`");
    Path::new(&tools).join("kubectl")
}

#[test]
fn bash_completes_the_words_of_coffer() {
    let desk = Desk::new();
    assert_eq!(desk.coffer(&["ver"]), ["verify"]);
    assert_eq!(desk.coffer(&["keys", "rotate", "st"]), ["store"]);
    assert_eq!(desk.coffer(&["keys", "prune", "--pub"]), ["--public-keys"]);
    assert_eq!(desk.coffer(&["get", "-o", "w"]), ["wide"]);
    assert_eq!(
        desk.coffer(&["create", "secret", "a", "--dry-run", ""]),
        ["client", "server"]
    );
    assert_eq!(desk.coffer(&["completions", "z"]), ["zsh"]);
    assert_eq!(desk.coffer(&["get", "--nosuch"]), [""; 0]);
}

#[test]
fn bash_completes_the_words_of_the_plugin_through_kubectl() {
    let desk = Desk::new();
    assert_eq!(desk.kubectl(&["ver"]), ["verify"]);
    assert_eq!(desk.kubectl(&["keys", "rotate", "st"]), ["store"]);
    assert_eq!(desk.kubectl(&["keys", "prune", "--pub"]), ["--public-keys"]);
    assert_eq!(desk.kubectl(&["get", "-o", "w"]), ["wide"]);
    assert_eq!(desk.kubectl(&["get", "--output=js"]), ["json"]);
    assert_eq!(desk.kubectl(&["completions", "z"]), ["zsh"]);
    assert_eq!(desk.kubectl(&["get", "--nosuch"]), [""; 0]);
}

#[test]
fn bash_completes_files_where_one_is_meant() {
    let desk = Desk::new();
    std::fs::write(desk.folder.path().join("deploy.yaml"), "").unwrap();
    assert_eq!(desk.coffer(&["verify", "--store", "dep"]), ["deploy.yaml"]);
}

#[test]
fn there_is_a_script_for_each_shell_and_it_knows_every_command() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = coffer(desk.folder.path(), &["completions", shell], "");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        for word in ["verify", "keygen", "adopt", "public-keys", "take-over"] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
}
