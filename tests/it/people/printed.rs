//! What people read of the commands about single Secrets.

use insta::assert_snapshot;
use serde_json::json;

use super::Person;
use crate::support::manifest;

impl Person {
    /// What a run shows, in a namespace `team-a`.
    async fn reads(&self, arguments: &[&str]) -> String {
        let folder = self.folder.path().to_str().unwrap();
        let names = [(&*self.ns.name, "team-a"), (folder, "<folder>")];
        self.run(arguments).await.shown(&names)
    }
}

const CREATE: [&str; 5] = ["create", "secret", "stripe", "--store", "vault"];

#[tokio::test]
async fn what_create_did_or_would_do() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let [token, mode] = ["token", "mode"].map(|key| person.literal(key));
    let values = ["--from-literal", &token, "--from-literal", &mode];
    let create = [&CREATE[..], &values].concat();
    let with = async |more: &[&str]| person.reads(&[&create[..], more].concat()).await;
    assert_snapshot!("create_dry_run", with(&["--dry-run=client"]).await);
    let yaml = ["--dry-run=client", "-o", "yaml", "--comment", "live"];
    assert_snapshot!("create_dry_run_yaml", with(&yaml).await);
    let json = ["--dry-run=client", "-o", "json", "--no-target", "-q"];
    assert_snapshot!("create_dry_run_json", with(&json).await);
    assert_snapshot!("create", with(&[]).await);
    assert_snapshot!("create_of_what_is_there", with(&[]).await);
    assert_snapshot!(
        "create_with_a_wrong_target",
        with(&["--target", "No_Name"]).await
    );
}

#[tokio::test]
async fn what_create_refuses() {
    let person = Person::new().await;
    let token = person.literal("token");
    let with = async |more: &[&str]| person.reads(&[&CREATE[..], more].concat()).await;
    assert_snapshot!(
        "create_without_a_store",
        with(&["--from-literal", &token]).await
    );
    assert_snapshot!("create_without_a_value", with(&[]).await);
    let bare = ["--from-literal", person.canary.value()];
    assert_snapshot!("create_without_a_key", with(&bare).await);
    let halves = ["--from-literal", "k=my", person.canary.value()];
    assert_snapshot!("create_with_a_word_too_many", with(&halves).await);
    let nameless = ["create", "secret", &token, "--store", "vault"];
    assert_snapshot!("create_without_a_name", person.reads(&nameless).await);
    let env = person.file(".env", format!("A=1\n{}\n", person.canary.value()));
    let env = with(&["--from-env-file", &env]).await;
    assert_snapshot!("create_with_a_wrong_env_file", env);
}

#[tokio::test]
async fn what_set_did_or_refuses() {
    let person = Person::new().await;
    let [a, b] = ["a", "b"].map(|key| person.literal(key));
    assert_snapshot!(
        "set_of_what_is_not_there",
        person.reads(&["set", "stripe", &a]).await
    );
    person.ns.delivered("stripe", b"v").await;
    let set = async |more: &[&str]| person.reads(&[&["set", "stripe"], more].concat()).await;
    assert_snapshot!("set_dry_run", set(&[&a, "--dry-run=server"]).await);
    assert_snapshot!("set", set(&[&a, &b]).await);
    assert_snapshot!("set_unset", set(&["--unset", "b"]).await);
    let value = person.literal("value");
    assert_snapshot!("set_of_what_a_tool_applies", set(&[&value]).await);
    assert_snapshot!("set_of_nothing", set(&[]).await);
    assert_snapshot!("set_and_unset", set(&[&a, "--unset", "a"]).await);
    assert_snapshot!(
        "set_unset_of_all",
        set(&["--unset", "a", "--unset", "value"]).await
    );
    assert_snapshot!("set_unset_of_no_key", set(&["--unset", "zzz"]).await);
}

#[tokio::test]
async fn what_verify_finds() {
    let person = Person::new().await;
    person.ns.store("vault", "{}").await;
    let wrong = manifest::secret("stripe", person.canary.value()).replace("target:", "taget:");
    let wrong = person.file("wrong.yaml", wrong);
    let well = manifest::store("other", "{}");
    let well = person.file("well.yaml", well);
    let broken = person.file("broken.yaml", "a: [\n");
    let verify = async |more: &[&str]| person.reads(&[&["verify"], more].concat()).await;
    assert_snapshot!("verify", verify(&[&wrong, &well]).await);
    assert_snapshot!("verify_json", verify(&["-o", "json", &wrong]).await);
    assert_snapshot!("verify_yaml", verify(&["-o", "yaml", "-q", &wrong]).await);
    assert_snapshot!("verify_of_what_is_well", verify(&["--server", &well]).await);
    assert_snapshot!(
        "verify_of_what_does_not_read",
        verify(&[&broken, &well]).await
    );
}

#[tokio::test]
async fn that_nothing_is_there_to_be_shown() {
    let person = Person::new().await;
    assert_snapshot!("get_of_nothing", person.reads(&["get"]).await);
    assert_snapshot!(
        "get_of_what_is_not_there",
        person.reads(&["get", "stripe"]).await
    );
    assert_snapshot!("tree_of_nothing", person.reads(&["tree"]).await);
    assert_snapshot!(
        "tree_of_what_is_not_there",
        person.reads(&["tree", "vault"]).await
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_command_line_or_a_cluster() {
    let mut person = Person::with_rights(json!([])).await;
    let name = format!("system:serviceaccount:{}:someone", person.ns.name);
    assert_snapshot!(
        "without_the_right",
        person.reads(&["get"]).await.replace(&name, "someone")
    );
    assert_snapshot!("unknown_command", person.reads(&["gett"]).await);
    assert_snapshot!("unknown_form", person.reads(&["get", "-o", "xml"]).await);
    assert_snapshot!(
        "unknown_context",
        person.reads(&["get", "--context", "moon"]).await
    );
    person.kubeconfig = person.folder.path().join("nowhere");
    assert_snapshot!("no_kubeconfig", person.reads(&["get"]).await);
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{ "name": "c", "cluster": { "server": "http://127.0.0.1:1" } }],
        "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
        "users": [{ "name": "u", "user": {} }],
    });
    person.kubeconfig = person.file("config", config.to_string()).into();
    assert_snapshot!("no_answer", person.reads(&["get"]).await);
}
