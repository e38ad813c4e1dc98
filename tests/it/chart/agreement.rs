//! What is generated agrees with what it is generated from.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use coffer::cli::crds;
use serde_json::{Value, json};

use super::{
    KEEP, definitions, deployment, deployment_of, documents, helm, helm_template, of_kind, path,
    read, rendered, said, strings,
};

#[test]
fn the_definitions_are_those_of_the_code() {
    let expected: BTreeSet<PathBuf> = crds::manifests()
        .unwrap()
        .iter()
        .map(|crd| {
            let file = path("crds").join(format!("{}.yaml", crd.name));
            assert_eq!(
                fs::read_to_string(&file).unwrap_or_default(),
                crd.file(),
                "{} is stale: run `cargo xtask generate`",
                file.display()
            );
            file
        })
        .collect();
    let found: BTreeSet<PathBuf> = fs::read_dir(path("crds"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(
        found, expected,
        "crds/ has a file that no kind stands behind"
    );
}

#[test]
fn the_plain_manifest_is_the_chart_with_its_defaults() {
    let plain = documents(&read("deploy/coffer.yaml"));
    assert!(
        plain == rendered(&[]),
        "deploy/coffer.yaml is stale: run `cargo xtask generate`"
    );
}

/// Also: their braces survive Helm.
#[test]
fn the_chart_installs_the_definitions_and_keeps_them() {
    let mut installed = of_kind(&rendered(&[]), "CustomResourceDefinition");
    for crd in &mut installed {
        let metadata = crd["metadata"].as_object_mut().unwrap();
        assert_eq!(
            metadata.remove("annotations"),
            Some(json!({ KEEP: "keep" }))
        );
        metadata.remove("labels");
    }
    let code = definitions();
    assert_eq!(installed.len(), code.len());
    for crd in code {
        assert!(
            installed.contains(&crd),
            "{} differs in the chart",
            crd["metadata"]["name"]
        );
    }
}

#[test]
fn the_definitions_can_be_left_to_someone_else() {
    let rendered = rendered(&["crds.install=false"]);
    assert!(of_kind(&rendered, "CustomResourceDefinition").is_empty());
    assert!(!of_kind(&rendered, "Deployment").is_empty());
}

#[test]
fn the_chart_installs_the_version_that_it_comes_with() {
    let chart: Value = serde_yaml::from_str(&read("charts/coffer/Chart.yaml")).unwrap();
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        deployment(&[])["spec"]["template"]["spec"]["containers"][0]["image"],
        format!("coffer:{}", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_digest_pins_the_image() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let deployment = deployment(&[
        "image.repository=registry.example.com:5000/platform/coffer",
        "image.tag=1.2",
        &format!("image.digest={digest}"),
    ]);
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["image"],
        format!("registry.example.com:5000/platform/coffer:1.2@{digest}")
    );
}

#[test]
fn the_chart_passes_the_linter() {
    let lint = helm(&["lint", "--strict", "charts/coffer"]);
    assert!(lint.status.success(), "{}", said(&lint));
}

#[test]
fn everything_that_has_a_namespace_is_in_the_releases() {
    let cluster_wide = [
        "Namespace",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ];
    for object in rendered(&[]) {
        let kind = object["kind"].as_str().unwrap();
        let expected = if cluster_wide.contains(&kind) {
            Value::Null
        } else {
            json!("coffer-system")
        };
        assert_eq!(object["metadata"]["namespace"], expected, "{kind}");
    }
}

#[test]
fn the_namespace_with_the_keys_outlives_the_chart() {
    let rendered = rendered(&[]);
    let namespace = &of_kind(&rendered, "Namespace")[0];
    assert_eq!(namespace["metadata"]["name"], "coffer-system");
    assert_eq!(namespace["metadata"]["annotations"][KEEP], "keep");
}

#[test]
fn the_namespace_is_not_the_charts_unless_asked_for() {
    assert!(of_kind(&helm_template(&[]), "Namespace").is_empty());
}

/// Tests and demos take webhooks away from the rendered chart; a user sets the mode.
#[test]
fn in_controller_mode_the_chart_has_neither_webhooks_nor_their_policy() {
    let list = json!({ "items": rendered(&[]) });
    let without = xtask::manifest::without_webhooks(list);
    let names = |objects: &[Value]| -> Vec<String> {
        let name = |o: &Value| format!("{} {}", o["kind"], o["metadata"]["name"]);
        objects.iter().map(name).collect()
    };
    let set = rendered(&["admission.mode=Controller"]);
    assert_eq!(names(&set), names(without["items"].as_array().unwrap()));
    let text = json!(set).to_string();
    for trace in ["webhook", "9443"] {
        assert!(!text.contains(trace), "{trace}");
    }
}

#[test]
fn a_certificate_of_the_administrators_own_is_told_to_the_operator() {
    let set = [
        "admission.certificate.secretName=webhook-tls",
        "admission.certificate.caBundle=QUJD",
    ];
    let rendered = rendered(&set);
    let args =
        strings(&deployment_of(&rendered)["spec"]["template"]["spec"]["containers"][0]["args"]);
    let at = args
        .iter()
        .position(|arg| arg == "--webhook-certificate")
        .unwrap();
    assert_eq!(args[at + 1], "webhook-tls");
    for kind in [
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    ] {
        for webhook in of_kind(&rendered, kind)[0]["webhooks"].as_array().unwrap() {
            assert_eq!(webhook["clientConfig"]["caBundle"], "QUJD");
        }
    }
}

#[test]
fn without_the_rest_interfaces_the_chart_has_no_port_for_them() {
    let rendered = rendered(&["facade.enabled=false"]);
    let services = of_kind(&rendered, "Service");
    let names: Vec<_> = services.iter().map(|it| &it["metadata"]["name"]).collect();
    assert_eq!(names, ["coffer-webhook"]);
    let text = deployment_of(&rendered).to_string();
    assert!(!text.contains("facade") && !text.contains("8443"));
}

/// The name that the certificate is made for is the one by which callers come.
#[test]
fn the_rest_interfaces_are_served_for_the_name_of_their_service() {
    let set = [
        "facade.service.name=secrets",
        "facade.names={a.example.com,b.example.com}",
        "facade.audiences={coffer,other}",
    ];
    let rendered = rendered(&set);
    let services = of_kind(&rendered, "Service");
    assert!(
        services
            .iter()
            .any(|it| it["metadata"]["name"] == "secrets")
    );
    let deployment = deployment_of(&rendered);
    let args = strings(&deployment["spec"]["template"]["spec"]["containers"][0]["args"]);
    for (flag, value) in [
        ("--facade-service", "secrets"),
        ("--facade-names", "a.example.com,b.example.com"),
        ("--facade-audiences", "coffer,other"),
    ] {
        let at = args.iter().position(|arg| arg == flag).unwrap();
        assert_eq!(args[at + 1], value);
    }
}
