//! The operator's pod.

use serde_json::json;

use super::{deployment, of_kind, rendered, strings};

/// <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
#[test]
fn the_pod_satisfies_the_restricted_standard() {
    let pod = deployment(&[])["spec"]["template"]["spec"].clone();
    for host in [
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "volumes",
        "initContainers",
    ] {
        assert!(pod[host].is_null(), "{host}");
    }
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(
        pod["securityContext"]["seccompProfile"]["type"],
        "RuntimeDefault"
    );
    for field in ["runAsUser", "sysctls", "seLinuxOptions", "appArmorProfile"] {
        assert!(pod["securityContext"][field].is_null(), "{field}");
    }
    for container in pod["containers"].as_array().unwrap() {
        assert_eq!(
            container["securityContext"],
            json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            })
        );
        for port in container["ports"].as_array().unwrap() {
            assert!(port["hostPort"].is_null());
        }
    }
}

#[test]
fn the_operator_is_limited_in_memory_and_not_in_cpu() {
    let resources =
        deployment(&[])["spec"]["template"]["spec"]["containers"][0]["resources"].clone();
    for request in ["cpu", "memory"] {
        assert!(resources["requests"][request].is_string(), "{request}");
    }
    assert!(resources["limits"]["memory"].is_string());
    assert!(resources["limits"]["cpu"].is_null());
}

#[test]
fn the_probes_ask_the_port_that_the_operator_is_told_to_listen_on() {
    let container = deployment(&[])["spec"]["template"]["spec"]["containers"][0].clone();
    let args = strings(&container["args"]);
    assert_eq!(args[0], "operator");
    let port = |flag: &str| -> u16 {
        let at = args.iter().position(|arg| arg == flag).unwrap();
        args[at + 1].rsplit_once(':').unwrap().1.parse().unwrap()
    };
    assert_eq!(
        container["ports"],
        json!([
            { "name": "metrics", "containerPort": port("--metrics-address"), "protocol": "TCP" },
            { "name": "facade", "containerPort": port("--facade-address"), "protocol": "TCP" },
            { "name": "webhook", "containerPort": port("--webhook-address"), "protocol": "TCP" },
        ])
    );
    for (probe, path) in [("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")] {
        assert_eq!(
            container[probe]["httpGet"],
            json!({ "path": path, "port": "metrics" })
        );
    }
}

#[test]
fn every_variable_in_the_arguments_is_set() {
    let container = deployment(&[])["spec"]["template"]["spec"]["containers"][0].clone();
    for arg in strings(&container["args"]) {
        let Some((_, rest)) = arg.split_once("$(") else {
            continue;
        };
        let name = rest.split_once(')').unwrap().0;
        let env = container["env"].as_array().unwrap();
        assert!(
            env.iter().any(|variable| variable["name"] == name),
            "{name}"
        );
    }
}

/// Each serves the webhooks; the Lease says which one writes.
#[test]
fn a_rollout_leaves_no_moment_without_a_webhook() {
    let spec = deployment(&[])["spec"].clone();
    assert_eq!(spec["replicas"], 2);
    assert_eq!(spec["strategy"]["rollingUpdate"]["maxUnavailable"], 0);
}

#[test]
fn a_drained_node_leaves_a_webhook_where_there_are_several() {
    let budgets = of_kind(&rendered(&[]), "PodDisruptionBudget");
    assert_eq!(budgets[0]["spec"]["maxUnavailable"], 1);
    let alone = rendered(&["replicas=1"]);
    assert!(of_kind(&alone, "PodDisruptionBudget").is_empty());
}
