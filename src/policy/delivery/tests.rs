use super::*;
use crate::api::Target;
use crate::policy::requests;
use crate::policy::scopes::Labels;

fn store() -> SecretStore {
    serde_yaml::from_str(
        "metadata: { name: payments, namespace: team-a }
spec:
  scopes:
    - { name: checkout, consumers: [{ namespaces: { names: [shop, shop-eu] }, serviceAccounts: [web] }] }
    - { name: batch, consumers: [{ namespaces: { selector: { matchLabels: { batch: 'yes' } } } }, { serviceAccounts: [web] }] }
    - { name: nobody }
",
    )
    .unwrap()
}

fn secret(scopes: &str) -> Secret {
    serde_yaml::from_str(&format!(
        "metadata: {{ name: stripe, namespace: team-a }}\nspec: {{ storeRef: {{ name: payments }}, scopes: {scopes} }}\n"
    ))
    .unwrap()
}

/// Each account is written `namespace/name asks`; namespaces that begin with `b` have the label.
fn planned(scopes: &str, accounts: &[&str]) -> Vec<String> {
    let labelled: Labels = [("batch".to_owned(), "yes".to_owned())].into();
    let bare = Labels::new();
    let read = accounts.iter().map(|text| {
        let (account, asks) = text.split_once(' ').unwrap();
        let annotations = [("coffer.dev/consume".to_owned(), asks.to_owned())].into();
        (account, requests::read(&annotations).unwrap().0)
    });
    let read: Vec<_> = read.collect();
    let asking = read.iter().map(|(account, requests)| {
        let (namespace, name) = account.split_once('/').unwrap();
        let labels = if namespace.starts_with('b') {
            &labelled
        } else {
            &bare
        };
        Asking {
            account: Account {
                namespace,
                labels,
                name,
            },
            requests,
        }
    });
    copies(&secret(scopes), &store(), asking)
        .into_keys()
        .collect()
}

const ASKS: &str = "shop/web team-a/payments";

#[test]
fn a_grant_and_a_request_and_a_named_scope_make_a_copy() {
    assert_eq!(planned("[checkout]", &[ASKS]), ["shop"]);
    assert_eq!(
        planned("[checkout]", &["shop/web team-a/payments/stripe"]),
        ["shop"]
    );
    assert_eq!(
        planned(
            "[batch]",
            &["b1/any team-a/payments", "b2/x team-a/payments"]
        ),
        ["b1", "b2"]
    );
}

#[test]
fn without_one_of_the_three_there_is_none() {
    for (scopes, account) in [
        ("[]", ASKS),
        ("[nobody]", ASKS),
        ("[batch]", ASKS),
        ("[checkout]", "shop/other team-a/payments"),
        ("[checkout]", "shop/web team-a/payments/paypal"),
        ("[checkout]", "shop/web team-b/payments"),
        ("[checkout]", "shop/web team-a/other"),
        ("[checkout]", "shopping/web team-a/payments"),
        ("[unknown]", ASKS),
    ] {
        assert!(planned(scopes, &[account]).is_empty(), "{scopes} {account}");
    }
}

#[test]
fn its_own_namespace_has_the_target_and_no_copy() {
    assert!(planned("[batch]", &["team-a/web team-a/payments"]).is_empty());
}

#[test]
fn one_copy_serves_all_accounts_of_a_namespace() {
    let accounts = ["b1/x team-a/payments", "b1/y team-a/payments/stripe"];
    assert_eq!(planned("[batch, checkout]", &accounts), ["b1"]);
}

#[test]
fn scopes_that_the_store_does_not_have_are_named() {
    let unknown =
        |scopes: &str| unknown_scopes(&secret(scopes), &store(), &DefaultScopes::default());
    assert_eq!(unknown("[checkout]"), None);
    let problem = unknown("[checkout, chekout, workers]").unwrap();
    assert_eq!(
        problem.message,
        "`spec.scopes`: SecretStore `payments` has no scope `chekout` (and 1 more): add it there, or correct it here"
    );
}

#[test]
fn a_store_that_lists_no_scopes_has_the_default_ones() {
    let mut store = store();
    store.spec.scopes.clear();
    let unknown = |scopes: &str, defaults: &str| {
        let defaults: DefaultScopes = defaults.parse().unwrap();
        unknown_scopes(&secret(scopes), &store, &defaults).is_some()
    };
    let usual = DefaultScopes::default().to_string();
    assert!(!unknown(
        "[workers, ai_gateway, dex, access, containers, websearch]",
        &usual
    ));
    assert!(unknown("[checkout]", &usual) && unknown("[workers]", ""));
    assert!(!unknown("[checkout]", "checkout,other"));
    for wrong in [",", "a,", "A", "a b", "-a", &"a".repeat(64)] {
        assert!(wrong.parse::<DefaultScopes>().is_err(), "{wrong}");
    }
}

fn unasked_of(scopes: &str, asks: &[(&str, &str)]) -> Vec<String> {
    let labels = Labels::new();
    let read = asks.iter().map(|(account, asks)| {
        let annotations = [("coffer.dev/consume".to_owned(), (*asks).to_owned())].into();
        (*account, requests::read(&annotations).unwrap().0)
    });
    let read: Vec<_> = read.collect();
    let asking = read.iter().map(|(account, requests)| {
        let (namespace, name) = account.split_once('/').unwrap();
        let account = Account {
            namespace,
            labels: &labels,
            name,
        };
        Asking { account, requests }
    });
    let (secret, store) = (secret(scopes), store());
    let unasked = unasked(&secret, &store, asking);
    unasked.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_scope_is_unasked_until_someone_whom_it_means_asks_for_the_secret() {
    let both = "[checkout, batch, nobody, unknown]";
    assert_eq!(unasked_of(both, &[]), ["checkout", "batch"]);
    let stranger = ("elsewhere/web", "team-a/payments");
    let other = ("shop/web", "team-a/payments/paypal");
    assert_eq!(unasked_of(both, &[stranger, other]), ["checkout", "batch"]);
    let web = ("shop/web", "team-a/payments/stripe");
    assert_eq!(unasked_of(both, &[stranger, web]), ["batch"]);
    assert!(unasked_of("[checkout]", &[web]).is_empty());
    assert!(unasked_of("[]", &[]).is_empty());
}

#[test]
fn in_its_own_namespace_a_secret_gives_its_target_or_the_one_of_its_store() {
    let request = &requests::read(
        &[(
            "coffer.dev/consume".to_owned(),
            "team-a/payments".to_owned(),
        )]
        .into(),
    )
    .unwrap()
    .0
    .of;
    let request = request.first().unwrap();
    let (mut secret, mut store) = (secret("[batch]"), store());
    assert!(is_given(request, &secret, &store, "elsewhere"));
    assert!(!is_given(request, &secret, &store, "team-a"));
    store.spec.default_target = Some(Target::default());
    assert!(is_given(request, &secret, &store, "team-a"));
    store.spec.default_target = None;
    secret.spec.target = Some(Target::default());
    assert!(is_given(request, &secret, &store, "team-a"));
}
