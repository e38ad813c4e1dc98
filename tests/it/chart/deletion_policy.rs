//! The policy behind `deletionPolicy: Refuse`.

use serde_json::json;

use super::{of_kind, rendered};

/// There it is empty, and with failurePolicy Fail no store could be deleted any more.
#[test]
fn the_deletion_policy_does_not_ask_for_the_namespace_in_a_match_condition() {
    for policy in of_kind(&rendered(&[]), "ValidatingAdmissionPolicy") {
        let conditions = policy["spec"]["matchConditions"].to_string();
        assert!(!conditions.contains("namespaceObject"), "{conditions}");
    }
}

#[test]
fn the_deletion_policy_is_in_force() {
    let rendered = rendered(&[]);
    let policy = &of_kind(&rendered, "ValidatingAdmissionPolicy")[0];
    assert_eq!(policy["spec"]["failurePolicy"], "Fail");
    let binding = &of_kind(&rendered, "ValidatingAdmissionPolicyBinding")[0];
    assert_eq!(binding["spec"]["policyName"], policy["metadata"]["name"]);
    assert_eq!(binding["spec"]["validationActions"], json!(["Deny"]));
}
