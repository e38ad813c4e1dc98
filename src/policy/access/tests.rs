use serde_json::json;

use super::*;

fn keys() -> Fingerprinter {
    Fingerprinter::from_secret_bytes(&[7; 32]).unwrap()
}

fn set(names: &[&str]) -> BTreeSet<Box<str>> {
    names.iter().map(|it| Box::from(*it)).collect()
}

fn names(of: &[&str]) -> Names {
    Names::new(set(of)).unwrap().0
}

#[test]
fn a_role_lets_get_these_secrets_and_nothing_else() {
    let role = role("shop", "web", &names(&["team-b.x", "team-a.y"]), &keys());
    assert_eq!(
        json!(role.rules),
        json!([{
            "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"],
            "resourceNames": ["team-a.y", "team-b.x"],
        }])
    );
    let binding = binding("shop", "web", &keys());
    assert_eq!(
        json!(binding.role_ref),
        json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "coffer:web" })
    );
    assert_eq!(
        json!(binding.subjects),
        json!([{ "kind": "ServiceAccount", "name": "web", "namespace": "shop" }])
    );
    assert_eq!(binding.metadata.name, role.metadata.name);
}

/// To Kubernetes a rule without names is one for all of them.
#[test]
fn there_is_no_role_without_names() {
    assert!(Names::new(BTreeSet::new()).is_none());
    let whole = role("shop", "web", &names(&["x"]), &keys());
    for empty in [None, Some(Vec::new())] {
        let mut role = whole.clone();
        role.rules.as_mut().unwrap()[0].resource_names = empty;
        assert!(Names::of(&role).is_none());
    }
}

#[test]
fn a_role_that_grants_anything_else_is_not_taken_for_its_names() {
    let whole = role("shop", "web", &names(&["x", "y"]), &keys());
    assert_eq!(Names::of(&whole), Some(names(&["x", "y"])));
    let rule = whole.rules.as_ref().unwrap()[0].clone();
    let otherwise = [
        json!({ "verbs": ["get", "list"] }),
        json!({ "verbs": ["*"] }),
        json!({ "resources": ["secrets", "configmaps"] }),
        json!({ "resources": ["secrets/*"] }),
        json!({ "apiGroups": ["", "apps"] }),
        json!({ "resourceNames": ["x", "y", "x"] }),
        json!({ "nonResourceURLs": ["/"] }),
    ];
    let says = |rules| {
        Names::of(&rbac::Role {
            rules,
            ..whole.clone()
        })
    };
    for other in otherwise {
        let mut changed = json!(rule);
        json_patch::merge(&mut changed, &other);
        let changed = serde_json::from_value(changed).unwrap();
        assert_eq!(says(Some(vec![changed])), None, "{other}");
    }
    for rules in [None, Some(vec![]), Some(vec![rule.clone(), rule])] {
        assert_eq!(says(rules), None);
    }
}

#[test]
fn of_more_names_than_a_role_can_hold_the_first_count() {
    let many = (0..5000).map(|n| format!("{n:04}-{}", "x".repeat(247)).into());
    let (names, left_out) = Names::new(many.collect()).unwrap();
    assert!(left_out > 0 && names.0.len() + left_out == 5000);
    assert!(names.0.iter().map(|it| it.len()).sum::<usize>() < MAX_BYTES);
    assert!(names.0.first().unwrap().starts_with("0000"));
}

#[test]
fn each_account_has_a_name_of_its_own_within_the_limit() {
    let longest = "a".repeat(253);
    let accounts = [
        "web",
        "web.x",
        "coffer",
        &longest,
        &longest[1..],
        &"a".repeat(246),
        &"a".repeat(247),
    ];
    let all: BTreeSet<_> = accounts.iter().map(|account| name(account)).collect();
    assert_eq!(all.len(), accounts.len());
    assert!(all.iter().all(|name| name.len() <= MAX_NAME));
    // What a hashed name has after the first colon is the name of no account.
    assert!(name(&longest).starts_with("coffer::"));
}

#[test]
fn a_mark_is_for_one_kind_place_and_account() {
    let keys = keys();
    let meta = role("shop", "web", &names(&["x"]), &keys).metadata;
    assert_eq!(account_of_role(&meta, &keys).as_deref(), Some("web"));
    assert_eq!(account_of_binding(&meta, &keys), None);
    assert_eq!(account_of_role(&meta, &Fingerprinter::generate()), None);
    let changed = |change: &dyn Fn(&mut ObjectMeta)| {
        let mut meta = meta.clone();
        change(&mut meta);
        account_of_role(&meta, &keys)
    };
    let annotate = |meta: &mut ObjectMeta, key: &str, value: &str| {
        let annotations = meta.annotations.as_mut().unwrap();
        annotations.insert(key.to_owned(), value.to_owned());
    };
    assert_eq!(changed(&|it| it.namespace = Some("other".into())), None);
    assert_eq!(changed(&|it| it.name = Some("coffer:other".into())), None);
    assert_eq!(
        changed(&|it| annotate(it, ACCOUNT_ANNOTATION, "other")),
        None
    );
    assert_eq!(changed(&|it| annotate(it, MARK_ANNOTATION, "v1.x")), None);
    assert_eq!(changed(&|it| it.annotations = None), None);
}
