//! Templates: keys that are made from the values.

use coffer::api::Reason;
use serde_json::json;

use crate::support::{Canary, Cluster, Namespace, bytes, manifest};

async fn with_template(template: serde_json::Value, value: &str) -> Namespace {
    let ns = Cluster::unadvised_namespace("template").await;
    ns.store("vault", "{}").await;
    let data = json!({
        "password": { "value": value },
        "ca.crt": { "value": "PEM" },
        "raw": { "value": "AP8=", "encoding": "Base64" },
    });
    let target = json!({ "template": template });
    ns.apply(&manifest::secret_with(
        "app",
        "vault",
        &data.to_string(),
        &target.to_string(),
    ))
    .await;
    ns
}

#[tokio::test]
async fn a_template_gives_the_keys_that_it_names_and_no_others() {
    let template = json!({
        "config.ini": "password={{ password }}\nca={{ data['ca.crt'] }}\n",
        "b64": "{{ password | b64encode }}",
        "raw": "{{ data_base64['raw'] }}",
    });
    let ns = with_template(template, "<&>\"").await;
    ns.ready("app").await;
    let native = ns.natives().get("app").await.unwrap();
    assert_eq!(bytes(&native, "config.ini"), b"password=<&>\"\nca=PEM\n");
    assert_eq!(bytes(&native, "b64"), b"PCY+Ig==");
    assert_eq!(bytes(&native, "raw"), b"AP8=");
    assert_eq!(native.data.unwrap().len(), 3);
}

#[tokio::test]
async fn a_changed_template_is_delivered_and_is_no_new_version() {
    let ns = with_template(json!({ "out": "{{ password }}" }), "p").await;
    ns.ready("app").await;
    let template = json!({ "out": "<{{ password }}>" });
    ns.edit(
        "app",
        json!({ "spec": { "target": { "template": template } } }),
    )
    .await;
    let secret = ns.ready("app").await;
    assert_eq!(ns.bytes("app", "out").await, b"<p>");
    assert_eq!(secret.status.unwrap().version, Some(1));
}

async fn fails(template: &str, message: &str) {
    let canary = Canary::new();
    let ns = with_template(json!({ "out": template }), canary.value()).await;
    let told = ns.problem("app", Reason::TemplateFailed).await;
    assert_eq!(told, message);
    assert!(ns.natives().get_opt("app").await.unwrap().is_none());
}

#[tokio::test]
async fn a_template_that_does_not_parse_delivers_nothing() {
    fails(
        "{{ password",
        "`spec.target.template` of `out`, line 1 does not parse: correct the template; nothing was \
         delivered",
    )
    .await;
}

#[tokio::test]
async fn a_template_with_an_unknown_name_delivers_nothing() {
    fails(
        "x\n{{ passwort }}",
        "`spec.target.template` of `out`, line 2 uses a name that is not a key of `spec.data`: correct \
         the template; nothing was delivered",
    )
    .await;
}

#[tokio::test]
async fn a_template_reads_no_environment_and_no_file() {
    for template in [
        "{{ env('HOME') }}",
        "{{ lookup('env', 'HOME') }}",
        "{{ open('/etc/passwd') }}",
    ] {
        fails(
            template,
            "`spec.target.template` of `out`, line 1 uses a function that does not exist: correct the \
             template; nothing was delivered",
        )
        .await;
    }
    for template in [
        "{% include '/etc/passwd' %}",
        "{% import '/etc/passwd' as x %}",
    ] {
        fails(
            template,
            "`spec.target.template` of `out`, line 1 uses a statement that templates here do not have: \
             correct the template; nothing was delivered",
        )
        .await;
    }
}

#[tokio::test]
async fn a_template_that_never_ends_disturbs_nobody() {
    let forever = "{% for i in range(9999) %}{% for j in range(9999) %}{{ password }}{% endfor %}{% endfor %}";
    let ns = with_template(json!({ "out": forever }), "p").await;
    ns.apply(&manifest::plain("healthy", "vault", "v")).await;
    ns.ready("healthy").await;
    let message = ns.problem("app", Reason::TemplateFailed).await;
    assert!(message.contains("takes too many steps"), "{message}");
}

/// The engine would show 2^60 items, and counts none of them.
#[tokio::test]
async fn a_template_of_lists_within_lists_disturbs_nobody() {
    let nested = "{% set x = [1] %}".to_owned() + &"{% set x = [x, x] %}".repeat(60) + "{{ x }}";
    let ns = with_template(json!({ "out": nested }), "p").await;
    ns.apply(&manifest::plain("healthy", "vault", "v")).await;
    ns.ready("healthy").await;
    let message = ns.problem("app", Reason::TemplateFailed).await;
    assert!(message.contains("line 1 uses a list"), "{message}");
}

#[tokio::test]
async fn a_template_that_grows_beyond_bounds_is_stopped() {
    let doubling = "{% set x = 'xxxxxxxxxxxxxxxx' %}".to_owned()
        + &"{% set x = x ~ x %}".repeat(40)
        + "{{ x }}";
    let ns = with_template(json!({ "out": doubling }), "p").await;
    ns.apply(&manifest::plain("healthy", "vault", "v")).await;
    ns.ready("healthy").await;
    ns.problem("app", Reason::TemplateFailed).await;
}

#[tokio::test]
async fn a_value_that_a_format_cannot_hold_delivers_nothing_and_keeps_what_was_there() {
    let ns = with_template(json!({ "env": "P={{ password | toenv }}\n" }), "plain").await;
    ns.ready("app").await;
    assert_eq!(ns.bytes("app", "env").await, b"P=plain\n");
    let before = ns.natives().get("app").await.unwrap();
    let canary = Canary::new();
    let value = format!("a $b {}", canary.value());
    ns.edit(
        "app",
        json!({ "spec": { "data": { "password": { "value": value } } } }),
    )
    .await;
    let message = ns.problem("app", Reason::TemplateFailed).await;
    assert!(
        message.starts_with("`spec.target.template` of `env`, line 1 writes a value that docker"),
        "{message}"
    );
    canary.assert_absent("the message", &message);
    assert_eq!(ns.natives().get("app").await.unwrap(), before);
}
