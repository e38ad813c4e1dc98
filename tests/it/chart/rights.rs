//! What the operator may do in the cluster.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{deployment, of_kind, rendered, rules, rules_with, strings};

#[test]
fn the_operator_has_no_wildcard() {
    for rule in rules() {
        for list in ["apiGroups", "resources", "verbs"] {
            assert!(!strings(&rule[list]).contains(&"*".to_owned()), "{rule}");
        }
        assert!(rule["nonResourceURLs"].is_null(), "{rule}");
    }
}

#[test]
fn the_operator_has_no_verb_that_overwrites_or_escalates() {
    let usual = ["get", "list", "watch", "create", "patch", "delete"];
    for rule in rules() {
        for verb in strings(&rule["verbs"]) {
            assert!(usual.contains(&verb.as_str()), "{rule}");
        }
    }
}

/// Every grant by name, so that a new one is a decision.
#[test]
fn the_operator_has_these_rights_and_no_others() {
    let expected = [
        "/namespaces: get,list,watch",
        "/secrets: get,list,watch,create,patch,delete",
        "/serviceaccounts: list,watch",
        "admissionregistration.k8s.io/mutatingwebhookconfigurations coffer: get,list,watch,patch",
        "admissionregistration.k8s.io/validatingwebhookconfigurations coffer: get,list,watch,patch",
        "apps/daemonsets: get,patch",
        "apps/deployments: get,patch",
        "apps/statefulsets: get,patch",
        "coffer.dev/podpolicies: list,watch,create,patch,delete",
        "authentication.k8s.io/tokenreviews: create",
        "authorization.k8s.io/subjectaccessreviews: create",
        "coffer.dev/secrets/status: patch",
        "coffer.dev/secrets: create",
        "coffer.dev/secrets: get,list,watch,patch,delete",
        "coffer.dev/secretstores/status: patch",
        "coffer.dev/secretstores: create,patch,delete",
        "coffer.dev/secretstores: get,list,watch",
        "events.k8s.io/events: create,patch",
        "rbac.authorization.k8s.io/rolebindings: get,list,watch,create,delete",
        "rbac.authorization.k8s.io/roles: get,list,watch,create,patch,delete",
    ];
    assert_eq!(granted(&rules()), expected.map(str::to_owned).into());
}

#[test]
fn without_the_rest_interfaces_it_has_fewer() {
    let with = granted(&rules());
    let without = granted(&rules_with(&["facade.enabled=false"]));
    let only_theirs: Vec<_> = with.difference(&without).map(String::as_str).collect();
    let expected = [
        "authentication.k8s.io/tokenreviews: create",
        "authorization.k8s.io/subjectaccessreviews: create",
        "coffer.dev/secrets: create",
        "coffer.dev/secretstores: create,patch,delete",
    ];
    assert_eq!(only_theirs, expected);
    assert!(without.is_subset(&with));
}

#[test]
fn in_its_own_namespace_it_has_a_lease_besides() {
    let roles = of_kind(&rendered(&[]), "Role");
    assert_eq!(roles.len(), 1);
    assert_eq!(roles[0]["metadata"]["namespace"], "coffer-system");
    let expected = [
        "coordination.k8s.io/leases: create",
        "coordination.k8s.io/leases coffer: get,update",
    ];
    let allowed = roles[0]["rules"].as_array().unwrap();
    assert_eq!(granted(allowed), expected.map(str::to_owned).into());
}

/// What rules grant: `group/resource names: verbs`.
fn granted(rules: &[Value]) -> BTreeSet<String> {
    let mut granted = BTreeSet::new();
    for rule in rules {
        let names = match &rule["resourceNames"] {
            Value::Null => String::new(),
            names => format!(" {}", strings(names).join(",")),
        };
        for group in strings(&rule["apiGroups"]) {
            for resource in strings(&rule["resources"]) {
                let verbs = strings(&rule["verbs"]).join(",");
                granted.insert(format!("{group}/{resource}{names}: {verbs}"));
            }
        }
    }
    granted
}

#[test]
fn the_rights_are_bound_to_the_operators_account_only() {
    let rendered = rendered(&[]);
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        let bindings = of_kind(&rendered, kind);
        assert_eq!(bindings.len(), 1);
        assert_eq!(
            bindings[0]["subjects"],
            json!([{ "kind": "ServiceAccount", "name": "coffer", "namespace": "coffer-system" }])
        );
    }
    let pod = &deployment(&[])["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], "coffer");
}
