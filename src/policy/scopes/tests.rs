use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::core::{Selector, SelectorExt as _};
use proptest::prelude::*;

use super::*;
use crate::api::NamespaceSelector;

fn scope(consumers: &str) -> Scope {
    serde_yaml::from_str(&format!("{{ name: s, consumers: {consumers} }}")).unwrap()
}

fn is_granted(consumers: &str, namespace: &str, name: &str, labels: &[(&str, &str)]) -> bool {
    let labels = labels
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let account = Account {
        namespace,
        labels: &labels.collect(),
        name,
    };
    let scope = scope(consumers);
    let grants = grants("own", &scope, account);
    // Who looks from the other side sees the same.
    let mut granted = granted("own", &scope, namespace, account.labels);
    assert_eq!(granted.any(|it| it == name || it == EVERYONE), grants);
    grants
}

#[test]
fn an_account_cannot_be_named_so_that_everyone_is_meant() {
    for consumers in [
        "[{ serviceAccounts: ['*'] }]",
        "[{ namespaces: { selector: {} }, serviceAccounts: ['*'] }]",
    ] {
        assert!(!is_granted(consumers, "own", "a", &[]), "{consumers}");
    }
}

#[test]
fn a_scope_without_consumers_is_for_nobody() {
    assert!(!is_granted("[]", "own", "a", &[]));
}

#[test]
fn without_namespaces_the_named_accounts_of_the_stores_own_are_meant() {
    let consumers = "[{ serviceAccounts: [a, b] }]";
    assert!(is_granted(consumers, "own", "a", &[]));
    for (namespace, name) in [("own", "c"), ("other", "a"), ("own", "ab"), ("own", "A")] {
        assert!(
            !is_granted(consumers, namespace, name, &[]),
            "{namespace}/{name}"
        );
    }
    // The definition refuses it; it must not come to mean everyone.
    assert!(!is_granted("[{}]", "own", "a", &[]));
}

#[test]
fn a_name_means_that_namespace_and_no_pattern() {
    let consumers = "[{ namespaces: { names: [batch, 'team-*', '.*'] } }]";
    assert!(is_granted(consumers, "batch", "any", &[]));
    for namespace in ["batc", "batch2", "xbatch", "team-a", "own", "bаtch"] {
        assert!(!is_granted(consumers, namespace, "any", &[]), "{namespace}");
    }
}

#[test]
fn accounts_are_narrowed_to_those_that_are_named() {
    let consumers = "[{ namespaces: { names: [batch] }, serviceAccounts: [settlement] }]";
    assert!(is_granted(consumers, "batch", "settlement", &[]));
    assert!(!is_granted(consumers, "batch", "default", &[]));
}

#[test]
fn neither_names_nor_selector_is_for_nobody_and_an_empty_selector_for_all() {
    assert!(!is_granted("[{ namespaces: {} }]", "batch", "a", &[]));
    assert!(is_granted(
        "[{ namespaces: { selector: {} } }]",
        "batch",
        "a",
        &[]
    ));
}

#[test]
fn one_consumer_that_fits_is_enough() {
    let consumers = "[{ namespaces: { names: [x] } }, { namespaces: { names: [batch] } }]";
    assert!(is_granted(consumers, "batch", "a", &[]));
}

#[test]
fn reading_is_granted_by_the_consumer_that_means_the_account_and_by_no_other() {
    let consumers = "[{ namespaces: { names: [a, b] } }, { namespaces: { names: [a] }, serviceAccounts: [web], apiAccess: \
                     true }, { serviceAccounts: [own], apiAccess: true }]";
    let may_read = |namespace, name| {
        let account = Account {
            namespace,
            labels: &Labels::new(),
            name,
        };
        assert!(grants("own", &scope(consumers), account) || namespace == "own");
        grants_reading("own", &scope(consumers), account)
    };
    assert!(may_read("a", "web") && may_read("own", "own"));
    for (namespace, name) in [("a", "other"), ("b", "web"), ("own", "web"), ("a", "own")] {
        assert!(!may_read(namespace, name), "{namespace}/{name}");
    }
}

#[test]
fn names_and_selector_add_up() {
    let consumers = "[{ namespaces: { names: [x], selector: { matchLabels: { team: pay } } } }]";
    assert!(is_granted(consumers, "x", "a", &[]));
    assert!(is_granted(consumers, "y", "a", &[("team", "pay")]));
    assert!(!is_granted(consumers, "y", "a", &[("team", "play")]));
}

fn requirement() -> impl Strategy<Value = LabelRequirement> {
    let operators = prop_oneof![
        Just(LabelOperator::In),
        Just(LabelOperator::NotIn),
        Just(LabelOperator::Exists),
        Just(LabelOperator::DoesNotExist),
    ];
    let values = prop::collection::vec("[ab]", 1..3);
    ("[xyz]", operators, values).prop_map(|(key, operator, values)| {
        let takes = matches!(operator, LabelOperator::In | LabelOperator::NotIn);
        LabelRequirement {
            key,
            operator,
            values: if takes { values } else { Vec::new() },
        }
    })
}

proptest! {
    /// The selectors of a widely used client are a second opinion.
    #[test]
    fn labels_are_selected_by_as_kubernetes_does(
        labels in prop::collection::btree_map("[xyz]", "[abc]", 0..3),
        match_labels in prop::collection::btree_map("[xyz]", "[abc]", 0..2),
        match_expressions in prop::collection::vec(requirement(), 0..3),
    ) {
        let selector = NamespaceSelector { match_labels, match_expressions };
        let theirs: LabelSelector = serde_json::from_value(serde_json::json!(selector)).unwrap();
        let theirs = Selector::try_from(theirs).unwrap();
        let grant = NamespaceGrant { names: Vec::new(), selector: Some(selector) };
        prop_assert_eq!(means(&grant, "n", &labels), theirs.matches(&labels));
    }
}
