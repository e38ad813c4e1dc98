//! As a plugin of kubectl.

use tokio::process::Command;

use super::{Person, Ran};

impl Person {
    /// Runs kubectl itself, with the plugin on its path.
    async fn kubectl(&self, arguments: &[&str]) -> Ran {
        let programs = &self.ns.cluster.programs;
        let mut command = Command::new(programs.join("kubectl"));
        let path = std::env::join_paths([self.folder.path(), programs]).unwrap();
        command
            .args(arguments)
            .env("PATH", path)
            .env("KUBERC", "off");
        self.ran(command, "").await
    }
}

#[tokio::test]
async fn kubectl_finds_it_and_help_speaks_of_kubectl() {
    let person = Person::new().await;
    let ran = person
        .kubectl(&["coffer", "create", "secret", "--help"])
        .await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("Usage: kubectl coffer create secret "),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("\n  kubectl coffer create secret stripe"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("shell's history"), "{}", ran.out);
    let ran = person.kubectl(&["coffer", "--help"]).await;
    assert!(!ran.out.contains("operator"), "{}", ran.out);
}

#[tokio::test]
async fn kubectl_runs_it_with_its_kubeconfig() {
    let person = Person::new().await;
    person.ns.delivered("stripe", b"v").await;
    let kubeconfig = person.kubeconfig.display().to_string();
    let get = [
        "coffer",
        "get",
        "-o",
        "name",
        "-n",
        &person.ns.name,
        "--kubeconfig",
        &kubeconfig,
    ];
    let ran = person.kubectl(&get).await;
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "secret.coffer.dev/stripe\n"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn kubectl_completes_its_words() {
    let person = Person::new().await;
    let ran = person.kubectl(&["__complete", "coffer", "ver"]).await;
    assert!(ran.out.starts_with("verify\t"), "{} {}", ran.out, ran.err);
    let ran = person
        .kubectl(&["__complete", "coffer", "get", "--out"])
        .await;
    assert!(ran.out.starts_with("--output\t"), "{} {}", ran.out, ran.err);
}

#[tokio::test]
async fn a_wrong_word_is_repeated_where_it_can_be_no_value() {
    let person = Person::new().await;
    let said = person.fails(2, &["gett"]).await;
    assert!(said.contains("unrecognized subcommand 'gett'"), "{said}");
}
